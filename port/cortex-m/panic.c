#include "panic.h"
#include "board.h"
#include "cortex_m.h"
#include "os.h"
#include "port.h"
#include "stack.h"
#include "vectors.h"

#define SEMIHOSTING_EXIT_EXTENDED 0x20
#define SEMIHOSTING_STOPPED       0x20026 /* ADP_Stopped_ApplicationExit */
#define SEMIHOSTING_MAGIC         0x5E315E31UL

/*
 * An emulator with semihosting enabled writes SEMIHOSTING_MAGIC here before the
 * start, as tools/qemu does. Without semihosting the breakpoint would be a hard fault.
 */
volatile uint32_t panic_semihosting __attribute__((section(".noinit"), used));

static void put_text(const char *text)
{
    while (*text != '\0') {
        board_uart_put(*text++);
    }
}

static void put_number(uint32_t number, uint32_t base)
{
    char digits[11];
    unsigned at = sizeof digits - 1;

    digits[at] = '\0';
    do {
        digits[--at] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    put_text(&digits[at]);
}

static void semihosting_exit(int code)
{
    const uint32_t block[2] = {SEMIHOSTING_STOPPED, (uint32_t)code};
    register uint32_t operation __asm__("r0") = SEMIHOSTING_EXIT_EXTENDED;
    register const uint32_t *argument __asm__("r1") = block;

    __asm__ volatile("bkpt 0xAB" : "+r"(operation) : "r"(argument) : "memory");
}

_Noreturn void panic_restart(int code)
{
    __asm__ volatile("cpsid i");
    if (panic_semihosting == SEMIHOSTING_MAGIC) {
        semihosting_exit(code);
    }
    board_uart_flush();
    __asm__ volatile("dsb");
    SCB_AIRCR = SCB_AIRCR_SYSRESETREQ;
    for (;;) {
    }
}

_Noreturn void port_panic(const char *file, int line, const char *what)
{
    __asm__ volatile("cpsid i");
    put_text("\r\npanic: ");
    put_text(file);
    put_text(":");
    put_number((uint32_t)line, 10);
    put_text(": ");
    put_text(what);
    put_text("\r\n");
    panic_restart(1);
}

/*
 * `frame` is the exception frame that the processor pushed: r0-r3, r12, lr, pc, psr. After a stack
 * overflow it lies below the memory, and was lost.
 */
__attribute__((used)) static _Noreturn void fault(const uint32_t *frame, uint32_t vector)
{
    __asm__ volatile("cpsid i");
    if (frame < section_stack_start) {
        port_panic("stack", 0, os_stack_name);
    }
    put_text("\r\npanic: fault ");
    put_number(vector, 10);
    put_text(", status 0x");
    put_number(SCB_CFSR, 16);
    put_text(", pc 0x");
    put_number(frame[6], 16);
    put_text(", lr 0x");
    put_number(frame[5], 16);
    put_text("\r\n");
    panic_restart(1);
}

/* fault() itself needs some stack: if little is left, it starts again from the top. */
__attribute__((naked)) void panic_fault(void)
{
    __asm__ volatile("tst lr, #4\n" /* bit 2 of EXC_RETURN: which stack has the frame */
                     "ite eq\n"
                     "mrseq r0, msp\n"
                     "mrsne r0, psp\n"
                     "mrs r1, ipsr\n"
                     "mrs r2, msp\n"
                     "ldr r3, =section_stack_start + 256\n"
                     "cmp r2, r3\n"
                     "itt lo\n"
                     "ldrlo r2, =section_stack_end\n"
                     "msrlo msp, r2\n"
                     "b %0\n"
                     ".ltorg\n"
                     :
                     : "i"(fault));
}

#include "cortex_m.h"
#include "os.h"
#include "panic.h"
#include "port.h"
#include "processor.h"
#include "stack.h"
#include "vectors.h"

#define SEMIHOSTING_EXIT_EXTENDED 0x20
#define SEMIHOSTING_STOPPED       0x20026 /* ADP_Stopped_ApplicationExit */
#define SEMIHOSTING_MAGIC         0x5E315E31UL

/*
 * An emulator with semihosting enabled writes SEMIHOSTING_MAGIC here before the
 * start, as tools/emulate does. Without semihosting the breakpoint would be a hard fault.
 */
volatile uint32_t panic_semihosting __attribute__((section(".noinit"), used));

static void semihosting_exit(int code)
{
    const uint32_t block[2] = {SEMIHOSTING_STOPPED, (uint32_t)code};
    register uint32_t operation __asm__("r0") = SEMIHOSTING_EXIT_EXTENDED;
    register const uint32_t *argument __asm__("r1") = block;

    __asm__ volatile("bkpt 0xAB" : "+r"(operation) : "r"(argument) : "memory");
}

void processor_end_emulation(int code)
{
    if (panic_semihosting == SEMIHOSTING_MAGIC) {
        semihosting_exit(code);
    }
}

_Noreturn void processor_restart(void)
{
    __asm__ volatile("dsb");
    SCB_AIRCR = SCB_AIRCR_SYSRESETREQ;
    for (;;) {
    }
}

/*
 * `frame` is the exception frame that the processor pushed: r0-r3, r12, lr, pc, psr. After a stack
 * overflow it lies below the memory, and was lost.
 */
__attribute__((used)) static _Noreturn void fault(const uint32_t *frame, uint32_t vector)
{
    processor_hold();
    if (frame < section_stack_start) {
        port_panic("stack", 0, os_stack_name);
    }
    panic_fault(vector, SCB_CFSR, frame[6], frame[5]);
}

/* fault() itself needs some stack: if little is left, it starts again from the top. */
__attribute__((naked)) void start_fault(void)
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

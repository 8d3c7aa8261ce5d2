#include "panic.h"
#include "board.h"
#include "port.h"
#include "processor.h"

#define SEMIHOSTING_EXIT_EXTENDED 0x20
#define SEMIHOSTING_STOPPED       0x20026 /* ADP_Stopped_ApplicationExit */
#define SEMIHOSTING_MAGIC         0x5E315E31UL

/*
 * An emulator with semihosting enabled writes SEMIHOSTING_MAGIC here before the
 * start, as tools/emulate does. Without semihosting the call would be a fault.
 */
volatile uint32_t panic_semihosting __attribute__((section(".uninitialized_data"), used));

static void end_emulation(int code)
{
    const uint32_t block[2] = {SEMIHOSTING_STOPPED, (uint32_t)code};

    if (panic_semihosting == SEMIHOSTING_MAGIC) {
        processor_semihosting(SEMIHOSTING_EXIT_EXTENDED, block);
    }
}

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

_Noreturn void panic_restart(int code)
{
    processor_hold();
    end_emulation(code);
    board_uart_flush();
    processor_restart();
}

_Noreturn void port_panic(const char *file, int line, const char *what)
{
    processor_hold();
    put_text("\r\npanic: ");
    put_text(file);
    put_text(":");
    put_number((uint32_t)line, 10);
    put_text(": ");
    put_text(what);
    put_text("\r\n");
    panic_restart(1);
}

_Noreturn void panic_fault(uint32_t vector, uint32_t status, uint32_t at, uint32_t link)
{
    put_text("\r\npanic: fault ");
    put_number(vector, 10);
    put_text(", status 0x");
    put_number(status, 16);
    put_text(", pc 0x");
    put_number(at, 16);
    put_text(", lr 0x");
    put_number(link, 16);
    put_text("\r\n");
    panic_restart(1);
}

/**
 * @file
 * How a run ends, after a panic, a fault, or when main() returns.
 */
#ifndef PANIC_H
#define PANIC_H

#include <stdint.h>

/**
 * Restarts the board. Under an emulator that requested it, ends the emulation with exit code `code`
 * instead, by semihosting.
 */
_Noreturn void panic_restart(int code);

/**
 * Reports a fault on the console, then panic_restart(). Called by the processor's handler.
 * @param vector  the number of the exception
 * @param status  the processor's register that tells the cause
 * @param at      the program counter
 * @param link    the return address
 */
_Noreturn void panic_fault(uint32_t vector, uint32_t status, uint32_t at, uint32_t link);

#endif

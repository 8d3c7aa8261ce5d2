/**
 * @file
 * How a run ends, after a panic or when main() returns.
 */
#ifndef PANIC_H
#define PANIC_H

/**
 * Restarts the board. Under an emulator that requested it (panic_semihosting in
 * panic.c), ends the emulation with exit code `code` instead.
 */
_Noreturn void panic_restart(int code);

#endif

/**
 * @file
 * The end of a run that has gone wrong, or of one that a test has ended.
 */
#ifndef PANIC_H
#define PANIC_H

/**
 * Restarts the board. Under an emulator that asked for it (see
 * panic_semihosting in panic.c) ends the run instead, with `code`.
 */
_Noreturn void panic_restart(int code);

#endif

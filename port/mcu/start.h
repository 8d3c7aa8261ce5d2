/**
 * @file
 * The first function in C after a reset.
 */
#ifndef START_H
#define START_H

/**
 * Initialises the memory, starts the board, and runs main(). Called on an empty stack, with
 * interrupts disabled or none pending.
 */
_Noreturn void start_reset(void);

#endif

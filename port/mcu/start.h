/**
 * @file
 * The first function in C after a reset.
 */
#ifndef START_H
#define START_H

/**
 * Initialises the memory, starts the board, and runs main(). Called on an empty stack, with
 * interrupts disabled, until processor_start_tick(), or none pending.
 */
_Noreturn void start_reset(void);

/** The same once the memory is initialised, for an SDK that does that itself. */
_Noreturn void start_program(void);

#endif

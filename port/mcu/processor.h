/**
 * @file
 * What the code that all boards share needs from a processor. port/cortex-m/ is one. A folder for
 * another one implements these functions, and in its processor_inline.h those that must be fast.
 */
#ifndef PROCESSOR_H
#define PROCESSOR_H

#include <stdint.h>

/** Masks the devices' interrupts. @return the mask before, for processor_unmask(). */
static inline uint32_t processor_mask(void);
static inline void processor_unmask(uint32_t before);

/** A counter that changes with every few clock cycles. Its low bits are a source of entropy. */
static inline uint32_t processor_cycles(void);

/** Holds back all interrupts, the tick too. */
static inline void processor_hold(void);
/** Lets them be handled again, the pending ones before it returns. */
static inline void processor_release(void);
/**
 * Sleeps until an interrupt. Interrupts that are held back end it, too, so that none is missed
 * between the caller's last check and the sleep.
 */
static inline void processor_sleep(void);

/** Calls a debugger's or an emulator's semihosting. */
static inline void processor_semihosting(uint32_t operation, const void *block);

/**
 * Starts the clock: os_tick() runs once a millisecond. Called only without an operating system.
 * Interrupts that start_reset() found disabled are enabled from here on.
 */
void processor_start_tick(void);

/** Restarts the board; a board may provide this. Called with interrupts held back. */
_Noreturn void processor_restart(void);

#include "processor_inline.h"

#endif

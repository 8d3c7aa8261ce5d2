/**
 * @file
 * The functions of processor.h that must be fast, on an RP2040 or RP2350. The Cortex-M0+ of the
 * first can only mask all interrupts.
 */
#ifndef PROCESSOR_INLINE_H
#define PROCESSOR_INLINE_H

#include "hardware/structs/systick.h"

static inline uint32_t processor_mask(void)
{
    uint32_t before;

    __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(before) : : "memory");
    return before;
}

static inline void processor_unmask(uint32_t before)
{
    __asm__ volatile("msr primask, %0" : : "r"(before) : "memory");
}

static inline uint32_t processor_cycles(void)
{
    return systick_hw->cvr;
}

static inline void processor_hold(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
}

static inline void processor_sleep(void)
{
    __asm__ volatile("dsb\n\twfi" ::: "memory");
}

static inline void processor_release(void)
{
    __asm__ volatile("cpsie i\n\tisb" ::: "memory");
}

static inline void processor_semihosting(uint32_t operation, const void *block)
{
    register uint32_t number __asm__("r0") = operation;
    register const void *argument __asm__("r1") = block;

    __asm__ volatile("bkpt 0xAB" : "+r"(number) : "r"(argument) : "memory");
}

#endif

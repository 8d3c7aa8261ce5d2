/**
 * @file
 * The functions of processor.h that must be fast, on a Cortex-M3 or later.
 */
#ifndef PROCESSOR_INLINE_H
#define PROCESSOR_INLINE_H

#include "cortex_m.h"

static inline uint32_t processor_mask(void)
{
    return cortex_m_mask();
}

static inline void processor_unmask(uint32_t before)
{
    cortex_m_unmask(before);
}

static inline uint32_t processor_cycles(void)
{
    return SYSTICK_VALUE;
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

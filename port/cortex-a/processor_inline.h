/**
 * @file
 * The functions of processor.h that must be fast, on a Cortex-A7.
 */
#ifndef PROCESSOR_INLINE_H
#define PROCESSOR_INLINE_H

#include "cortex_a.h"

/* Holding back all interrupts is as good as holding back the devices'. */
static inline uint32_t processor_mask(void)
{
    uint32_t before;

    __asm__ volatile("mrs %0, cpsr\n\tcpsid i" : "=r"(before) : : "memory");
    return before;
}

static inline void processor_unmask(uint32_t before)
{
    __asm__ volatile("msr cpsr_c, %0" : : "r"(before) : "memory");
}

static inline uint32_t processor_cycles(void)
{
    uint32_t cycles;

    CP15_GET(CP15_PMCCNTR, cycles);
    return cycles;
}

static inline void processor_hold(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
}

static inline void processor_release(void)
{
    __asm__ volatile("cpsie i\n\tisb" ::: "memory");
}

static inline void processor_sleep(void)
{
    __asm__ volatile("dsb\n\twfi" ::: "memory");
}

static inline void processor_semihosting(uint32_t operation, const void *block)
{
    register uint32_t number __asm__("r0") = operation;
    register const void *argument __asm__("r1") = block;

    __asm__ volatile("svc 0xAB"
                     : "+r"(number)
                     : "r"(argument)
                     : "memory", "lr"); /* in Thumb state */
}

#endif

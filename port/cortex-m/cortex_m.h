/**
 * @file
 * The registers of the Cortex-M3 itself: ARMv7-M Architecture Reference
 * Manual, B3.2 to B3.4.
 */
#ifndef CORTEX_M_H
#define CORTEX_M_H

#include <stdint.h>

/** The register at `base` + `offset`. */
#define DEVICE_REGISTER(base, offset) (*(volatile uint32_t *)((base) + (offset)))

#define SYSTICK_CONTROL       DEVICE_REGISTER(0xE000E000UL, 0x010)
#define SYSTICK_ON            7UL /* clocked by the processor, with interrupt */
#define SYSTICK_LOAD          DEVICE_REGISTER(0xE000E000UL, 0x014)
#define SYSTICK_VALUE         DEVICE_REGISTER(0xE000E000UL, 0x018)
#define SCB_AIRCR             DEVICE_REGISTER(0xE000E000UL, 0xD0C)
#define SCB_AIRCR_SYSRESETREQ (0x05FA0000UL | 1UL << 2)
#define SCB_CFSR              DEVICE_REGISTER(0xE000E000UL, 0xD28)

/*
 * All parts implement the top three priority bits. Devices share one level, which cortex_m_mask()
 * and FreeRTOS's critical sections mask.
 */
#define CORTEX_M_PRIORITY(level) ((level) << 5)
#define CORTEX_M_LOWEST_PRIORITY CORTEX_M_PRIORITY(7)
#define CORTEX_M_DEVICE_PRIORITY CORTEX_M_PRIORITY(6)
#define CORTEX_M_MASKED_PRIORITY CORTEX_M_PRIORITY(5)

/** Masks the devices' interrupts. @return the mask before, for cortex_m_unmask(). */
static inline uint32_t cortex_m_mask(void)
{
    uint32_t before;

    __asm volatile("mrs %0, basepri\n\tmsr basepri, %1\n\tisb"
                   : "=&r"(before)
                   : "r"(CORTEX_M_MASKED_PRIORITY)
                   : "memory");
    return before;
}

static inline void cortex_m_unmask(uint32_t before)
{
    __asm volatile("msr basepri, %0" : : "r"(before) : "memory");
}

/** Enables device interrupt `number`, usually at CORTEX_M_DEVICE_PRIORITY. */
static inline void cortex_m_enable(unsigned number, uint8_t priority)
{
    ((volatile uint8_t *)0xE000E400UL)[number] = priority;
    /* Clear what became pending before the device was set up. */
    DEVICE_REGISTER(0xE000E280UL, 4 * (number / 32)) = 1UL << number % 32;
    DEVICE_REGISTER(0xE000E100UL, 4 * (number / 32)) = 1UL << number % 32;
}

#endif

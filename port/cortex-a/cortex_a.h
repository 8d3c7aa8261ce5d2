/**
 * @file
 * The Cortex-A7 itself: its memory map and its interrupts. Section numbers refer to the ARMv7-A
 * Architecture Reference Manual, and GIC to the GIC Architecture Specification, version 2.
 */
#ifndef CORTEX_A_H
#define CORTEX_A_H

#include <stdint.h>

/** The register at `base` + `offset`. */
#define DEVICE_REGISTER(base, offset) (*(volatile uint32_t *)((base) + (offset)))

/*
 * Sections of 1 MiB, B3.5.1: bit 1 is a section, 2 is B, 3 is C, 4 forbids to run what it holds, 10
 * lets privileged code read and write it, 12 is normal memory, 15 forbids to write.
 */
#define CORTEX_A_DEVICE   (1UL << 1 | 1UL << 2 | 1UL << 4 | 1UL << 10)
#define CORTEX_A_UNCACHED (1UL << 1 | 1UL << 4 | 1UL << 10 | 1UL << 12)
#define CORTEX_A_DATA     (CORTEX_A_UNCACHED | 1UL << 2 | 1UL << 3)
#define CORTEX_A_PROGRAM  (1UL << 1 | 1UL << 2 | 1UL << 3 | 1UL << 10 | 1UL << 12 | 1UL << 15)

#define CORTEX_A_SECTION_BYTES (1UL << 20)

/** Memory from section `first` to section `last`. */
struct cortex_a_range {
    uint16_t first, last;
    uint32_t use; /**< CORTEX_A_DEVICE and so on */
};

/** The board's memory, as it is mapped; all else is a fault. Its end has `use` 0. */
extern const struct cortex_a_range cortex_a_memory[];

/** Handles interrupt `number` of the GIC. Provided by the board. */
void cortex_a_interrupt(unsigned number);

/** Enables interrupt `number` of the GIC. */
void cortex_a_enable(unsigned number);

/** Completes accesses to memory before any that follow. */
static inline void cortex_a_barrier(void)
{
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

#endif

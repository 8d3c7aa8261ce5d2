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

/** Reads or writes a register of coprocessor 15, B4.1 and B8.1. */
#define CP15_GET(name, to)    __asm__ volatile("mrc p15, " name : "=r"(to))
#define CP15_SET(name, value) __asm__ volatile("mcr p15, " name : : "r"(value) : "memory")
#define CP15_SCTLR            "0, %0, c1, c0, 0"
#define CP15_ACTLR            "0, %0, c1, c0, 1"
#define CP15_TTBR0            "0, %0, c2, c0, 0"
#define CP15_TTBCR            "0, %0, c2, c0, 2"
#define CP15_DACR             "0, %0, c3, c0, 0"
#define CP15_DFSR             "0, %0, c5, c0, 0"
#define CP15_IFSR             "0, %0, c5, c0, 1"
#define CP15_DFAR             "0, %0, c6, c0, 0"
#define CP15_ICIALLU          "0, %0, c7, c5, 0"
#define CP15_TLBIALL          "0, %0, c8, c7, 0"
#define CP15_PMCR             "0, %0, c9, c12, 0"
#define CP15_PMCNTENSET       "0, %0, c9, c12, 1"
#define CP15_PMCCNTR          "0, %0, c9, c13, 0"
#define CP15_VBAR             "0, %0, c12, c0, 0"
#define CP15_CNTFRQ           "0, %0, c14, c0, 0"
#define CP15_CNTV_CTL         "0, %0, c14, c3, 1"

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

#include "rp2.h"
#include "stack.h"

#include "hardware/structs/m33.h"

#define CFSR_STKOF (1UL << 20) /* Armv8-M Architecture Reference Manual, D1.2.267 "UFSR" */

void rp2_guard_stack(void)
{
    __asm__ volatile("msr msplim, %0" : : "r"(section_stack_start));
}

bool rp2_stack_overflowed(void)
{
    return (m33_hw->cfsr & CFSR_STKOF) != 0;
}

uint32_t rp2_fault_status(void)
{
    return m33_hw->cfsr;
}

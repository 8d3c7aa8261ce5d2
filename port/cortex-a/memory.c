#include "cortex_a.h"
#include "start.h"

#include <arm_acle.h>

#define SECTIONS  4096U
#define ACTLR_SMP (1UL << 6) /* the caches need it: Cortex-A7 TRM, 4.3.31 */
/* MMU, data cache, branch prediction, instruction cache, exceptions in Thumb state: B4.1.130. */
#define SCTLR_ON (1UL << 0 | 1UL << 2 | 1UL << 11 | 1UL << 12 | 1UL << 30)
#define SCTLR_A  (1UL << 1) /* unaligned accesses are faults */

extern const uint32_t vectors[];

static uint32_t table[SECTIONS] __attribute__((aligned(16384), section(".uncached")));

/* Without the MMU all memory is strongly ordered: an unaligned access would be a fault. */
__attribute__((used)) static void map_memory(void)
{
    for (uint32_t at = 0; at < SECTIONS; at++) {
        table[at] = 0;
    }
    for (const struct cortex_a_range *range = cortex_a_memory; range->use != 0; range++) {
        for (uint32_t at = range->first; at <= range->last; at++) {
            table[at] = at << 20 | range->use;
        }
    }
    __arm_mcr(15, 0, (uint32_t)vectors, 12, 0, 0); /* VBAR */
    __arm_mcr(15, 0, __arm_mrc(15, 0, 1, 0, 1) | ACTLR_SMP, 1, 0, 1);
    __arm_mcr(15, 0, 0, 7, 5, 0);               /* ICIALLU */
    __arm_mcr(15, 0, 0, 8, 7, 0);               /* TLBIALL */
    __arm_mcr(15, 0, 1, 3, 0, 0);               /* DACR: check permissions */
    __arm_mcr(15, 0, 0, 2, 0, 2);               /* TTBCR */
    __arm_mcr(15, 0, (uint32_t)table, 2, 0, 0); /* TTBR0 */
    cortex_a_barrier();
    __arm_mcr(15, 0, (__arm_mrc(15, 0, 1, 0, 0) & ~SCTLR_A) | SCTLR_ON, 1, 0, 0);
    cortex_a_barrier();
    __arm_mcr(15, 0, 1, 9, 12, 0);         /* PMCR: the counters run */
    __arm_mcr(15, 0, 1UL << 31, 9, 12, 1); /* PMCNTENSET: of cycles */
}

/* The entry, with the MMU and the data cache off. */
__attribute__((naked)) void start_processor(void)
{
    __asm__ volatile("cpsid aif, #0x13\n" /* supervisor mode */
                     "ldr sp, =section_stack_end\n"
                     "bl %0\n"
                     "b %1\n"
                     ".ltorg\n"
                     :
                     : "i"(map_memory), "i"(start_reset));
}

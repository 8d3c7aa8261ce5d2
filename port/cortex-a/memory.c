#include "cortex_a.h"
#include "start.h"

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
    uint32_t control;

    for (uint32_t at = 0; at < SECTIONS; at++) {
        table[at] = 0;
    }
    for (const struct cortex_a_range *range = cortex_a_memory; range->use != 0; range++) {
        for (uint32_t at = range->first; at <= range->last; at++) {
            table[at] = at << 20 | range->use;
        }
    }
    CP15_SET(CP15_VBAR, vectors);
    CP15_GET(CP15_ACTLR, control);
    CP15_SET(CP15_ACTLR, control | ACTLR_SMP);
    CP15_SET(CP15_ICIALLU, 0);
    CP15_SET(CP15_TLBIALL, 0);
    CP15_SET(CP15_DACR, 1); /* check permissions */
    CP15_SET(CP15_TTBCR, 0);
    CP15_SET(CP15_TTBR0, table);
    cortex_a_barrier();
    CP15_GET(CP15_SCTLR, control);
    CP15_SET(CP15_SCTLR, (control & ~SCTLR_A) | SCTLR_ON);
    cortex_a_barrier();
    CP15_SET(CP15_PMCR, 1);               /* the counters run, */
    CP15_SET(CP15_PMCNTENSET, 1UL << 31); /* that of cycles too */
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

/** @file
 * The beginning of every board's vector table: the initial stack pointer and the
 * processor's exceptions 1 to 15 (ARMv7-M Architecture Reference Manual, B1.5.2 and B1.5.3).
 */

#ifndef VECTORS_H
#define VECTORS_H

#include "stack.h"
#include "start.h"

#include <stdint.h>

void start_fault(void); /**< hard fault, and faults that escalate to it */

void start_systick(void);

/* Provided by a kernel, if there is one. */
__attribute__((weak)) void start_svc(void);
__attribute__((weak)) void start_pendsv(void);

struct core_vectors {
    void *stack;
    void (*handler[15])(void); /**< the handler of exception n is at n - 1 */
};

/** The board's interrupts follow. One without a handler ends in a hard fault, which reports it. */
#define CORE_VECTORS                                                                               \
    {                                                                                              \
        .stack = section_stack_end, .handler = {                                                   \
            [1 - 1] = start_reset,                                                                 \
            [2 - 1] = start_fault, /* NMI */                                                       \
            [3 - 1] = start_fault,                                                                 \
            [11 - 1] = start_svc,                                                                  \
            [14 - 1] = start_pendsv,                                                               \
            [15 - 1] = start_systick,                                                              \
        }                                                                                          \
    }

#endif

#include "cortex_m.h"
#include "os.h"
#include "panic.h"
#include "port.h"
#include "processor.h"
#include "stack.h"
#include "vectors.h"

_Noreturn void processor_restart(void)
{
    __asm__ volatile("dsb");
    SCB_AIRCR = SCB_AIRCR_SYSRESETREQ;
    for (;;) {
    }
}

/*
 * `frame` is the exception frame that the processor pushed: r0-r3, r12, lr, pc, psr. After a stack
 * overflow it lies below the memory, and was lost.
 */
__attribute__((used)) static _Noreturn void fault(const uint32_t *frame, uint32_t vector)
{
    processor_hold();
    if (frame < section_stack_start) {
        port_panic("stack", 0, os_stack_name);
    }
    panic_fault(vector, SCB_CFSR, frame[6], frame[5]);
}

/* fault() itself needs some stack: if little is left, it starts again from the top. */
__attribute__((naked)) void start_fault(void)
{
    __asm__ volatile("tst lr, #4\n" /* bit 2 of EXC_RETURN: which stack has the frame */
                     "ite eq\n"
                     "mrseq r0, msp\n"
                     "mrsne r0, psp\n"
                     "mrs r1, ipsr\n"
                     "mrs r2, msp\n"
                     "ldr r3, =section_stack_start + 256\n"
                     "cmp r2, r3\n"
                     "itt lo\n"
                     "ldrlo r2, =section_stack_end\n"
                     "msrlo msp, r2\n"
                     "b %0\n"
                     ".ltorg\n"
                     :
                     : "i"(fault));
}

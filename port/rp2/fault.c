#include "os.h"
#include "panic.h"
#include "port.h"
#include "processor.h"
#include "rp2.h"
#include "stack.h"

#include "hardware/watchdog.h"

_Noreturn void processor_restart(void)
{
    watchdog_reboot(0, 0, 0); /* resets the peripherals, too */
    for (;;) {
    }
}

/* `frame` is the exception frame that the processor pushed: r0-r3, r12, lr, pc, psr. */
__attribute__((used)) static _Noreturn void fault(const uint32_t *frame, uint32_t vector)
{
    processor_hold();
    if (frame < section_stack_start || rp2_stack_overflowed()) {
        port_panic("stack", 0, os_stack_name);
    }
    panic_fault(vector, rp2_fault_status(), frame[6], frame[5]);
}

void isr_hardfault(void);

/*
 * All faults of the processor. fault() itself needs some stack: if little is left, it starts again
 * from the top. An RP2350's stack limit holds for it, too.
 */
__attribute__((naked)) void isr_hardfault(void)
{
    __asm__ volatile(".syntax unified\n"
                     "mrs r0, msp\n"
                     "mrs r1, ipsr\n"
                     "ldr r2, =section_stack_start + 256\n"
                     "cmp r0, r2\n"
                     "bhs 1f\n"
                     "ldr r2, =section_stack_end\n"
                     "msr msp, r2\n"
                     "1: ldr r3, =fault\n"
                     "bx r3\n"
                     ".ltorg\n");
}

#include "cortex_a.h"
#include "os.h"
#include "panic.h"
#include "stack.h"

enum { UNDEFINED = 1, PREFETCH_ABORT = 3, DATA_ABORT = 4, VECTORS = 8 };

/* How far the link register is beyond the instruction in Thumb state, B1.8.3. */
static const uint8_t beyond[VECTORS] = {[UNDEFINED] = 2, [PREFETCH_ABORT] = 4, [DATA_ABORT] = 8};

__attribute__((used)) static _Noreturn void fault(uint32_t vector, uint32_t back, uint32_t link)
{
    uint32_t status = 0;
    uint32_t touched;

    if (vector == PREFETCH_ABORT) {
        CP15_GET(CP15_IFSR, status);
    } else if (vector == DATA_ABORT) {
        CP15_GET(CP15_DFSR, status);
        CP15_GET(CP15_DFAR, touched);
        if ((uintptr_t)section_stack_start - touched <= CORTEX_A_SECTION_BYTES) {
            port_panic("stack", 0, os_stack_name);
        }
    }
    panic_fault(vector, status, back - beyond[vector], link);
}

/* Nothing returns from fault(), so that it may have all of the stack. */
__attribute__((naked, aligned(32), section(".vectors"))) void vectors(void)
{
    __asm__ volatile(".irp vector, 0, 1, 2, 3, 4, 5\n"
                     "b.w .Lfault\\vector\n"
                     ".endr\n"
                     "b.w start_interrupt\n" /* 6; 7 follows */
                     ".irp vector, 7, 0, 1, 2, 3, 4, 5\n"
                     ".Lfault\\vector: movs r0, #\\vector\n"
                     "b.w 1f\n"
                     ".endr\n"
                     "1: mov r1, lr\n"
                     "cpsid aif, #0x13\n" /* supervisor mode, to read its lr */
                     "mov r2, lr\n"
                     "ldr sp, =section_stack_end\n"
                     "b %0\n"
                     ".ltorg\n"
                     :
                     : "i"(fault));
}

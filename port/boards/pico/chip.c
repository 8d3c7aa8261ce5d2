#include "rp2.h"
#include "stack.h"

#include "hardware/structs/mpu.h"

/* ARMv6-M Architecture Reference Manual, B3.5 "Protected Memory System Architecture". */
#define GUARD_BYTES_LOG2 12U
#define REGION_0         M0PLUS_MPU_RBAR_VALID_BITS
#define NO_ACCESS        M0PLUS_MPU_RASR_ENABLE_BITS

/* The 4 KB below the stack, SCRATCH_X, would be the second core's stack, which is not used. */
void rp2_guard_stack(void)
{
    mpu_hw->rbar = ((uintptr_t)section_stack_start - (1U << GUARD_BYTES_LOG2)) | REGION_0;
    mpu_hw->rasr = NO_ACCESS | (GUARD_BYTES_LOG2 - 1) << M0PLUS_MPU_RASR_SIZE_LSB;
    mpu_hw->ctrl = M0PLUS_MPU_CTRL_PRIVDEFENA_BITS | M0PLUS_MPU_CTRL_ENABLE_BITS;
}

bool rp2_stack_overflowed(void)
{
    return false; /* where the stack points shows it */
}

uint32_t rp2_fault_status(void)
{
    return 0; /* a Cortex-M0+ has no such register */
}

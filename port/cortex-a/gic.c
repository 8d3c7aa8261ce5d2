#include "board_config.h"
#include "cortex_a.h"
#include "os.h"
#include "processor.h"

#include <arm_acle.h>

/* The distributor, GIC 4.3, and the processor's interface, GIC 4.4. */
#define GICD_CTLR         DEVICE_REGISTER(BOARD_GIC_BASE, 0x1000)
#define GICD_ISENABLER(n) DEVICE_REGISTER(BOARD_GIC_BASE, 0x1100 + 4 * (n))
#define GICD_ITARGETSR    ((volatile uint8_t *)(BOARD_GIC_BASE + 0x1800))
#define GICC_CTLR         DEVICE_REGISTER(BOARD_GIC_BASE, 0x2000)
#define GICC_PMR          DEVICE_REGISTER(BOARD_GIC_BASE, 0x2004)
#define GICC_IAR          DEVICE_REGISTER(BOARD_GIC_BASE, 0x200C)
#define GICC_EOIR         DEVICE_REGISTER(BOARD_GIC_BASE, 0x2010)

#define LOWEST_PRIORITY 0xFFU
#define NUMBER          0x3FFU
#define NONE            1023U

/* The virtual timer, B8.1, which is the same in both security states. */
#define INTERRUPT_TIMER 27U
#define TICK_HZ         1000U

static uint64_t next_tick;

void cortex_a_enable(unsigned number)
{
    GICD_ITARGETSR[number] = 1;
    GICD_ISENABLER(number / 32) = 1UL << number % 32;
}

static void set_timer(uint64_t at)
{
    next_tick = at;
    __arm_mcrr(15, 3, at, 14); /* CNTV_CVAL */
}

static uint32_t counts_per_tick(void)
{
    return __arm_mrc(15, 0, 14, 0, 0) / TICK_HZ; /* CNTFRQ */
}

void processor_start_tick(void)
{
    GICD_CTLR = 1;
    GICC_PMR = LOWEST_PRIORITY;
    GICC_CTLR = 1;
    set_timer(__arm_mrrc(15, 1, 14) + counts_per_tick()); /* CNTVCT */
    __arm_mcr(15, 0, 1, 14, 3, 1);                        /* CNTV_CTL: on */
    cortex_a_enable(INTERRUPT_TIMER);
    processor_release();
}

__attribute__((used)) static void handle_interrupt(void)
{
    uint32_t acknowledged = GICC_IAR;
    unsigned number = acknowledged & NUMBER;

    if (number == NONE) {
        return;
    }
    if (number == INTERRUPT_TIMER) {
        set_timer(next_tick + counts_per_tick());
        os_tick();
    } else {
        cortex_a_interrupt(number);
    }
    GICC_EOIR = acknowledged;
}

/* Everything runs in supervisor mode, on one stack. In C it is aligned to 8 bytes. */
__attribute__((naked)) void start_interrupt(void)
{
    __asm__ volatile("sub lr, #4\n"
                     "srsdb sp!, #0x13\n"
                     "cps #0x13\n"
                     "push {r0-r3, r12, lr}\n"
                     "mov r1, sp\n"
                     "and r1, r1, #4\n"
                     "sub sp, sp, r1\n"
                     "push {r1, r2}\n"
                     "bl %0\n"
                     "pop {r1, r2}\n"
                     "add sp, sp, r1\n"
                     "pop {r0-r3, r12, lr}\n"
                     "rfeia sp!\n"
                     :
                     : "i"(handle_interrupt));
}

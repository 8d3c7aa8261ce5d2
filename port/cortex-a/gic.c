#include "board_config.h"
#include "cortex_a.h"
#include "os.h"
#include "processor.h"

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
    __asm__ volatile("mcrr p15, 3, %Q0, %R0, c14" : : "r"(at)); /* CNTV_CVAL */
}

static uint32_t counts_per_tick(void)
{
    uint32_t counts_per_s;

    CP15_GET(CP15_CNTFRQ, counts_per_s);
    return counts_per_s / TICK_HZ;
}

void processor_start_tick(void)
{
    uint64_t now;

    GICD_CTLR = 1;
    GICC_PMR = LOWEST_PRIORITY;
    GICC_CTLR = 1;
    __asm__ volatile("mrrc p15, 1, %Q0, %R0, c14" : "=r"(now)); /* CNTVCT */
    set_timer(now + counts_per_tick());
    CP15_SET(CP15_CNTV_CTL, 1);
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

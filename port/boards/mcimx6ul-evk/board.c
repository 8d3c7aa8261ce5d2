#include "board.h"
#include "board_config.h"
#include "cortex_a.h"
#include "port.h"
#include "processor.h"

/* "Watchdog Timer (WDOG1-3)". Its registers have 16 bits; its time is in half seconds. */
#define WDOG(offset)   (*(volatile uint16_t *)(0x020BC000UL + (offset)))
#define WDOG_WCR       WDOG(0x0)
#define WDOG_WSR       WDOG(0x2)
#define WDOG_WICR      WDOG(0x6)
#define WCR_DEBUG_STOP (1U << 1)
#define WCR_ENABLE     (1U << 2)
#define WCR_NO_RESET   (1U << 4 | 1U << 5)
#define WCR_TIME(n)    (((n)-1U) << 8)
#define WICR_ON        (1U << 15)

/*
 * "CCM Low Power Control Register (CCM_CLPCR)": after a reset LPM is "transfer to wait mode". There
 * WFI stops the processor's clock until an interrupt of the GPC, which the tick's is not.
 */
#define CCM_CLPCR (*(volatile uint32_t *)0x020C4054UL)
#define CLPCR_LPM (3UL << 0) /* 0: remain in run mode */

#define WATCHDOG_HALF_S 42U
#define WARNING_HALF_S  2U

const struct cortex_a_range cortex_a_memory[] = {
    {0x009, 0x009, CORTEX_A_UNCACHED}, /* OCRAM */
    {0x00A, 0x00A, CORTEX_A_DEVICE},   /* the GIC */
    {0x020, 0x022, CORTEX_A_DEVICE},   /* AIPS-1 to -3 */
    {0x801, 0x801, CORTEX_A_PROGRAM},
    {0x803, 0x803, CORTEX_A_DATA}, /* no memory below it: a stack overflow is a fault */
    {0, 0, 0},
};

void cortex_a_interrupt(unsigned number)
{
    switch (number) {
    case INTERRUPT_UART1:
        mcimx6ul_uart_interrupt();
        break;
    case INTERRUPT_ENET1:
        mcimx6ul_ethernet_interrupt();
        break;
    case INTERRUPT_WDOG1:
        port_panic(__FILE_NAME__, __LINE__, "the loop has not come round for 20 s");
    default:
        port_panic(__FILE_NAME__, (int)number, "an interrupt without a handler");
    }
}

/*
 * U-Boot has set up the DRAM, the clocks, and the pins of the UART and of both Ethernet
 * controllers. There, "dcache off" and "bootelf -p ADDRESS" start the program.
 */
void board_start(void)
{
    CCM_CLPCR &= ~CLPCR_LPM;
}

/* The board has none. */
void board_led(bool on)
{
    (void)on;
}

void board_watchdog_start(void)
{
    WDOG_WICR = WICR_ON | WARNING_HALF_S; /* an interrupt before the reset */
    WDOG_WCR = WCR_TIME(WATCHDOG_HALF_S) | WCR_NO_RESET | WCR_ENABLE | WCR_DEBUG_STOP;
    cortex_a_enable(INTERRUPT_WDOG1);
}

void board_watchdog_feed(void)
{
    WDOG_WSR = 0x5555;
    WDOG_WSR = 0xAAAA;
}

_Noreturn void processor_restart(void)
{
    WDOG_WCR = WCR_ENABLE; /* without WCR_NO_RESET */
    for (;;) {
    }
}

#include "board.h"
#include "board_config.h"
#include "lm3s6965.h"
#include "port.h"

#define WATCHDOG(offset)   DEVICE_REGISTER(0x40000000UL, offset)
#define WATCHDOG_LOAD      WATCHDOG(0x000)
#define WATCHDOG_CTL       WATCHDOG(0x008)
#define WATCHDOG_ICR       WATCHDOG(0x00C)
#define WATCHDOG_INTERRUPT (1UL << 0)
#define WATCHDOG_RESET     (1UL << 1)

#define WATCHDOG_S 10UL

/* The watchdog has timed out once since the last feed. */
static volatile bool late;

/*
 * 50 MHz from the PLL and the 8 MHz crystal, in the order given by "Clock Control,
 * Initialization and Configuration": bypass the PLL, power it, wait for lock, use it.
 */
static void start_clock(void)
{
    uint32_t rcc = SYSCTL_RCC;

    SYSCTL_LDOPCTL = LDOPCTL_2V75; /* errata of revision A2: with less, the PLL is unreliable */
    rcc = (rcc | RCC_BYPASS) & ~(RCC_USESYSDIV | RCC_MOSCDIS);
    SYSCTL_RCC = rcc;
    rcc &= ~(RCC_XTAL(0xF) | RCC_OSCSRC(3) | RCC_PWRDN | RCC_SYSDIV(0xF));
    rcc |= RCC_XTAL(0xE) /* 8 MHz */ | RCC_SYSDIV(3) /* 200 MHz / 4 */ | RCC_USESYSDIV;
    SYSCTL_RCC = rcc;
    while ((SYSCTL_RIS & RIS_PLL_LOCKED) == 0) {
    }
    SYSCTL_RCC = rcc & ~RCC_BYPASS;
}

void board_start(void)
{
    start_clock();
    SYSCTL_RCGC0 |= RCGC0_WATCHDOG;
    SYSCTL_RCGC1 |= RCGC1_UART0;
    SYSCTL_RCGC2 |= RCGC2_GPIOA | RCGC2_EMAC | RCGC2_EPHY;
    /* A peripheral must not be accessed for three cycles after its clock is enabled. */
    (void)SYSCTL_RCGC2;
    (void)SYSCTL_RCGC2;
    GPIOA_AFSEL |= 3; /* PA0 and PA1 belong to the UART */
    GPIOA_DEN |= 3;
}

void board_led(bool on)
{
    SYSCTL_RCGC2 |= RCGC2_GPIOF;
    (void)SYSCTL_RCGC2;
    (void)SYSCTL_RCGC2;
    GPIOF_DIR |= 1;
    GPIOF_DEN |= 1;
    GPIOF_DATA0 = on;
}

/*
 * A time-out raises an interrupt. Only the second one without a feed in between
 * panics: a debugger, or an emulator on a busy host, may have stopped everything
 * for the length of one. If the first interrupt is not cleared before the second
 * time-out, the hardware restarts the board.
 */
void board_watchdog_start(void)
{
    cortex_m_enable(INTERRUPT_WATCHDOG, CORTEX_M_DEVICE_PRIORITY);
    WATCHDOG_LOAD = WATCHDOG_S * BOARD_CLOCK_HZ;
    WATCHDOG_CTL = WATCHDOG_INTERRUPT | WATCHDOG_RESET;
}

void board_watchdog_feed(void)
{
    WATCHDOG_ICR = 0; /* any write reloads the counter */
    late = false;
}

void lm3s_watchdog_interrupt(void)
{
    if (!late) {
        late = true;
        WATCHDOG_ICR = 0;
        return;
    }
    port_panic(__FILE_NAME__, __LINE__, "the loop has not come round for 20 s");
}

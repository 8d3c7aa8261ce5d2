/**
 * @file
 * The registers of the LM3S6965 that are used here. Names in quotation marks are
 * sections of its data sheet (Texas Instruments, DS-LM3S6965).
 */
#ifndef LM3S6965_H
#define LM3S6965_H

#include "cortex_m.h"

/* Interrupt numbers: "Exception Types", vector table. */
enum {
    INTERRUPT_UART0 = 5,
    INTERRUPT_WATCHDOG = 18,
    INTERRUPT_ETHERNET = 42,
    INTERRUPT_COUNT = 44,
};

void lm3s_uart_interrupt(void);
void lm3s_ethernet_interrupt(void);
void lm3s_watchdog_interrupt(void);

/* System control: clocks, and the user registers, which hold the MAC address. */
#define SYSCTL(offset) DEVICE_REGISTER(0x400FE000UL, offset)
#define SYSCTL_LDOPCTL SYSCTL(0x034)
#define SYSCTL_RIS     SYSCTL(0x050)
#define SYSCTL_RCC     SYSCTL(0x060)
#define SYSCTL_RCGC0   SYSCTL(0x100)
#define SYSCTL_RCGC1   SYSCTL(0x104)
#define SYSCTL_RCGC2   SYSCTL(0x108)
#define SYSCTL_USER0   SYSCTL(0x1E0)
#define SYSCTL_USER1   SYSCTL(0x1E4)

#define LDOPCTL_2V75   0x1BUL
#define RIS_PLL_LOCKED (1UL << 6)
#define RCC_SYSDIV(n)  ((uint32_t)(n) << 23)
#define RCC_USESYSDIV  (1UL << 22)
#define RCC_PWRDN      (1UL << 13)
#define RCC_BYPASS     (1UL << 11)
#define RCC_XTAL(n)    ((uint32_t)(n) << 6)
#define RCC_OSCSRC(n)  ((uint32_t)(n) << 4)
#define RCC_MOSCDIS    (1UL << 0)
#define RCGC0_WATCHDOG (1UL << 3)
#define RCGC1_UART0    (1UL << 0)
#define RCGC2_GPIOA    (1UL << 0)
#define RCGC2_GPIOF    (1UL << 5)
#define RCGC2_EMAC     (1UL << 28)
#define RCGC2_EPHY     (1UL << 30)

#define GPIOA_AFSEL DEVICE_REGISTER(0x40004000UL, 0x420)
#define GPIOA_DEN   DEVICE_REGISTER(0x40004000UL, 0x51C)
/* PF0, which the board's status LED is on. Address bits 9:2 mask the data register. */
#define GPIOF_DATA0 DEVICE_REGISTER(0x40025000UL, 0x004)
#define GPIOF_DIR   DEVICE_REGISTER(0x40025000UL, 0x400)
#define GPIOF_DEN   DEVICE_REGISTER(0x40025000UL, 0x51C)

#endif

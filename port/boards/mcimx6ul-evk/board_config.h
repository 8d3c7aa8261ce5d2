/**
 * @file
 * The MCIMX6UL-EVK, which has an i.MX 6UltraLite. Names in quotation marks are chapters of its
 * reference manual (NXP, IMX6ULRM).
 */
#ifndef BOARD_CONFIG_H
#define BOARD_CONFIG_H

#include "../../mcu/places.h"

#define BOARD_GIC_BASE 0x00A00000UL

/* "Interrupts and DMA Events": its numbers, and 32 that are the processor's own. */
enum {
    INTERRUPT_UART1 = 32 + 26,
    INTERRUPT_WDOG1 = 32 + 80,
    INTERRUPT_ENET1 = 32 + 118,
};

void mcimx6ul_uart_interrupt(void);
void mcimx6ul_ethernet_interrupt(void);

#endif

/**
 * @file
 * The images of the MPS2: a CMSDK UART, an FPGAIO block and a LAN9220. Each
 * board's mps2_image.h has their addresses and interrupts.
 */
#ifndef MPS2_H
#define MPS2_H

#include "cortex_m.h"
#include "mps2_image.h"

#define FPGAIO_LED0 DEVICE_REGISTER(FPGAIO_BASE, 0x000)

void mps2_uart_receive_interrupt(void);
void mps2_uart_send_interrupt(void);
void mps2_ethernet_interrupt(void);

#endif

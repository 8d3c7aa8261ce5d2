/**
 * @file
 * What the images of the MPS2 share: the CMSDK's UART and a LAN9220. Where they
 * are, and on which interrupts, the board's own mps2_image.h says.
 */
#ifndef MPS2_H
#define MPS2_H

#include "cortex_m.h"
#include "mps2_image.h"

void mps2_uart_receive_interrupt(void);
void mps2_uart_send_interrupt(void);
void mps2_ethernet_interrupt(void);

#endif

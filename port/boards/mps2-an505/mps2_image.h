/**
 * @file
 * The MPS2 with the AN505 image: a Cortex-M33 at 20 MHz, CMSDK peripherals and a
 * LAN9220. See Application Note AN505, "Memory map" and "Interrupt assignments".
 * The firmware runs in the secure state and uses the secure addresses.
 */
#ifndef MPS2_IMAGE_H
#define MPS2_IMAGE_H

enum {
    INTERRUPT_UART0_RECEIVE = 32,
    INTERRUPT_UART0_SEND = 33,
    INTERRUPT_ETHERNET = 48,
    INTERRUPT_COUNT = 124,
};

#define UART0_BASE    0x50200000UL
#define ETHERNET_BASE 0x52000000UL
#define FPGAIO_BASE   0x50302000UL

#endif

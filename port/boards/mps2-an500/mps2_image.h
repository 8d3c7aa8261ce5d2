/**
 * @file
 * The MPS2 with the AN500 image: a Cortex-M7 at 25 MHz, CMSDK peripherals and a
 * LAN9220. See Application Note AN500, "Memory map" and "Interrupt assignments".
 */
#ifndef MPS2_IMAGE_H
#define MPS2_IMAGE_H

enum {
    INTERRUPT_UART0_RECEIVE = 0,
    INTERRUPT_UART0_SEND = 1,
    INTERRUPT_ETHERNET = 13,
    INTERRUPT_COUNT = 32,
};

#define UART0_BASE    0x40004000UL
#define ETHERNET_BASE 0xA0000000UL
#define FPGAIO_BASE   0x40028000UL

#endif

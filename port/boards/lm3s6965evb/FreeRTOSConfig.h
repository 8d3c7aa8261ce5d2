/**
 * @file
 * FreeRTOS on the LM3S6965 at 50 MHz.
 */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#include "board_config.h"

/* At least a fifth of each stack stays unused under load; a test checks this. */
#define PORT_MAIN_STACK_BYTES     1280
#define PORT_TCPIP_STACK_BYTES    624
#define PORT_ETHERNET_STACK_BYTES 768
#define configMINIMAL_STACK_SIZE  64 /* words, of the idle task */

/* Four tasks, and a mailbox of 96 bytes for each connection. */
#define configTOTAL_HEAP_SIZE (4016 + 96 * (PORT_PLACES + 1))

#include "freertos_config.h"

#endif

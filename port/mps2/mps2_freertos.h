/**
 * @file
 * FreeRTOS on the MPS2 boards. A board's FreeRTOSConfig.h includes this.
 */
#ifndef MPS2_FREERTOS_H
#define MPS2_FREERTOS_H

#include "board_config.h"

/* At least a fifth of each stack stays unused under load; a test checks this. */
#define PORT_MAIN_STACK_BYTES     2048
#define PORT_TCPIP_STACK_BYTES    2048
#define PORT_ETHERNET_STACK_BYTES 2560
#define configMINIMAL_STACK_SIZE  64 /* words, of the idle task */

/* Four tasks, and a mailbox of 104 bytes for each connection. */
#define configTOTAL_HEAP_SIZE (10144 + 104 * (PORT_PLACES + 1))

#include "freertos_config.h"

#endif

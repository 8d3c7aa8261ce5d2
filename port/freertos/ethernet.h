/**
 * @file
 * The network interface of all boards: lwIP's netif, the task that feeds it, and
 * the choice of what to drop when buffers run out.
 */
#ifndef ETHERNET_H
#define ETHERNET_H

#include <stdbool.h>

#include "lwip/netif.h"

/** For netif_add(): starts the board's Ethernet and the task. Called in lwIP's thread. */
err_t ethernet_init(struct netif *netif);

/** As port_reading_is_short(). */
bool ethernet_is_short(void);

#endif

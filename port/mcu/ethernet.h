/**
 * @file
 * The network interface of all boards: lwIP's netif.
 */
#ifndef ETHERNET_H
#define ETHERNET_H

#include "lwip/netif.h"

/** For netif_add(): starts the board's Ethernet, then os_start_frames(). Called in lwIP's thread.
 */
err_t ethernet_init(struct netif *netif);

/** Frames to receive, in one batch or in several, before the application gets time to run. */
#define ETHERNET_BATCH 32

/** Passes up to ETHERNET_BATCH received frames to lwIP, and wakes the application. @return how
 * many. */
unsigned ethernet_feed(struct netif *netif);

#endif

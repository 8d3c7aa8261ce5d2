/**
 * @file
 * Keeps unread data from taking all of PBUF_POOL, for interfaces whose driver receives into it.
 * Needs LWIP_STATS and MEMP_STATS.
 */
#ifndef GUARD_H
#define GUARD_H

#include <stdbool.h>

#include "lwip/netif.h"
#include "lwip/pbuf.h"

/**
 * As ethernet_input(), in lwIP's thread or with the core lock held.
 *
 * While fewer than half of the buffers are free, a TCP segment's data is refused if its connection
 * has unread data already; while fewer than a quarter are, also if its frame takes more than one;
 * of the last four it gets none. Everything else in the segment is processed, and its peer sends
 * the data again.
 */
err_t guard_input(struct pbuf *frame, struct netif *netif);

/** True while more than a quarter of the buffers are in use, as port_reading_is_short(). */
bool guard_is_short(void);

#endif

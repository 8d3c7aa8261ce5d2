/**
 * @file
 * Reads received frames before lwIP does, so that a port can choose which to drop.
 */
#ifndef INCOMING_H
#define INCOMING_H

#include "lwip/pbuf.h"
#include "lwip/prot/tcp.h"
#include "lwip/tcp.h"

/**
 * Finds the connection to which a frame brings data. Called with the core lock held.
 * @param tcp  set to its TCP header
 * @return NULL when the frame is no TCP segment with data, or its connection is unknown; also for a
 *         reset, of which lwIP keeps no data.
 */
struct tcp_pcb *incoming_find(const struct pbuf *frame, const struct tcp_hdr **tcp);

#endif

/**
 * @file
 * A TCP segment over IPv4 in a frame that lwIP sends: its header in one piece,
 * without options of IP's.
 */
#ifndef OUTGOING_H
#define OUTGOING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwip/pbuf.h"
#include "lwip/prot/ethernet.h"
#include "lwip/prot/ip4.h"
#include "lwip/prot/tcp.h"

/** Where its headers stand. */
enum { OUTGOING_IP_AT = SIZEOF_ETH_HDR, OUTGOING_TCP_AT = SIZEOF_ETH_HDR + IP_HLEN };

struct outgoing {
    const struct ip_hdr *ip;
    const struct tcp_hdr *tcp;
    size_t header_bytes; /**< Ethernet, IP and TCP */
    size_t data_bytes;
    uint32_t number; /**< of its first byte */
    uint8_t flags;   /**< TCP's */
};

/** @return false when the frame is something else. */
bool outgoing_read(const struct pbuf *frame, struct outgoing *segment);

#endif

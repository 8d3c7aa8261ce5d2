/**
 * @file
 * Parses a frame that lwIP sends as a TCP segment over IPv4, with its headers in
 * one piece and without IP options.
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

/** The offsets of the headers. */
enum { OUTGOING_IP_AT = SIZEOF_ETH_HDR, OUTGOING_TCP_AT = SIZEOF_ETH_HDR + IP_HLEN };

struct outgoing {
    const struct ip_hdr *ip;
    const struct tcp_hdr *tcp;
    size_t header_bytes; /**< Ethernet, IP and TCP */
    size_t data_bytes;
    uint32_t number; /**< the sequence number of its first byte */
    uint8_t flags;   /**< the TCP flags */
};

/** Parses `frame`, which `segment` refers to. @return false when it is anything else. */
bool outgoing_read(const struct pbuf *frame, struct outgoing *segment);

#endif

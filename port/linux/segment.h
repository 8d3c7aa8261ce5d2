/*
 * Reads TCP segments in the Ethernet frames that lwIP sends, over IPv4 or IPv6,
 * and makes one by hand. No I/O.
 */
#ifndef SEGMENT_H
#define SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "frames.h"
#include "lwchat_address.h"

enum { SEGMENT_FIN = 1, SEGMENT_SYN = 2, SEGMENT_RST = 4 };

/* The most bytes of a frame with a bare segment. */
enum { SEGMENT_BARE_BYTES = 14 + 40 + 20 };

/* One end of a connection. */
struct segment_end {
    struct lwchat_address ip;
    uint16_t port;
};

/* The TCP flags (RFC 9293, section 3.1); 0 when the frame is not a TCP segment. */
unsigned segment_flags(const uint8_t *frame, size_t bytes);

/* Writes the address and port that a segment is sent to. */
void segment_peer(const uint8_t *frame, struct segment_end *peer);

/* The source port of a segment. */
uint16_t segment_port(const uint8_t *frame);

/* Overwrites the MSS option of a SYN with no-operations, if it is the first option. */
void segment_hide_mss(uint8_t *frame, size_t bytes);

/*
 * Writes a bare ACK with a sequence number that the receiver does not expect, so
 * that it has to answer. By chance it may expect that very number: use one that is
 * far off the next time. Returns the length of the frame.
 */
size_t segment_ask(uint8_t frame[SEGMENT_BARE_BYTES], const struct segment_end *from,
                   const struct segment_end *peer, uint16_t number);

#endif

/*
 * Reads TCP segments in the Ethernet frames that lwIP sends, and makes one by
 * hand. No I/O.
 */
#ifndef SEGMENT_H
#define SEGMENT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "frames.h"

enum { SEGMENT_FIN = 1, SEGMENT_SYN = 2, SEGMENT_RST = 4 };

/* The TCP flags (RFC 9293, section 3.1); 0 when the frame is not a TCP segment. */
unsigned segment_flags(const uint8_t *frame, size_t bytes);

/* Writes the address and port that a segment is sent to. */
void segment_peer(const uint8_t *frame, struct sockaddr_in *peer);

/* The source port of a segment. */
uint16_t segment_port(const uint8_t *frame);

/* Overwrites the MSS option of a SYN with no-operations, if it is the first option. */
void segment_hide_mss(uint8_t *frame, size_t bytes);

/*
 * Writes a bare ACK with a sequence number that the receiver does not expect, so
 * that it has to answer. By chance it may expect that very number: use one that is
 * far off the next time.
 */
void segment_ask(uint8_t frame[FRAME_SHORTEST_BYTES], const struct sockaddr_in *from,
                 const struct sockaddr_in *peer, uint16_t number);

#endif

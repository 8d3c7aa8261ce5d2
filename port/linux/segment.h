/*
 * TCP segments in Ethernet frames, as lwIP sends them: what stands in them, and
 * one made by hand. No I/O.
 */
#ifndef SEGMENT_H
#define SEGMENT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "frames.h"

enum { SEGMENT_FIN = 1, SEGMENT_SYN = 2, SEGMENT_RST = 4 };

/* Its TCP flags (RFC 9293, section 3.1); 0 when the frame is no TCP segment. */
unsigned segment_flags(const uint8_t *frame, size_t bytes);

/* To whom a segment goes. */
void segment_peer(const uint8_t *frame, struct sockaddr_in *peer);

/* The TCP port that it comes from. */
uint16_t segment_port(const uint8_t *frame);

/* Puts nothing where the MSS option of a SYN stands, if it is its first. */
void segment_hide_mss(uint8_t *frame, size_t bytes);

/*
 * Writes an acknowledgement with a number of which the receiver has to say that
 * it expects another. One in so many it does expect: so the next time it is to
 * be asked with one that is far off.
 */
void segment_ask(uint8_t frame[FRAME_SHORTEST_BYTES], const struct sockaddr_in *from,
                 const struct sockaddr_in *peer, uint16_t number);

#endif

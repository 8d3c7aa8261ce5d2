/* TCP segments in frames, as lwIP passes them to an interface. They outlive all references. */
#ifndef UNIT_SEGMENTS_H
#define UNIT_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "lwip/pbuf.h"

enum {
    SEGMENTS = 64, /* their memory is reused in turn */
    HEADER = 54,
    IP_LENGTH_AT = 16,
    IP_NUMBER_AT = 18,
    IP_SUM_AT = 24,
    TO_AT = 30,
    PORT_AT = 36,
    NUMBER_AT = 38,
    ACK_AT = 42,
    FLAGS_AT = 47,
    WINDOW_AT = 48,
    TCP_SUM_AT = 50,
    FIN = 0x01,
    RST = 0x04,
    PSH = 0x08,
    ACK = 0x10
};

extern unsigned segments_made, segments_freed;

/* A segment from 192.168.7.2:50000 to 192.168.7.1:40000 with acknowledgement number 9. */
struct pbuf *segment(uint32_t number, size_t bytes, uint8_t flags);

void put16(uint8_t *at, unsigned value);
void put32(uint8_t *at, uint32_t value);

/* Resets the counters. */
void segments_begin(void);

#endif

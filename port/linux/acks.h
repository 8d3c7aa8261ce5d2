/**
 * @file
 * Acknowledgements that wait a moment for what makes them needless: the next
 * one of their connection, or a segment with data, which carries its own. A
 * peer that writes line by line gets one for each second line otherwise, in a
 * frame each; those cost more than the lines.
 *
 * One that repeats the number before is never held nor dropped: duplicates
 * count (RFC 5681, 3.2), and it may open a window. Nothing here locks.
 */
#ifndef ACKS_H
#define ACKS_H

#include <stdbool.h>
#include <stdint.h>

#include "lwip/pbuf.h"

/** Connections of which one can be held; two that meet here only send sooner. */
enum { ACKS_SLOTS = 64 };

struct acks {
    struct {
        struct pbuf *frame; /**< held, or NULL */
        uint32_t to;        /**< the peer's address and ports, as in the header */
        uint32_t ports;
        uint32_t number; /**< acknowledged last */
    } slots[ACKS_SLOTS];
    unsigned held;
};

/**
 * Call it with each frame, before it is sent. What it makes needless is
 * dropped.
 * @param may_wait  false: it is not held
 * @param before    gets a frame that is to be sent before it, and freed; or NULL
 * @return true when the frame is held, by a reference: it is not to be sent.
 */
bool acks_hold(struct acks *acks, struct pbuf *frame, bool may_wait, struct pbuf **before);

/** The next frame that is held no longer: send and free it. NULL when there is none. */
struct pbuf *acks_take(struct acks *acks);

#endif

/**
 * @file
 * Holds pure acknowledgements back for a moment, until they are made redundant by
 * the next one of their connection, or by a data segment, which carries its own.
 * Otherwise a peer that writes line by line is sent one in a frame of its own for
 * every second line, which costs more than the lines.
 *
 * One that repeats the previous number is neither held nor dropped: duplicates
 * matter (RFC 5681, 3.2), and it may open a window. Nothing here locks.
 */
#ifndef ACKS_H
#define ACKS_H

#include <stdbool.h>
#include <stdint.h>

#include "lwip/pbuf.h"

/** A hash table: when two connections share a slot, they only send sooner. */
enum { ACKS_SLOTS = 64 };

struct acks {
    struct {
        struct pbuf *frame; /**< held, or NULL */
        uint32_t to;        /**< the peer's address and ports, as in the header */
        uint32_t ports;
        uint32_t number; /**< the last acknowledgement number */
    } slots[ACKS_SLOTS];
    unsigned held;
};

/**
 * Call it with each frame before it is sent. It drops a held acknowledgement that
 * the frame makes redundant.
 * @param may_wait  false when the frame must not be held
 * @param before    set to a frame that the caller must send first, and free; or NULL
 * @return true when the frame is held, by a reference, and must not be sent now.
 */
bool acks_hold(struct acks *acks, struct pbuf *frame, bool may_wait, struct pbuf **before);

/** Releases a held frame, which the caller sends and frees. @return NULL when there is none. */
struct pbuf *acks_take(struct acks *acks);

#endif

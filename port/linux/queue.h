/**
 * @file
 * A FIFO of frames in a ring of bytes, each frame in one piece.
 *
 *        head                     tail
 *     ....|n bytes|n bytes|n bytes|........    a frame never wraps: one that does
 *     n bytes|....................|n bytes|0   not fit at the end goes to the start
 *
 * A frame that does not fit is refused; the caller drops it, and TCP retransmits
 * it. Nothing here locks.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue {
    uint8_t *store;
    size_t bytes; /**< of the store, a multiple of 4 */
    size_t head;  /**< where the oldest frame starts */
    size_t tail;  /**< where the next one goes */
    size_t frames;
};

/** Adds a frame of `bytes` bytes. @return where to write it, or NULL when the queue is full. */
uint8_t *queue_push(struct queue *queue, size_t bytes);

/** @return the oldest frame and its length, or NULL when there is none. */
const uint8_t *queue_front(const struct queue *queue, size_t *bytes);

/** Removes the oldest frame. There must be one. */
void queue_pop(struct queue *queue);

#endif

/**
 * @file
 * Frames that wait, in a ring of bytes: in the order they came, each whole.
 *
 *        head                     tail
 *     ....|n bytes|n bytes|n bytes|........    a frame never wraps: what does
 *     n bytes|....................|n bytes|0   not fit at the end starts over
 *
 * When a frame does not fit it is refused, and it is for the caller to drop
 * it: TCP sends it again. Nothing here locks.
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

/** Room for one more frame of `bytes` bytes. @return where to write it, or NULL when full. */
uint8_t *queue_push(struct queue *queue, size_t bytes);

/** @return the oldest frame and its length, or NULL when there is none. */
const uint8_t *queue_front(const struct queue *queue, size_t *bytes);

/** Takes the oldest frame out. */
void queue_pop(struct queue *queue);

#endif

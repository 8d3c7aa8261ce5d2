#include "queue.h"

#include <string.h>

/* A frame is stored as a 4-byte length and its bytes, padded to a multiple of 4.
 * A length of 0 means that the next frame is at the start of the ring. */

static size_t length_at(const struct queue *queue, size_t at)
{
    uint32_t length;

    memcpy(&length, queue->store + at, sizeof(length));
    return length;
}

static void put_length(struct queue *queue, size_t at, size_t bytes)
{
    uint32_t length = (uint32_t)bytes;

    memcpy(queue->store + at, &length, sizeof(length));
}

static size_t span(size_t bytes)
{
    return sizeof(uint32_t) + ((bytes + 3) & ~(size_t)3);
}

uint8_t *queue_push(struct queue *queue, size_t bytes)
{
    size_t needed = span(bytes);
    size_t at = queue->tail;

    if (queue->frames == 0) {
        queue->head = queue->tail = at = 0;
    }
    if (at > queue->head || queue->frames == 0) {
        if (queue->bytes - at < needed) {
            /* The tail must not reach the head: when they are equal, the queue is empty. */
            if (needed >= queue->head) {
                return NULL;
            }
            if (queue->bytes - at >= sizeof(uint32_t)) {
                put_length(queue, at, 0);
            }
            at = 0;
        }
    } else if (queue->head - at <= needed) {
        return NULL;
    }
    put_length(queue, at, bytes);
    queue->tail = at + needed;
    queue->frames++;
    return queue->store + at + sizeof(uint32_t);
}

static size_t front_at(const struct queue *queue)
{
    if (queue->bytes - queue->head < sizeof(uint32_t) || length_at(queue, queue->head) == 0) {
        return 0;
    }
    return queue->head;
}

const uint8_t *queue_front(const struct queue *queue, size_t *bytes)
{
    size_t at;

    if (queue->frames == 0) {
        return NULL;
    }
    at = front_at(queue);
    *bytes = length_at(queue, at);
    return queue->store + at + sizeof(uint32_t);
}

void queue_pop(struct queue *queue)
{
    size_t at = front_at(queue);

    queue->head = at + span(length_at(queue, at));
    queue->frames--;
}

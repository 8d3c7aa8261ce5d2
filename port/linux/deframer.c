#include "deframer.h"

#include <string.h>

#include "frames.h"

/* Drops the received bytes of a frame that is too long. */
static void skip(struct deframer *deframer)
{
    size_t left = deframer->filled - deframer->at;
    size_t bytes = deframer->skipping < left ? deframer->skipping : left;

    deframer->at += bytes;
    deframer->skipping -= bytes;
}

/* Reads the length of the next frame. @return false if it is incomplete. */
static bool read_length(const struct deframer *deframer, uint32_t *length)
{
    const uint8_t *head = deframer->bytes + deframer->at;

    if (deframer->filled - deframer->at < DEFRAMER_HEAD_BYTES) {
        return false;
    }
    *length = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
    return true;
}

uint8_t *deframer_room(struct deframer *deframer, size_t *room)
{
    deframer->filled -= deframer->at;
    if (deframer->at > 0 && deframer->filled > 0) {
        memmove(deframer->bytes, deframer->bytes + deframer->at, deframer->filled);
    }
    deframer->at = 0;
    *room = sizeof(deframer->bytes) - deframer->filled;
    return deframer->bytes + deframer->filled;
}

void deframer_fill(struct deframer *deframer, size_t bytes)
{
    deframer->filled += bytes;
    skip(deframer);
}

bool deframer_has(const struct deframer *deframer)
{
    uint32_t length;

    if (!read_length(deframer, &length)) {
        return false;
    }
    return length > FRAME_BYTES ||
           deframer->filled - deframer->at >= DEFRAMER_HEAD_BYTES + (size_t)length;
}

int deframer_next(struct deframer *deframer, const uint8_t **frame)
{
    while (deframer_has(deframer)) {
        (void)read_length(deframer, &deframer->length);
        if (deframer->length == 0 || deframer->length > DEFRAMER_LONGEST_BYTES) {
            return -1;
        }
        *frame = deframer->bytes + deframer->at + DEFRAMER_HEAD_BYTES;
        deframer->at += DEFRAMER_HEAD_BYTES;
        if (deframer->length <= FRAME_BYTES) {
            deframer->at += deframer->length;
            return (int)deframer->length;
        }
        deframer->skipping = deframer->length;
        skip(deframer);
    }
    return 0;
}

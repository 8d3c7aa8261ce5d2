/**
 * @file
 * Splits a byte stream into Ethernet frames. Each frame follows its length, 4
 * bytes in network order:
 *
 *     | 0 0 0 60 | 60 bytes | 0 0 5 234 | 1514 bytes | 0 0 0 6|
 *      ^ at                                                    ^ filled
 *
 * The stream may arrive in pieces of any size. A frame that is longer than
 * FRAME_BYTES is dropped, as a network card would. An invalid length is an
 * error that cannot be recovered from, because the next frame cannot be found.
 */
#ifndef DEFRAMER_H
#define DEFRAMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The longest valid frame in bytes: an Ethernet header with a tag, and a packet of 64 KiB. */
#define DEFRAMER_LONGEST_BYTES (18 + UINT16_MAX)

/** Bytes of the length before each frame. */
#define DEFRAMER_HEAD_BYTES 4

/** The state of one stream. Initialise it with zeros. */
struct deframer {
    uint8_t bytes[64 * 1024];
    size_t at;       /**< start of the next frame's length */
    size_t filled;   /**< end of the received bytes */
    size_t skipping; /**< bytes still to arrive of a frame that is dropped */
    uint32_t length; /**< the last length that was read */
};

/**
 * The buffer for the next bytes of the stream. It invalidates the frame from deframer_next().
 * @param room  set to the size of the buffer; at least 1 if deframer_next() returned 0
 */
uint8_t *deframer_room(struct deframer *deframer, size_t *room);

/** Adds `bytes` that were written to deframer_room(). */
void deframer_fill(struct deframer *deframer, size_t bytes);

/** True if deframer_next() would return a frame or an error. */
bool deframer_has(const struct deframer *deframer);

/**
 * The next frame.
 * @param frame  set to the start of the frame
 * @return its size, 1 to FRAME_BYTES; 0 if it is incomplete; -1 if its length, which is in
 *         `length`, is invalid, and on every call from then on.
 */
int deframer_next(struct deframer *deframer, const uint8_t **frame);

#endif

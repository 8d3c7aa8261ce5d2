/**
 * @file
 * Takes a stream of bytes apart into Ethernet frames, each of which comes after
 * its length in 4 bytes, in network order:
 *
 *     | 0 0 0 60 | 60 bytes | 0 0 5 234 | 1514 bytes | 0 0 0 6|
 *      ^ at                                                    ^ filled
 *
 * The stream may come in any pieces. A frame that is longer than what fits our
 * MTU is left out, as a network card does; a length that no frame has ends it,
 * since nothing behind it can be told apart.
 */
#ifndef DEFRAMER_H
#define DEFRAMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of the longest frame that a peer may send: one with a packet of 64 KiB. */
#define DEFRAMER_LONGEST_BYTES (18 + UINT16_MAX)

/** Bytes of the length in front of each frame. */
#define DEFRAMER_HEAD_BYTES 4

/** All of it 0 is one that has had nothing. */
struct deframer {
    uint8_t bytes[64 * 1024];
    size_t at;       /**< the next frame's length begins here */
    size_t filled;   /**< bytes from here on are free */
    size_t skipping; /**< bytes still to come of a frame that is left out */
    uint32_t length; /**< the last one that was read */
};

/**
 * Where the next bytes of the stream go. What deframer_next() gave is not valid any more.
 * @param room  takes how many fit, at least one once deframer_next() gave 0
 */
uint8_t *deframer_room(struct deframer *deframer, size_t *room);

/** `bytes` were written there. */
void deframer_fill(struct deframer *deframer, size_t bytes);

/** True while deframer_next() has a frame to give, or an error. */
bool deframer_has(const struct deframer *deframer);

/**
 * The next frame.
 * @param frame  takes where it is
 * @return its bytes, from 1 to FRAME_BYTES; 0 when more has to come first; -1, from then on
 *         always, for a `length` that no frame has.
 */
int deframer_next(struct deframer *deframer, const uint8_t **frame);

#endif

/**
 * @file
 * Memory for received frames, apart from all that sending needs. A frame stays
 * in its buffers until the application has read the data.
 *
 *     wire -> [ frame ] -> small enough? -> a small buffer   -> lwIP
 *                                       \-> large ones -------->
 *     wire -> [ large buffers ] -> as they are --------------->
 *
 * The limits and the policy at the limit: see frames_admit().
 */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lwip/pbuf.h"
#include "port.h"

/** Bytes of the largest frame: an Ethernet header, a tag, and 1500 bytes. */
#define FRAME_BYTES 1518

/** Bytes of the smallest frame on a wire, its check sum not counted. */
#define FRAME_SHORTEST_BYTES 60

/** Pieces of FRAME_BYTES that hold the largest frame of a wire that offloads: 64 KiB. */
#define FRAME_PIECES 44

/** A flag of a received pbuf, which lwIP does not use: nothing needs to be checked. */
#define FRAME_CHECKED 0x80U

/** Frames given to lwIP under one lock; fewer when they are large, see feed(). */
#define FRAME_BATCH 64

/**
 * Makes a pbuf with a copy of a frame, padded with zeros to FRAME_SHORTEST_BYTES.
 * Pass it on, or pbuf_free() it.
 * @return NULL when there is no memory for it.
 */
struct pbuf *frames_copy(const uint8_t *frame, size_t bytes);

/**
 * Buffers to read the next frame into, which is expected to be large: up to
 * `most` pieces of FRAME_BYTES, at most FRAME_PIECES.
 * @return how many there are; 0 when there is no memory.
 */
int frames_room(struct iovec *pieces, int most);

/** As frames_copy(), of the frame that was just read to frames_room(), where it stays. */
struct pbuf *frames_wrap(size_t bytes);

/**
 * Whether a received frame may go to lwIP. Call it with the core lock held.
 *
 * While buffers are scarce, a TCP segment with data for a connection that has
 * unread data already, or misses what comes before it, is refused (its peer
 * sends it again later); everything else passes: acknowledgements, and data for
 * whoever is read at once. So senders that the server does not read, and those
 * that leave holes, cannot keep others from being heard.
 */
bool frames_admit(const struct pbuf *frame);

/** True while more than a quarter of the buffers are in use. */
bool frames_are_short(void);

/** As port_pool(). */
bool frames_show(unsigned index, struct port_pool *pool);

#endif

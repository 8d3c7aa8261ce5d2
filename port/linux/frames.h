/**
 * @file
 * Memory for received frames, separate from all memory for sending. A frame stays
 * in its buffers until the application has read the data.
 *
 *     wire -> [ frame ] -> small enough? -> a small buffer   -> lwIP
 *                                       \-> large ones -------->
 *     wire -> [ large buffers ] -> as they are --------------->
 *
 * frames_admit() has the policy when buffers are scarce.
 */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lwip/pbuf.h"
#include "port.h"

/** Bytes of the largest frame: an Ethernet header, a VLAN tag, and 1500 bytes. */
#define FRAME_BYTES 1518

/** Bytes of the smallest frame on a wire, without the FCS. */
#define FRAME_SHORTEST_BYTES 60

/** Pieces of FRAME_BYTES in the largest frame of a wire with offloads: 64 KiB. */
#define FRAME_PIECES 44

/** A pbuf flag that lwIP does not use: the checksums of this received frame need no check. */
#define FRAME_CHECKED 0x80U

/** Frames passed to lwIP under one lock; fewer when they are large, see feed_batch() in wait.c. */
#define FRAME_BATCH 64

/**
 * Copies a frame into a pbuf, padded with zeros to FRAME_SHORTEST_BYTES. The
 * caller owns the pbuf.
 * @return NULL when there is no memory.
 */
struct pbuf *frames_copy(const uint8_t *frame, size_t bytes);

/**
 * Provides buffers for reading the next frame, which is expected to be large: up
 * to `most` pieces of FRAME_BYTES, at most FRAME_PIECES.
 * @return the number of pieces; 0 when there is no memory.
 */
int frames_room(struct iovec *pieces, int most);

/** As frames_copy(), for the frame just read into the buffers of frames_room(), without copying. */
struct pbuf *frames_wrap(size_t bytes);

/**
 * Whether a received frame may go to lwIP. Call it with the core lock held.
 *
 * While buffers are scarce, a TCP segment with data is refused if its connection
 * has unread data already, or if it is out of order; its peer retransmits it later.
 * Everything else passes: acknowledgements, and data that is read at once. So
 * peers that the server is not reading from, or that leave gaps, cannot lock out
 * the others.
 */
bool frames_admit(const struct pbuf *frame);

/** True while more than a quarter of the buffers are in use. */
bool frames_are_short(void);

/** As port_pool(). */
bool frames_show(unsigned index, struct port_pool *pool);

#endif

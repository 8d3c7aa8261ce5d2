/**
 * @file
 * Consecutive full segments of one connection, sent to a TAP as one large frame.
 * The kernel splits it again when it leaves the machine, and delivers it whole
 * when it does not.
 *
 *     lwIP ->  [eth ip tcp|1460] [eth ip tcp|1460] [eth ip tcp|700]
 *     TAP  <-  [eth ip tcp| 1460 . 1460 . 700 ]  "cut at 1460"
 *
 * The data is referenced, not copied. TCP checksums are left to the kernel: the
 * field holds the sum of the pseudo-header. Nothing here locks.
 */
#ifndef BUNDLE_H
#define BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lwip/pbuf.h"

/** Segments, and pieces of memory, in one frame at most. */
#define BUNDLE_SEGMENTS 40
#define BUNDLE_PIECES   128

struct bundle {
    struct pbuf *frames[BUNDLE_SEGMENTS]; /**< referenced until bundle_clear() */
    unsigned segments;                    /**< 0: empty */
    size_t header_bytes;                  /**< Ethernet, IP and TCP */
    size_t segment_bytes;                 /**< data in the first segment */
    size_t data_bytes;
    uint32_t next;                          /**< the next sequence number */
    bool complete;                          /**< nothing can be added */
    int count;                              /**< pieces in use */
    struct iovec pieces[BUNDLE_PIECES + 1]; /**< the first one is the header */
    uint8_t header[14 + 20 + 60];
};

/**
 * Starts an empty bundle with a frame.
 * @return false when it is not a TCP segment over IPv4, or has too many pieces.
 */
bool bundle_start(struct bundle *bundle, struct pbuf *frame);

/** Adds the next segment. @return false when `frame` is not that, or the bundle is complete. */
bool bundle_add(struct bundle *bundle, struct pbuf *frame);

/** Completes the header for sending: lengths and checksums for all pieces. */
void bundle_finish(struct bundle *bundle);

/** Empties the bundle and releases the frames. */
void bundle_clear(struct bundle *bundle);

#endif

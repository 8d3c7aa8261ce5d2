/**
 * @file
 * Consecutive full segments of one connection, sent to a TAP as one large
 * frame: the system cuts it up again where it leaves the machine, and hands it
 * over whole where it does not.
 *
 *     lwIP ->  [eth ip tcp|1460] [eth ip tcp|1460] [eth ip tcp|700]
 *     TAP  <-  [eth ip tcp| 1460 . 1460 . 700 ]  "cut at 1460"
 *
 * The data is referred to, not copied. Check sums of TCP are left to the
 * system: the field holds the sum of the pseudo-header. Nothing here locks.
 */
#ifndef BUNDLE_H
#define BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lwip/pbuf.h"

/** Segments and pieces of memory in one frame; a bundle that has as many is complete. */
#define BUNDLE_SEGMENTS 40
#define BUNDLE_PIECES   128

struct bundle {
    struct pbuf *frames[BUNDLE_SEGMENTS]; /**< as long as they are referred to */
    unsigned segments;                    /**< 0: empty */
    size_t header_bytes;                  /**< Ethernet, IP and TCP */
    size_t segment_bytes;                 /**< data of the first one */
    size_t data_bytes;
    uint32_t next;                          /**< the sequence number that comes next */
    bool complete;                          /**< nothing can be added */
    int count;                              /**< of pieces */
    struct iovec pieces[BUNDLE_PIECES + 1]; /**< the header is the first */
    uint8_t header[14 + 20 + 60];
};

/**
 * Puts a frame into an empty bundle.
 * @return false when it is no TCP segment over IPv4, or in more pieces than fit.
 */
bool bundle_start(struct bundle *bundle, struct pbuf *frame);

/** Adds the segment that comes next. @return false when `frame` is not that. */
bool bundle_add(struct bundle *bundle, struct pbuf *frame);

/** Makes the header fit to be sent with all pieces. */
void bundle_finish(struct bundle *bundle);

/** Empties it, and gives the frames back. */
void bundle_clear(struct bundle *bundle);

#endif

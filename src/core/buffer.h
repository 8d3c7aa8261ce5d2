/**
 * @file
 * The pool of line buffers: a line that is incomplete, or the rest of one that
 * is being sent. The last of them is kept for the rest of the console's line,
 * since the console cannot be cut.
 */
#ifndef LWCHAT_BUFFER_H
#define LWCHAT_BUFFER_H

#include "lwchat_config.h"

#include <stdint.h>

enum { BUFFER_NONE = 0xFFFF };

struct buffer {
    uint32_t since_ms; /**< when it was taken */
    uint16_t owner;    /**< session, or BUFFER_NONE: free */
    uint16_t bytes;
#if LWCHAT_SHOWN_BYTES > LWCHAT_RAW_BYTES
    uint16_t prefix; /**< of a rest: how much of it each of its pieces begins with */
#endif
    char text[LWCHAT_SHOWN_BYTES];
};

/** Makes all buffers free. */
void buffer_init(struct buffer *pool);

/** @return a free buffer of the pool, now `owner`'s and empty; BUFFER_NONE when there is none. */
uint16_t buffer_take(struct buffer *pool, unsigned owner, uint32_t now_ms);

/** @return the one for the rest of the console's line, now `owner`'s and empty. */
uint16_t buffer_take_kept(struct buffer *pool, unsigned owner, uint32_t now_ms);

/** Gives `*number` back, if it is a buffer, and sets it to BUFFER_NONE. */
void buffer_give(struct buffer *pool, uint16_t *number);

#endif

/**
 * @file
 * The pool of line buffers. Each holds an incomplete line, or the rest of a partly
 * sent one. The last buffer is reserved for the rest of a line to the console,
 * since the console's connection cannot be cut.
 */
#ifndef LWCHAT_BUFFER_H
#define LWCHAT_BUFFER_H

#include "lwchat_config.h"

#include <stdbool.h>
#include <stdint.h>

enum { BUFFER_NONE = 0xFFFF };

struct buffer {
    uint32_t since_ms; /**< when it was taken */
    uint16_t owner;    /**< session, or BUFFER_NONE: free */
    uint16_t bytes;
#if LWCHAT_SHOWN_BYTES > LWCHAT_RAW_BYTES
    uint16_t prefix; /**< of a rest: bytes at its front that each piece repeats */
#endif
    char text[LWCHAT_SHOWN_BYTES];
};

/** Frees all buffers. */
void buffer_init(struct buffer *pool);

/** True when buffer_take() would find one. */
bool buffer_is_free(const struct buffer *pool);

/** Allocates an empty buffer to `owner`. @return its number; BUFFER_NONE when none is free. */
uint16_t buffer_take(struct buffer *pool, unsigned owner, uint32_t now_ms);

/** Allocates the buffer that is reserved for the console to `owner`. @return its number. */
uint16_t buffer_take_kept(struct buffer *pool, unsigned owner, uint32_t now_ms);

/** Frees buffer `*number`, unless it is BUFFER_NONE already, and sets it to BUFFER_NONE. */
void buffer_give(struct buffer *pool, uint16_t *number);

#endif

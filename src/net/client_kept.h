/**
 * @file
 * What the client has sent and the server has not acknowledged: kept, as far
 * as there is room, so that it can be shown if the connection is lost. It
 * does no I/O.
 */
#ifndef LWCHAT_CLIENT_KEPT_H
#define LWCHAT_CLIENT_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lwchat_config.h"

/** All zeros: nothing kept. */
struct client_kept {
    uint32_t forgotten; /**< unacknowledged bytes that were dropped for lack of room */
    size_t sent;        /**< bytes of `text` that were sent */
    size_t bytes;       /**< of `text`, where a NUL marks the end of an unterminated message */
    char text[4 * LWCHAT_LINE_BYTES];
};

/**
 * Keeps `bytes` bytes that were sent.
 * @param message  they are the end of a message that has no line end
 */
void client_kept_add(struct client_kept *kept, const char *text, size_t bytes, bool message);

/** Drops acknowledged lines; `left` bytes are not acknowledged yet. */
void client_kept_acknowledge(struct client_kept *kept, uint32_t left);

/** Drops the last line if it was not completely sent. */
void client_kept_cut(struct client_kept *kept);

/**
 * Makes the line at offset `*at` (0 at first) safe to show, and advances to the next.
 * @return its text, NUL-terminated; NULL if there is none.
 */
char *client_kept_line(struct client_kept *kept, size_t *at);

#endif

/**
 * @file
 * What the client has sent and nobody has acknowledged: kept, as far as there
 * is room, so that it can be shown should the connection die. It does no I/O.
 */
#ifndef LWCHAT_CLIENT_KEPT_H
#define LWCHAT_CLIENT_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lwchat_config.h"

/** All zeros is nothing kept. */
struct client_kept {
    uint32_t forgotten; /**< bytes for which there was no room, and not acknowledged either */
    size_t sent;        /**< bytes of `text` that were sent */
    size_t bytes;       /**< of `text`: a message that had no end has a NUL for it */
    char text[4 * LWCHAT_LINE_BYTES];
};

/**
 * Keeps `bytes` bytes that were sent.
 * @param message  they end a message that has no end of its own
 */
void client_kept_add(struct client_kept *kept, const char *text, size_t bytes, bool message);

/** Forgets what was acknowledged, line by line, when `left` bytes were not. */
void client_kept_acknowledge(struct client_kept *kept, uint32_t left);

/** Forgets a line at the end that was not sent whole. */
void client_kept_cut(struct client_kept *kept);

/**
 * Makes the line at `*at` (0 at first) fit to be shown, and goes on to the next.
 * @return its text, ended with a NUL; NULL when there is none.
 */
const char *client_kept_line(struct client_kept *kept, size_t *at);

#endif

/**
 * @file
 * What the client shows of an event on a screen (see port.h), and in its log. It does
 * no I/O and has no clock.
 */
#ifndef LWCHAT_CLIENT_VIEW_H
#define LWCHAT_CLIENT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/words.h"
#include "client_event.h"

/** An event and what the client knows of it. */
struct client_view {
    const struct client_event *event;
    uint32_t colours; /**< of the screen: see port_screen() */
    enum words_language lang;
    uint32_t local_s; /**< when it happened, in seconds since 1970 of local time */
    bool clock;       /**< that is known */
    bool mine;        /**< this client has said it */
    bool mentions;    /**< it mentions this client's nick: the bell rings */
};

/** The most bytes that showing a text of `bytes` bytes takes. */
#define CLIENT_VIEW_BYTES(bytes) ((bytes) + 256)

/**
 * Writes the event as one line with its end, such as `06:12 alice> hello`. The nick has its colour.
 * @param out  `room` bytes long; text that does not fit is cut
 * @return the length; 0 when there is room for less than 256 bytes.
 */
size_t client_view_line(const struct client_view *view, char *out, size_t room);

/** The same for the log: with room, date and time, and without colours. */
size_t client_view_log(const struct client_view *view, char *out, size_t room);

/** Writes "2026-11-30 06:12:30 ". @param out  32 bytes long. @return the length. */
size_t client_view_date(char *out, uint32_t local_s);

/** True when `text` has `nick` in it as a word, ignoring the case of A to Z. */
bool client_view_mentions(struct client_string text, struct client_string nick);

#endif

/**
 * @file
 * A line being rendered for one reader.
 */
#ifndef LWCHAT_SHOWN_H
#define LWCHAT_SHOWN_H

#include "core/session.h"

/** Text that does not fit is left out. */
struct shown {
    const struct chat *chat;
    const struct chat_session *reader;
    char *text; /**< LWCHAT_SHOWN_BYTES long; the last LWCHAT_SEAL_BYTES are for seal() */
    size_t bytes;
    size_t prefix; /**< bytes before a user's text, such as the sender; 0 if it has none */
};

/** Adds clean text. */
void shown_add(struct shown *shown, const char *text, size_t bytes);

/** Adds a NUL-terminated text. */
void shown_add_literal(struct shown *shown, const char *text);

#endif

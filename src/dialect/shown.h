/**
 * @file
 * A line for one reader, being put together.
 */
#ifndef LWCHAT_SHOWN_H
#define LWCHAT_SHOWN_H

#include "core/session.h"

/** What does not fit is left out. */
struct shown {
    const struct chat *chat;
    const struct chat_session *reader;
    char *text; /**< LWCHAT_SHOWN_BYTES long; the last LWCHAT_SEAL_BYTES are kept for seal() */
    size_t bytes;
    size_t prefix; /**< bytes before what somebody said: sender, form; 0 where nobody did */
};

/** Adds clean text. */
void shown_add(struct shown *shown, const char *text, size_t bytes);

/** Adds a NUL-terminated text. */
void shown_add_literal(struct shown *shown, const char *text);

#endif

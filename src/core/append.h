/**
 * @file
 * Appending to the log. Nothing here checks whether that is allowed: gate.h does.
 */
#ifndef LWCHAT_APPEND_H
#define LWCHAT_APPEND_H

#include "session.h"

/** Appends a record, passing over readers that are in the way. @return the record's position. */
uint32_t append_record(struct chat *chat, struct log_record *record, const char *nick,
                       size_t nick_bytes, const char *text, size_t text_bytes);

/** True while private messages and notices fill more than half of the log. */
bool append_is_crowded(const struct chat *chat);

/** To be called after a session's cursor was set back. */
void append_moved_back(struct chat *chat, const struct chat_session *session);

#endif

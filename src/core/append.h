/**
 * @file
 * Writing to the log: who may hold it, and who is passed over.
 */
#ifndef LWCHAT_APPEND_H
#define LWCHAT_APPEND_H

#include "chat.h"

/** ms after which what the log's fill held back is tried again. */
enum { HELD_MS = 20 };

/**
 * True when records of `bytes` in all may be appended now. False while readers
 * hold the log, until the next chat_begin() at least.
 *
 * A reader holds it that has yet to read what is live and would be
 * overwritten, while its connection keeps up, or did until a moment ago.
 * History holds nothing. Each reader may hold the log for
 * LWCHAT_HOLD_MS_PER_MINUTE, and those that do not keep up for as much all
 * together. Only where the room as a whole is busy nothing is counted: then at
 * least half of those that keep up have half of the log before them.
 */
bool append_may(struct chat *chat, uint32_t bytes);

/** A new pass begins: counts the hold of the last one, and lets senders ask again. */
void append_tick(struct chat *chat);

/** Time passes: what sessions have held the log for is forgiven after a minute without a hold. */
void append_forgive(struct chat *chat);

/** Appends, passing over whoever is in the way. @return the record's position. */
uint32_t append_record(struct chat *chat, struct log_record *record, const char *nick,
                       size_t nick_bytes, const char *text, size_t text_bytes);

/** The session's cursor was set back. */
void append_moved_back(struct chat *chat, const struct chat_session *session);

#endif

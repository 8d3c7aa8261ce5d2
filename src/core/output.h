/**
 * @file
 * A session's output. Rendering is a pure function from a place to bytes and the
 * next place, so that a line that TCP took only in part can be rendered again.
 */
#ifndef LWCHAT_OUTPUT_H
#define LWCHAT_OUTPUT_H

#include "session.h"

/**
 * Saves the unsent rest of a partly sent line, if there is one, so that its record
 * may be dropped or another line may go first. If no buffer is free, the connection
 * is cut: that is better than a torn line.
 */
void output_keep_rest(struct chat *chat, struct chat_session *session);

/** Adds output that `session` is owed, after saving a partly sent line. `owes`: enum chat_owes. */
void output_owe(struct chat *chat, struct chat_session *session, uint8_t owes);

/** Drops the incomplete input line, and an answer that would use its buffer's reserved bytes. */
void output_drop_line(struct chat *chat, struct chat_session *session);

/**
 * Switches `session` to another dialect. What it has read so far becomes history.
 * `dialect`: enum chat_dialect.
 */
void output_set_dialect(struct chat *chat, struct chat_session *session, uint8_t dialect);

/** Begins a generated answer. The session accepts no input until it is sent. */
void output_answer(struct chat *chat, struct chat_session *session, enum chat_answer answer);

#endif

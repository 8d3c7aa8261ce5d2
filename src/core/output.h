/**
 * @file
 * A session's place in what it is sent. Rendering is a pure function from a place
 * to bytes and the next place, so that a line of which TCP took only a part can be
 * rendered again.
 */
#ifndef LWCHAT_OUTPUT_H
#define LWCHAT_OUTPUT_H

#include "session.h"

/**
 * Keeps the rest of the line that `session` is in the middle of, if it is in
 * one, so that its record may go or another line may come first. Without a
 * free buffer the session is dead: a cut connection is better than a torn line.
 */
void output_keep_rest(struct chat *chat, struct chat_session *session);

/** Lets lines that `session` is owed come before what it reads. `owes`: enum chat_owes bits. */
void output_owe(struct chat *chat, struct chat_session *session, uint8_t owes);

/** Gives up the line under way, and an answer that is to repeat what stands before it. */
void output_drop_line(struct chat *chat, struct chat_session *session);

/**
 * Has `session` say and hear things in another way from here on: what it has
 * read is old to it. `dialect`: enum chat_dialect.
 */
void output_set_dialect(struct chat *chat, struct chat_session *session, uint8_t dialect);

/** Begins a generated answer. Nothing is read from the session until it is sent. */
void output_answer(struct chat *chat, struct chat_session *session, enum chat_answer answer);

#endif

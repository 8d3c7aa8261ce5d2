/**
 * @file
 * How fast a session may speak. It is a virtual schedule: each line moves
 * `allowed_us` on by its share of a second, and a session may be as far ahead
 * of the clock as the burst is long. Long answers, and records that push out
 * what was said aloud, move it on as well, as far as LWCHAT_COST_MS.
 */
#ifndef LWCHAT_RATE_H
#define LWCHAT_RATE_H

#include "chat.h"

/** us until the session may send a line; 0 or less: now. */
int32_t rate_wait_us(const struct chat *chat, unsigned session);

/** Counts a line, for which `aside_bytes` of records were appended that were not said aloud. */
void rate_spend(struct chat *chat, unsigned session, uint32_t aside_bytes);

/** Counts `bytes` of an answer. */
void rate_spend_answer(struct chat *chat, unsigned session, uint32_t bytes);

/** Time passes: has chat_tick() look again when the session may go on. */
void rate_tick(struct chat *chat, unsigned session);

/** The session leaves: what it has used of its burst is kept for its address. */
void rate_leave(struct chat *chat, const struct chat_session *session);

/** The session comes: it takes over what was kept for its address, one burst at most. */
void rate_come(struct chat *chat, struct chat_session *session);

#endif

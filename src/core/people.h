/**
 * @file
 * Joining, moving between rooms, and leaving. What has to wait for room in the log
 * is noted in the session's state and done by people_pass().
 */
#ifndef LWCHAT_PEOPLE_H
#define LWCHAT_PEOPLE_H

#include "session.h"

/** Resets a session to the initial state of a person. */
void people_reset(struct chat *chat, struct chat_session *session);

/** @return the session in the chat with this nick, or one that looks like it; NULL if none has. */
struct chat_session *people_find(struct chat *chat, const char *nick, size_t bytes);

/** Moves a session to a room, or restarts it in its own, with `messages` of history, once it has
 * read all its output. For another room the caller has called room_enter(). */
void people_go(struct chat *chat, struct chat_session *session, uint8_t room, uint16_t messages);

#if LWCHAT_JSON
/**
 * Sets a session back to an earlier position. It reads what was said since, except
 * what it was sent after it entered its dialect, and before that is told that
 * `missed` messages are lost.
 */
void people_resume(struct chat *chat, struct chat_session *session, uint32_t from, uint16_t missed);
#endif

/** Ends a session: others are told that it left; it gets its remaining output, then fin. */
void people_end(struct chat *chat, struct chat_session *session, const char *farewell,
                size_t bytes);

/** Ends a session for the operator; one that has left, or not yet joined, is cut at once. */
void people_kick(struct chat *chat, struct chat_session *session, const char *text, size_t bytes);

/**
 * Keeps for its address what a session that sends no more has used of its rate: one that leaves, is
 * gone, or enters the chat once it has introduced itself.
 */
void people_pay(struct chat *chat, const struct chat_session *session);

/** Marks a session to be kicked by the next people_pass(). */
void people_ask_to_kick(struct chat *chat, struct chat_session *session);

/**
 * A peer's dialect demands that it introduces itself before it enters the chat: until then it reads
 * only what is addressed to it. One that is in the chat leaves it: the caller must have passed
 * gate_enter(). `dialect`: enum chat_dialect.
 */
void people_introduce(struct chat *chat, struct chat_session *session, uint8_t dialect);

/**
 * A new peer is a person: greets it, and announces it unless too many have come, now or in a later
 * pass.
 */
void people_come(struct chat *chat, struct chat_session *session);

/** Announces a session that was not announced when it came. */
void people_announce_now(struct chat *chat, struct chat_session *session);

/** To be called before others hear of a session. The caller must have passed gate_enter(). */
static inline void people_announce(struct chat *chat, struct chat_session *session)
{
    if (session->unannounced) {
        people_announce_now(chat, session);
    }
}

/** Timer: a new peer that has been quiet for long enough is a person. */
void people_tick(struct chat *chat);

/** Lets sessions that wait for it join, move or leave. */
void people_pass(struct chat *chat);

#endif

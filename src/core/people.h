/**
 * @file
 * Coming, going from room to room, and leaving. What the log's fill keeps
 * waiting of these waits as the session's state, and is done by people_pass().
 */
#ifndef LWCHAT_PEOPLE_H
#define LWCHAT_PEOPLE_H

#include "session.h"

/** Makes a session a new one. */
void people_reset(struct chat *chat, struct chat_session *session);

/** The session in the chat with that nick or one that looks like it; NULL. */
struct chat_session *people_find(struct chat *chat, const char *nick, size_t bytes);

/** Has a session go to a room, or stay in its own, with so many messages of history, once it has
 * read all that it is owed. The room was entered: room_enter(). */
void people_go(struct chat *chat, struct chat_session *session, uint8_t room, uint16_t messages);

#if LWCHAT_JSON
/**
 * Has a session read on from an earlier position: what was said since, but for
 * what it was shown since its dialect began, and that `missed` messages before
 * that are gone.
 */
void people_resume(struct chat *chat, struct chat_session *session, uint32_t from, uint16_t missed);
#endif

/** Ends a session: others read that it left, it gets what it is owed, then fin. */
void people_end(struct chat *chat, struct chat_session *session, const char *farewell,
                size_t bytes);

/** Ends a session on the operator's behalf; one that has left, or is to come, is cut at once. */
void people_kick(struct chat *chat, struct chat_session *session, const char *text, size_t bytes);

/** Has a session kicked by the next people_pass(). */
void people_ask_to_kick(struct chat *chat, struct chat_session *session);

/** What has connected is a person: it is greeted and announced, now or in a later pass. */
void people_come(struct chat *chat, struct chat_session *session);

/** Time passes: who has connected and been quiet is a person. */
void people_tick(struct chat *chat);

/** Lets those in, on or out who wait for it. */
void people_pass(struct chat *chat);

#endif

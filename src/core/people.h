/**
 * @file
 * Coming, going from room to room, and leaving.
 */
#ifndef LWCHAT_PEOPLE_H
#define LWCHAT_PEOPLE_H

#include "chat.h"

/** Makes a session a new one. */
void people_reset(struct chat *chat, unsigned session);

/** The session with that nick or one that looks like it, in the chat now; LWCHAT_NOT_FOUND. */
int people_find(const struct chat *chat, const char *nick, size_t bytes);

/**
 * Lets a session that has read all it was owed go where it asked to.
 * @return true when it did: there may be more to read.
 */
bool people_move(struct chat *chat, unsigned session);

/** Ends a session: others read that it left, it gets what it is owed, then fin. */
void people_end(struct chat *chat, unsigned session, const char *farewell, size_t bytes);

/** Ends a session on the operator's behalf; one that has left, or is to come, is cut at once. */
void people_kick(struct chat *chat, unsigned session, const char *text, size_t bytes);

/** Lets a session in or out of the chat that the log's fill has kept waiting. */
void people_tick(struct chat *chat, unsigned session);

#endif

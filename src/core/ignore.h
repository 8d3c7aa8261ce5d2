/**
 * @file
 * Whom a session does not read: at most LWCHAT_MAX_IGNORES people. Somebody who
 * is ignored stays so under another nick; who comes again with the same nick
 * is ignored too.
 */
#ifndef LWCHAT_IGNORE_H
#define LWCHAT_IGNORE_H

#include "session.h"

/** True when the session ignores anybody. */
static inline bool ignore_any(const struct chat_session *session)
{
#if LWCHAT_MAX_IGNORES > 0
    return session->ignores > 0;
#else
    (void)session;
    return false;
#endif
}

/** True when the session does not read what the record says. */
bool ignore_hides(const struct chat_session *session, const struct log_record *record);

/**
 * Ignores `other`, or ends that.
 * @return 1: it is ignored now; 0: it is no longer; LWCHAT_NO_MEMORY.
 */
int ignore_turn(const struct chat *chat, struct chat_session *session,
                const struct chat_session *other);

/** The nick with number `index` that the session ignores; NULL past the last. */
const char *ignore_nick(const struct chat_session *session, unsigned index, size_t *bytes);

/** The session has left: its number will be somebody else's. */
void ignore_forget(struct chat *chat, struct chat_session *session);

#endif

/**
 * @file
 * The people whom a session ignores, at most LWCHAT_MAX_IGNORES. They stay ignored
 * under another nick, and when they reconnect with the same nick.
 */
#ifndef LWCHAT_IGNORE_H
#define LWCHAT_IGNORE_H

#include "session.h"

/** True when the session ignores anyone. */
static inline bool ignore_any(const struct chat_session *session)
{
#if LWCHAT_MAX_IGNORES > 0
    return session->ignores > 0;
#else
    (void)session;
    return false;
#endif
}

/** True when the record at `position` is hidden from the session because its sender is ignored. */
bool ignore_hides(const struct chat *chat, const struct chat_session *session, uint32_t position,
                  const struct log_record *record);

/**
 * Whether a notice that somebody left is to be shown without their last words, because they are
 * ignored. @return the length of their nick, with which the notice's text begins; 0: it is not.
 */
size_t ignore_farewell(const struct chat_session *session, const struct log_record *record);

/** Ignores `other` from now on. @return false when the list is full. */
bool ignore_begin(const struct chat *chat, struct chat_session *session,
                  const struct chat_session *other);

/**
 * Ignores somebody no longer: `other`, or if that is NULL whoever had a nick that looks like
 * `nick`, and has left. @return false if they were not ignored.
 */
bool ignore_end(const struct chat *chat, struct chat_session *session,
                const struct chat_session *other, const char *nick, size_t bytes);

/** The nick at `index` of those that the session ignores; NULL past the last. */
const char *ignore_nick(const struct chat_session *session, unsigned index, size_t *bytes);

/** To be called when a session has left: its number will be reused. */
void ignore_forget(struct chat *chat, struct chat_session *session);

#endif

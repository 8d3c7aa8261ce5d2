/**
 * @file
 * What a session is to the parts of the chat: what it is to read, and when
 * something is due for it.
 */
#ifndef LWCHAT_SESSION_H
#define LWCHAT_SESSION_H

#include "model.h"

/** ms after which what readers of the log held back is tried again. */
enum { HELD_MS = 20 };

/** The session's number, as others know it. */
static inline unsigned session_number(const struct chat *chat, const struct chat_session *session)
{
    return (unsigned)(session - chat->session);
}

static inline bool session_is_operator(const struct chat *chat, const struct chat_session *session)
{
    return session == &chat->session[CHAT_OPERATOR];
}

/** The time, as in log_record. */
uint32_t chat_time_s(const struct chat *chat);

/** True when the record at `position` is for `session` to read. */
bool session_sees(const struct chat *chat, const struct chat_session *session, uint32_t position,
                  const struct log_record *record);

/** True while there are things for the session to read at all. */
static inline bool session_reads(const struct chat_session *session)
{
    return (session->state == CHAT_ACTIVE || session->state == CHAT_ENDING) && !session->cut;
}

/** Where the session's reading ends for now. */
static inline uint32_t session_limit(const struct chat *chat, const struct chat_session *session)
{
    return session->state == CHAT_ENDING ? session->end : chat->log.next;
}

/** True when a session of a room is to go to another, or back in this one, and has read all. */
bool session_may_move(const struct chat *chat, const struct chat_session *session);

/** Since when the session's connection has taken nothing; of one that ends, since it does at most.
 */
uint32_t session_took_ms(const struct chat_session *session);

/** True while the session's connection does not take what there is for it. */
bool session_is_stuck(const struct chat *chat, const struct chat_session *session);

/** True while quiet would end a line, or what is skipped of one, and nothing waits to be read. */
bool session_is_quiet_ended(const struct chat_session *session);

/** True while what it has sent is hardly anything else than the beginning of another protocol. */
bool session_may_be_foreign(const struct chat_session *session);

/** us until the session may send its next line; 0 or less: now. */
static inline int32_t session_wait_us(const struct chat *chat, const struct chat_session *session)
{
    return chat->config.rate == 0 || session_is_operator(chat, session)
               ? 0
               : rate_wait_us(chat->config.rate, session->allowed_us, chat->now_ms);
}

/** ms without another byte after which an incomplete line is taken as a message. */
uint32_t session_quiet_ms(const struct chat_session *session);

/** ms until chat_tick() has something to do for the session; UINT32_MAX: nothing. */
uint32_t session_due_ms(const struct chat *chat, const struct chat_session *session);

/** Has chat_tick() look at the sessions in `in_ms` at the latest. */
void session_wake(struct chat *chat, uint32_t in_ms);

/** Something has changed for the session: has chat_tick() look in time. */
void session_touch(struct chat *chat, const struct chat_session *session);

#endif

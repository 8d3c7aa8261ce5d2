/**
 * @file
 * What the parts of the chat need to know of a session: what it reads, and when
 * something is due for it.
 */
#ifndef LWCHAT_SESSION_H
#define LWCHAT_SESSION_H

#include "model.h"

/** ms until the next attempt to append while readers hold the log. */
enum { HELD_MS = 20 };

/** The session's number, as in chat.h. */
static inline unsigned session_number(const struct chat *chat, const struct chat_session *session)
{
    return (unsigned)(session - chat->session);
}

static inline bool session_is_operator(const struct chat *chat, const struct chat_session *session)
{
    return session == &chat->session[CHAT_OPERATOR];
}

/**
 * True when it joins the chat to other servers: it speaks for people there, without a rate. Only
 * one that speaks JSON can.
 */
static inline bool session_is_bridge(const struct chat_session *session)
{
#if LWCHAT_BRIDGE
    return session->bridge && (session->dialect == CHAT_JSON || session->dialect == CHAT_WEBSOCKET);
#else
    (void)session;
    return false;
#endif
}

/**
 * True when it reads records without their numbers: a bridge that has not resumed. So what it reads
 * before the server has executed its request differs from what it reads after it.
 */
static inline bool session_has_no_numbers(const struct chat_session *session)
{
#if LWCHAT_JSON
    return session_is_bridge(session) && !session->resumed;
#else
    (void)session;
    return false;
#endif
}

/**
 * How many messages it counts, of those `said` in its room: a bridge does not count those that were
 * `carried` there from elsewhere. Modulo 2^16.
 */
static inline uint16_t session_count(const struct chat_session *session, uint16_t said,
                                     uint16_t carried)
{
    return (uint16_t)(said - (session_is_bridge(session) ? carried : 0));
}

/** True when it reads its own messages, too. */
static inline bool session_echoes(const struct chat_session *session)
{
    return session_is_bridge(session) ||
           (LWCHAT_INTRODUCTIONS && (session->framing.flags & FRAMING_ECHO) != 0);
}

/** The time, as in log_record. */
uint32_t chat_time_s(const struct chat *chat);

/** True when `session` is to read the record at `position`. */
bool session_sees(const struct chat *chat, const struct chat_session *session, uint32_t position,
                  const struct log_record *record);

/** True while its peer introduces itself, as its dialect demands, or is asked for the password,
 * before it enters the chat. */
static inline bool session_introduces(const struct chat_session *session)
{
    return LWCHAT_INTRODUCTIONS && session->outside && session->state == CHAT_OPENING;
}

/** True while its peer is asked for the password. */
static inline bool session_is_locked(const struct chat_session *session)
{
#if LWCHAT_PASSWORD
    return session->password == PASSWORD_ASKED;
#else
    (void)session;
    return false;
#endif
}

/** The same as session_introduces(), also while it has yet to read what it was answered before it
 * enters. */
static inline bool session_is_outside(const struct chat_session *session)
{
    return LWCHAT_INTRODUCTIONS && session->outside &&
           (session->state == CHAT_OPENING || session->state == CHAT_ARRIVING);
}

/** True if `other` is one of the people whom `reader` knows to be in its room. */
static inline bool session_lists(const struct chat_session *reader,
                                 const struct chat_session *other)
{
    return other->state == CHAT_ACTIVE && other->room == reader->room &&
           (!other->unannounced || other == reader);
}

/** True while the first lines of its peer are left unread, because more may have to follow. */
static inline bool session_withholds(const struct chat_session *session)
{
#if LWCHAT_INTRODUCTIONS
    return session->withheld;
#else
    (void)session;
    return false;
#endif
}

/** True while the session reads the log. */
static inline bool session_reads(const struct chat_session *session)
{
    return (session->state == CHAT_ACTIVE || session->state == CHAT_ENDING ||
            session_is_outside(session)) &&
           !session->cut;
}

/** The position at which the session's reading ends for now. */
static inline uint32_t session_limit(const struct chat *chat, const struct chat_session *session)
{
    return session->state == CHAT_ENDING ? session->end : chat->log.next;
}

/** True when the session has read everything that it has to read now. */
bool session_has_read(const struct chat *chat, const struct chat_session *session);

/** True when the session is to enter a room, or go back in its own, and has read everything. */
bool session_may_move(const struct chat *chat, const struct chat_session *session);

/** When the session's connection last took something; in CHAT_ENDING, not before that began. */
uint32_t session_took_ms(const struct chat *chat, const struct chat_session *session);

/** True while the session waits for its connection to take output. */
bool session_is_stuck(const struct chat *chat, const struct chat_session *session);

/** True while silence would end a line, or the skipping of one, and no input is left unused. */
bool session_is_quiet_ended(const struct chat_session *session);

/** True while its input so far is most likely the beginning of another protocol. */
bool session_may_be_foreign(const struct chat_session *session);

/**
 * us that a session whose peer has closed its side waits for lines of other such peers from its
 * address; 0 or less: it does not.
 */
int32_t session_wait_closed_us(const struct chat *chat, const struct chat_session *session);

/** us until the session may send its next line; 0 or less: now. */
static inline int32_t session_wait_us(const struct chat *chat, const struct chat_session *session)
{
    if (chat->config.rate == 0 || session_is_operator(chat, session) ||
        session_is_bridge(session)) {
        return 0;
    }
    int32_t wait_us = rate_wait_us(chat->config.rate, session->allowed_us, chat->now_ms);
    return wait_us > 0 || !session->closed ? wait_us : session_wait_closed_us(chat, session);
}

/** ms of silence after which an incomplete line counts as a message. */
uint32_t session_quiet_ms(const struct chat_session *session);

/**
 * ms until a session that is outside ends, because its peer is silent, has not given the password
 * or, once it has introduced itself, does not take what it was answered; UINT32_MAX: never.
 */
uint32_t session_outside_ms(const struct chat *chat, const struct chat_session *session);

/** ms until chat_tick() has something to do for the session; UINT32_MAX: never. */
uint32_t session_due_ms(const struct chat *chat, const struct chat_session *session);

/** Makes chat_tick() due in `in_ms` at the latest. */
void session_wake(struct chat *chat, uint32_t in_ms);

/** To be called after a session's state changed: makes chat_tick() due in time for it. */
void session_touch(struct chat *chat, const struct chat_session *session);

#endif

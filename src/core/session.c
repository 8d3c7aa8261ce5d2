#include "session.h"

#include "ignore.h"

/* ms until the next attempt to get a buffer for a line, or to judge a peer. */
enum { WAITS_BUFFER_MS = 50, WITHHELD_MS = 20 };

bool session_sees(const struct chat *chat, const struct chat_session *session, uint32_t position,
                  const struct log_record *record)
{
    unsigned number = session_number(chat, session);
    bool said = record->kind == LOG_MESSAGE || record->kind == LOG_ACTION;

    if (record->kind == LOG_PADDING) {
        return false;
    }
    if (number == CHAT_OPERATOR) {
        return record->to == CHAT_OPERATOR ||
               (record->to == LOG_NOBODY && record->from != CHAT_OPERATOR &&
                !(said && chat->config.quiet));
    }
    if (record->to != LOG_NOBODY && record->to != number && record->from != number) {
        return false;
    }
    if (ignore_hides(chat, session, position, record)) {
        return false;
    }
    if (log_before(position, session->since)) {
        return said && record->room == session->room;
    }
#if LWCHAT_JSON
    if (log_before(position, session->told)) {
        return false; /* it read that before it was set back */
    }
#endif
    if (record->to != LOG_NOBODY) {
        return true;
    }
    if (record->from == number) {
        return said && session_echoes(session) && record->room == session->room;
    }
    return (record->room == session->room || record->room == LOG_EVERY_ROOM) &&
           !(LWCHAT_INTRODUCTIONS && session->outside);
}

bool session_has_read(const struct chat *chat, const struct chat_session *session)
{
    return session->place.cursor == chat->log.next && session->place.offset == 0 &&
           session->place.owes == 0 && session->place.hole == 0 &&
           session->place.answer == ANSWER_NONE;
}

bool session_may_move(const struct chat *chat, const struct chat_session *session)
{
    return session->next_room != LOG_EVERY_ROOM && session_has_read(chat, session);
}

uint32_t session_took_ms(const struct chat *chat, const struct chat_session *session)
{
    uint32_t took_ms = session->pace.took_ms;
    uint32_t heard_ms = session->heard_ms;
    bool took_before = chat->now_ms - took_ms > chat->now_ms - heard_ms;

    return session->state == CHAT_ENDING && took_before ? heard_ms : took_ms;
}

bool session_is_stuck(const struct chat *chat, const struct chat_session *session)
{
    return session->state == CHAT_ENDING ||
           (session->state == CHAT_ACTIVE && session->pace.blocked &&
            !session_is_operator(chat, session) &&
            chat_has_output(chat, session_number(chat, session)));
}

bool session_is_quiet_ended(const struct chat_session *session)
{
    return !(session->framing.flags & FRAMING_LINES) && !session->unread &&
           (session->line != BUFFER_NONE || (session->framing.flags & FRAMING_SKIP));
}

bool session_may_be_foreign(const struct chat_session *session)
{
    return !session->judged && (session_withholds(session) || opening_is_likely(&session->opening));
}

int32_t session_wait_closed_us(const struct chat *chat, const struct chat_session *session)
{
    if (!session->closed || session->state != CHAT_ACTIVE || chat->config.rate == 0) {
        return 0;
    }
    return rate_wait_closed_us(chat->config.rate, chat->kept, session->ip, chat->now_ms);
}

uint32_t session_quiet_ms(const struct chat_session *session)
{
    uint32_t quiet_ms = session->keys    ? LWCHAT_QUIET_KEYS_MS
                        : session->typed ? LWCHAT_QUIET_TYPED_MS
                                         : LWCHAT_QUIET_MS;

    return quiet_ms < LWCHAT_REQUEST_MS && session_may_be_foreign(session) ? LWCHAT_REQUEST_MS
                                                                           : quiet_ms;
}

/* --- What is due ------------------------------------------------------------ */

/* ms left of a time-out of `after_ms` that began at `since_ms`. */
static uint32_t left_ms(const struct chat *chat, uint32_t since_ms, uint32_t after_ms)
{
    uint32_t passed_ms = chat->now_ms - since_ms;

    return passed_ms >= after_ms ? 0 : after_ms - passed_ms;
}

static uint32_t sooner(uint32_t a_ms, uint32_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

static uint32_t active_due_ms(const struct chat *chat, const struct chat_session *session)
{
    uint32_t due_ms = UINT32_MAX;

    if (session_is_stuck(chat, session)) {
        due_ms = left_ms(chat, session_took_ms(chat, session), LWCHAT_STALL_MS);
    }
    if (session->waits_buffer) {
        due_ms = sooner(due_ms, WAITS_BUFFER_MS);
    }
    if (session_withholds(session)) {
        due_ms = sooner(due_ms, WITHHELD_MS);
    }
    if (session_is_quiet_ended(session)) {
        uint32_t quiet_ms = left_ms(chat, session->heard_ms, session_quiet_ms(session));
        due_ms = sooner(due_ms, quiet_ms > 0 ? quiet_ms : HELD_MS);
    }
    int32_t wait_us = session_wait_us(chat, session);
    if (wait_us > 0) {
        due_ms = sooner(due_ms, (uint32_t)wait_us / 1000 + 1);
    }
    return due_ms;
}

/* ms until a new peer counts as a person, whatever it sends later. */
static uint32_t opening_due_ms(const struct chat *chat, const struct chat_session *session)
{
    uint32_t due_ms = left_ms(chat, session->opened_ms, LWCHAT_REQUEST_MS);

    return session_may_be_foreign(session)
               ? due_ms
               : sooner(due_ms, left_ms(chat, session->heard_ms, LWCHAT_OPENING_MS));
}

uint32_t session_outside_ms(const struct chat *chat, const struct chat_session *session)
{
#if LWCHAT_PASSWORD
    if (session_is_locked(session)) {
        return left_ms(chat, session->asked_ms, LWCHAT_PASSWORD_MS);
    }
#endif
    bool waits = session->state == CHAT_ARRIVING &&
                 (!session->pace.blocked || session_has_read(chat, session));

    return waits ? UINT32_MAX : left_ms(chat, session->heard_ms, LWCHAT_ENTER_MS);
}

uint32_t session_due_ms(const struct chat *chat, const struct chat_session *session)
{
    uint32_t at_once_ms = chat->gate.closed ? HELD_MS : 0;

    if (session->state == CHAT_FREE) {
        return UINT32_MAX;
    }
    if (session->cut) {
        return 0;
    }
    if (session->state == CHAT_ARRIVING && !session->to_kick && session_is_outside(session) &&
        !session_has_read(chat, session)) {
        return session_outside_ms(chat, session);
    }
    if (session->to_kick || session->state == CHAT_ARRIVING || session->state == CHAT_LEAVING ||
        (session->state == CHAT_ACTIVE && session_may_move(chat, session))) {
        return at_once_ms;
    }
    if (session_introduces(session)) {
        uint32_t due_ms = sooner(active_due_ms(chat, session), session_outside_ms(chat, session));
#if LWCHAT_PASSWORD
        if (session_is_locked(session) && password_delay_ms(chat, session) > 0) {
            due_ms = sooner(due_ms, password_delay_ms(chat, session));
        }
#endif
        return due_ms;
    }
    if (session->state == CHAT_OPENING) {
        uint32_t due_ms = opening_due_ms(chat, session);
        if (session_withholds(session)) {
            due_ms = sooner(due_ms, WITHHELD_MS);
        }
        return session->waits_buffer ? sooner(due_ms, WAITS_BUFFER_MS) : due_ms;
    }
    if (session->state == CHAT_ENDING) {
        return session->kicked ? left_ms(chat, session->heard_ms, LWCHAT_END_MS)
                               : left_ms(chat, session_took_ms(chat, session), LWCHAT_STALL_MS);
    }
    return session->state == CHAT_ACTIVE ? active_due_ms(chat, session) : UINT32_MAX;
}

void session_wake(struct chat *chat, uint32_t in_ms)
{
    if ((int32_t)(chat->now_ms + in_ms - chat->due_ms) < 0) {
        chat->due_ms = chat->now_ms + in_ms;
    }
}

void session_touch(struct chat *chat, const struct chat_session *session)
{
    uint32_t in_ms = session_due_ms(chat, session);

    if (in_ms != UINT32_MAX) {
        session_wake(chat, in_ms);
    }
}

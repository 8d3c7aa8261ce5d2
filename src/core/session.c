#include "session.h"

#include "ignore.h"

bool session_sees(const struct chat *chat, unsigned number, uint32_t position,
                  const struct log_record *record)
{
    const struct chat_session *session = &chat->session[number];
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
    if (ignore_hides(session, record)) {
        return false;
    }
    if (log_before(position, session->since)) {
        return said && record->room == session->room;
    }
    if (record->to != LOG_NOBODY) {
        return true;
    }
    return record->from != number &&
           (record->room == session->room || record->room == LOG_EVERY_ROOM);
}

uint32_t session_limit(const struct chat *chat, const struct chat_session *session)
{
    return session->state == CHAT_ENDING ? session->end : chat->log.next;
}

bool session_reads(const struct chat_session *session)
{
    return (session->state == CHAT_ACTIVE || session->state == CHAT_ENDING) &&
           !(session->flags & CHAT_CUT);
}

void session_wake(struct chat *chat, uint32_t in_ms)
{
    if ((int32_t)(chat->now_ms + in_ms - chat->due_ms) < 0) {
        chat->due_ms = chat->now_ms + in_ms;
    }
}

bool session_is_due(struct chat *chat, uint32_t since_ms, uint32_t after_ms)
{
    uint32_t passed_ms = chat->now_ms - since_ms;

    if (passed_ms >= after_ms) {
        return true;
    }
    session_wake(chat, after_ms - passed_ms);
    return false;
}

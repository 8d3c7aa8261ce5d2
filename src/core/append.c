#include "append.h"

#include "output.h"
#include "tail.h"

/* Whether it is a private message or a notice. */
static bool is_aside(const struct log_record *record)
{
    return record->kind == LOG_PRIVATE || record->kind == LOG_NOTICE;
}

enum loss { LOSS_NONE, LOSS_MISSED, LOSS_HOLE };

/* What the session loses, and is told of, when the oldest record is dropped unread. */
static enum loss loss_of(const struct chat *chat, const struct chat_session *session,
                         const struct log_record *record)
{
    uint32_t position = chat->log.first;

    if (!session_sees(chat, session, position, record)) {
        return LOSS_NONE;
    }
    if (session_is_operator(chat, session)) {
        return LOSS_MISSED;
    }
    bool said = record->kind == LOG_MESSAGE || record->kind == LOG_ACTION;
    if (session_is_bridge(session) &&
        (!said || record->room != session->room || log_is_carried(record))) {
        return LOSS_NONE; /* it does not carry that */
    }
    if (log_before(position, session->since)) {
        return LOSS_HOLE;
    }
    bool own = record->from == session_number(chat, session);
    return !own && record->kind != LOG_NOTICE ? LOSS_MISSED : LOSS_NONE;
}

/* Moves a session past the oldest record, which is at its cursor and about to be dropped. */
static void pass_over(struct chat *chat, struct chat_session *session,
                      const struct log_record *record)
{
    if (!log_before(session->place.cursor, session_limit(chat, session))) {
        /* It reads no further. */
    } else if (session->place.offset > 0 && !(session->place.owes & CHAT_OWES_REST)) {
        /* The message is partly sent, so it is not missed. */
        output_keep_rest(chat, session);
    } else {
        switch (loss_of(chat, session, record)) {
        case LOSS_MISSED:
            session->missed++;
            session->place.owes |= CHAT_OWES_MISSED;
            chat->counts.passed_over += !session_is_operator(chat, session);
            break;
        case LOSS_HOLE:
            if (session->place.hole < UINT16_MAX) { /* 0 would tell nothing */
                session->place.hole++;
            }
            break;
        default:
            break;
        }
    }
    if (session->place.cursor == chat->log.first) {
        session->place.cursor += record->bytes;
    }
}

static void drop_first(struct chat *chat)
{
    const struct log_record *record = log_at(&chat->log, chat->log.first);

    if (!log_before(chat->log.first, chat->slowest)) {
        for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
            struct chat_session *session = &chat->session[i];
            if (session_reads(session) && session->place.cursor == chat->log.first) {
                pass_over(chat, session, record);
            }
        }
        chat->slowest = chat->log.first + record->bytes;
    }
#if LWCHAT_FILES
    tail_drop(chat);
#endif
    chat->aside_bytes -= is_aside(record) ? record->bytes : 0;
    log_drop_first(&chat->log);
}

/* Marks the sessions or rooms that the newest record is for: chat_rest() checks nothing else. */
static void call(struct chat *chat, const struct log_record *record)
{
    if (record->to != LOG_NOBODY) {
        chat->session[record->to].called = true;
        if (record->from != LOG_NOBODY) {
            chat->session[record->from].called = true;
        }
        return;
    }
    bool all = record->room == LOG_EVERY_ROOM;
    unsigned first = all ? 0 : record->room;
    unsigned last = all ? LWCHAT_MAX_ROOMS - 1 : record->room;
    for (unsigned i = first; i <= last; i++) {
        chat->room[i].newest = chat->log.next;
    }
}

uint32_t append_record(struct chat *chat, struct log_record *record, const char *nick,
                       size_t nick_bytes, const char *text, size_t text_bytes)
{
    uint32_t keep = log_must_drop(&chat->log, log_record_bytes(nick_bytes, text_bytes));
    bool in_room = record->room != LOG_EVERY_ROOM;
    struct room *room = &chat->room[in_room ? record->room : LOBBY];
    bool said = in_room && (record->kind == LOG_MESSAGE || record->kind == LOG_ACTION);

    while (chat->log.first != keep) {
        drop_first(chat);
    }
    record->time_s = chat_time_s(chat);
#if LWCHAT_JSON
    if (in_room) {
        bool carried = said && log_is_elsewhere(nick, nick_bytes);
        room->said += said;
        room->carried = (uint16_t)(room->carried + carried);
        record->said = (uint16_t)room->said;
        record->carried = room->carried;
    }
#endif
    uint32_t position = log_append(&chat->log, record, nick, nick_bytes, text, text_bytes,
                                   said && room->spoken ? &room->last : NULL);
    if (said) {
        room->last = position;
        room->spoken = true;
    }
    chat->counts.records++;
    if (is_aside(record)) {
        chat->aside_bytes += record->bytes;
        chat->asides += record->bytes;
    }
    call(chat, record);
    return position;
}

bool append_is_crowded(const struct chat *chat)
{
    return chat->aside_bytes > chat->log.bytes / 2;
}

void append_moved_back(struct chat *chat, const struct chat_session *session)
{
    if (log_before(session->place.cursor, chat->slowest)) {
        chat->slowest = session->place.cursor;
    }
}

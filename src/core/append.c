#include "append.h"

#include "output.h"
#include "pace.h"

/* Whether passing over this record is a loss that the session is told of. */
static bool is_a_loss(const struct chat *chat, unsigned number, const struct log_record *record)
{
    const struct chat_session *session = &chat->session[number];
    uint32_t position = chat->log.first;

    if (!session_sees(chat, number, position, record)) {
        return false;
    }
    if (number == CHAT_OPERATOR) {
        return true;
    }
    return !log_before(position, session->since) && record->from != number &&
           (record->kind == LOG_MESSAGE || record->kind == LOG_ACTION ||
            record->kind == LOG_PRIVATE);
}

/* The session's cursor stands on the oldest record, which is about to go. */
static void pass_over(struct chat *chat, unsigned number, const struct log_record *record,
                      uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];

    if (!log_before(session->place.cursor, session_limit(chat, session))) {
        /* It has read all that it will. */
    } else if (session->place.offset > 0 && !(session->place.owes & CHAT_OWES_REST)) {
        /* Some of the message is sent: it is not missed. */
        output_keep_rest(chat, number, now_ms);
    } else if (is_a_loss(chat, number, record)) {
        session->missed++;
        session->place.owes |= CHAT_OWES_MISSED;
        chat->passed_over += number != CHAT_OPERATOR;
    }
    if (session->place.cursor == chat->log.first) {
        session->place.cursor += record->bytes;
    }
}

static void drop_first(struct chat *chat, uint32_t now_ms)
{
    const struct log_record *record = log_at(&chat->log, chat->log.first);

    if (!log_before(chat->log.first, chat->slowest)) {
        for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
            struct chat_session *session = &chat->session[i];
            if (session_reads(session) && session->place.cursor == chat->log.first) {
                pass_over(chat, i, record, now_ms);
            }
        }
        chat->slowest = chat->log.first + record->bytes;
    }
    log_drop_first(&chat->log);
}

/* Notes whom the newest record is for: chat_rests() looks no further. */
static void call(struct chat *chat, const struct log_record *record)
{
    if (record->to != LOG_NOBODY) {
        chat->session[record->to].flags |= CHAT_CALLED;
        if (record->from != LOG_NOBODY) {
            chat->session[record->from].flags |= CHAT_CALLED;
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
                       size_t nick_bytes, const char *text, size_t text_bytes, uint32_t now_ms)
{
    uint32_t keep = log_must_drop(&chat->log, log_record_bytes(nick_bytes, text_bytes));
    struct chat_room *room = NULL;

    while (chat->log.first != keep) {
        drop_first(chat, now_ms);
    }
    if (record->room != LOG_EVERY_ROOM &&
        (record->kind == LOG_MESSAGE || record->kind == LOG_ACTION)) {
        room = &chat->room[record->room];
    }
    uint32_t position = log_append(&chat->log, record, nick, nick_bytes, text, text_bytes,
                                   room != NULL && room->spoken ? &room->last : NULL);
    if (room != NULL) {
        room->last = position;
        room->spoken = true;
    }
    chat->records++;
    call(chat, record);
    return position;
}

void append_moved_back(struct chat *chat, const struct chat_session *session)
{
    if (log_before(session->place.cursor, chat->slowest)) {
        chat->slowest = session->place.cursor;
    }
}

/* --- Holding the log ----------------------------------------------------- */

enum { SLOTS = 13, SLOT_MS = 5000, LONGEST_STEP_MS = 250 };

static void advance_slots(struct chat_holds *holds, uint32_t now_ms)
{
    for (unsigned steps = 0; now_ms - holds->slot_ms >= SLOT_MS && steps < SLOTS; steps++) {
        for (unsigned i = SLOTS - 1; i > 0; i--) {
            holds->ms[i] = holds->ms[i - 1];
        }
        holds->ms[0] = 0;
        holds->slot_ms += SLOT_MS;
    }
    if (now_ms - holds->slot_ms >= SLOT_MS) {
        holds->slot_ms = now_ms;
    }
}

/* Counts the hold of the last pass up to now. */
static void count_hold(struct chat_holds *holds, uint32_t now_ms)
{
    uint32_t step_ms = now_ms - holds->last_ms;

    advance_slots(holds, now_ms);
    holds->last_ms = now_ms;
    if (holds->slow) {
        if (step_ms > LONGEST_STEP_MS) {
            step_ms = LONGEST_STEP_MS;
        }
        holds->ms[0] = (uint16_t)(holds->ms[0] + step_ms);
        holds->total_ms += step_ms;
    }
}

static bool may_hold_longer(const struct chat_holds *holds)
{
    uint32_t sum_ms = 0;

    for (unsigned i = 0; i < SLOTS; i++) {
        sum_ms += holds->ms[i];
    }
    /* Until it is asked again, that is. */
    return sum_ms + HELD_MS <= LWCHAT_HOLD_MS_PER_MINUTE;
}

/* Moves a session that is between lines past what is not for it. */
static void skip_to(struct chat *chat, unsigned number, uint32_t limit)
{
    struct chat_place *place = &chat->session[number].place;

    if (place->offset > 0 && !(place->owes & CHAT_OWES_REST)) {
        return;
    }
    while (log_before(place->cursor, limit) && place->cursor != chat->log.next) {
        const struct log_record *record = log_at(&chat->log, place->cursor);
        if (session_sees(chat, number, place->cursor, record)) {
            return;
        }
        place->cursor += record->bytes;
    }
}

bool append_may(struct chat *chat, uint32_t bytes, uint32_t now_ms)
{
    uint32_t keep = log_must_drop(&chat->log, bytes);
    bool good = false, slow = false;

    if (log_before(chat->slowest, keep)) {
        uint32_t slowest = chat->log.next;
        for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
            struct chat_session *session = &chat->session[i];
            if (!session_reads(session)) {
                continue;
            }
            skip_to(chat, i, keep);
            if (i != CHAT_OPERATOR && log_before(session->place.cursor, keep) &&
                log_before(session->place.cursor, session_limit(chat, session))) {
                enum pace keeping = pace_of(session, now_ms);
                good = good || keeping == PACE_KEEPS_UP;
                slow = slow || keeping == PACE_HICCUPS;
            }
            if (log_before(session->place.cursor, slowest)) {
                slowest = session->place.cursor;
            }
        }
        chat->slowest = slowest;
    }
    struct chat_holds *holds = &chat->holds;
    bool hold = good || (slow && may_hold_longer(holds));
    if (hold) {
        if (!holds->holding && !holds->held) {
            holds->times++;
        }
        holds->slow = holds->slow || !good;
        holds->held = true;
        holds->held_ms = now_ms;
        session_wake(chat, HELD_MS, now_ms);
    }
    return !hold;
}

void append_tick(struct chat *chat, uint32_t now_ms)
{
    struct chat_holds *holds = &chat->holds;

    count_hold(holds, now_ms);
    if (holds->held) {
        holds->held_ms = now_ms; /* nobody listened until now, however long that was */
    }
    /* In this pass, who asks first decides: a short line that fits ends no hold. */
    holds->holding = holds->held;
    holds->held = false;
    holds->slow = false;
    if (log_before(chat->slowest, chat->log.first)) {
        chat->slowest = chat->log.first;
    }
}

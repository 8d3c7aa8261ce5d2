#include "append.h"

#include "output.h"
#include "pace.h"

/* Neither said aloud nor room that is passed over. */
static bool is_aside(const struct log_record *record)
{
    return record->kind == LOG_PRIVATE || record->kind == LOG_NOTICE;
}

enum loss { LOSS_NONE, LOSS_MISSED, LOSS_HOLE };

/* What passing over the oldest record means to the session, which is told of it. */
static enum loss loss_of(const struct chat *chat, unsigned number, const struct log_record *record)
{
    const struct chat_session *session = &chat->session[number];
    uint32_t position = chat->log.first;

    if (!session_sees(chat, number, position, record)) {
        return LOSS_NONE;
    }
    if (number == CHAT_OPERATOR) {
        return LOSS_MISSED;
    }
    if (log_before(position, session->since)) {
        return LOSS_HOLE;
    }
    return record->from != number && record->kind != LOG_NOTICE ? LOSS_MISSED : LOSS_NONE;
}

/* The session's cursor stands on the oldest record, which is about to go. */
static void pass_over(struct chat *chat, unsigned number, const struct log_record *record)
{
    struct chat_session *session = &chat->session[number];

    if (!log_before(session->place.cursor, session_limit(chat, session))) {
        /* It has read all that it will. */
    } else if (session->place.offset > 0 && !(session->place.owes & CHAT_OWES_REST)) {
        /* Some of the message is sent: it is not missed. */
        output_keep_rest(chat, number);
    } else {
        switch (loss_of(chat, number, record)) {
        case LOSS_MISSED:
            session->missed++;
            session->place.owes |= CHAT_OWES_MISSED;
            chat->passed_over += number != CHAT_OPERATOR;
            break;
        case LOSS_HOLE:
            session->place.hole++;
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
                pass_over(chat, i, record);
            }
        }
        chat->slowest = chat->log.first + record->bytes;
    }
    chat->aside_bytes -= is_aside(record) ? record->bytes : 0;
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
                       size_t nick_bytes, const char *text, size_t text_bytes)
{
    uint32_t keep = log_must_drop(&chat->log, log_record_bytes(nick_bytes, text_bytes));
    struct chat_room *room = NULL;

    while (chat->log.first != keep) {
        drop_first(chat);
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
    if (is_aside(record)) {
        chat->aside_bytes += record->bytes;
        chat->asides += record->bytes;
    }
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

enum { SLOTS = 13, SLOT_MS = 5000, LONGEST_STEP_MS = 250, MINUTE_MS = 60000, SECOND_MS = 1024 };

/*
 * chat_session.held counts units of HELD_UNIT_MS, which whoever holds the log as each ends is
 * charged with. All is forgiven once a session has not held it for a minute, so that no minute has
 * more than HELD_UNITS.
 */
enum { HELD_UNITS = 200, HELD_UNIT_MS = LWCHAT_HOLD_MS_PER_MINUTE / HELD_UNITS };

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

/* Where the session reads, or will once it has its history: that may go. */
static uint32_t live_cursor(const struct chat_session *session)
{
    uint32_t cursor = session->place.cursor;

    return log_before(cursor, session->since) ? session->since : cursor;
}

/* True when the session has yet to read something live before `keep`. */
static bool is_in_the_way(const struct chat *chat, const struct chat_session *session,
                          uint32_t keep)
{
    uint32_t cursor = live_cursor(session);

    return session_reads(session) && log_before(cursor, keep) &&
           log_before(cursor, session_limit(chat, session));
}

/* Of 1,024 ms, so that they go on where milliseconds wrap. */
static uint8_t seconds(uint32_t now_ms)
{
    return (uint8_t)(now_ms / SECOND_MS);
}

/* Counts the hold of the last pass for each who holds the log still. */
static void charge_holders(struct chat *chat)
{
    struct chat_holds *holds = &chat->holds;
    uint32_t step_ms = chat->now_ms - holds->last_ms;

    if (!holds->held || holds->busy) {
        return;
    }
    holds->charged_ms =
        (uint16_t)(holds->charged_ms + (step_ms < LONGEST_STEP_MS ? step_ms : LONGEST_STEP_MS));
    unsigned units = holds->charged_ms / HELD_UNIT_MS;
    holds->charged_ms %= HELD_UNIT_MS;
    for (unsigned i = 1; units > 0 && i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if (is_in_the_way(chat, session, holds->keep)) {
            unsigned held = session->held + units;
            session->held = (uint8_t)(held < HELD_UNITS ? held : HELD_UNITS);
            session->held_at = seconds(chat->now_ms);
        }
    }
}

void append_forgive(struct chat *chat)
{
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if ((uint8_t)(seconds(chat->now_ms) - session->held_at) > MINUTE_MS / SECOND_MS) {
            session->held = 0;
            session->held_at = seconds(chat->now_ms);
        }
    }
}

/* Who is in the way when the oldest records are to go. */
struct holders {
    bool keeps_up;    /* somebody does that keeps up */
    bool in_time;     /* and has time left */
    bool hiccups;     /* somebody has kept up until a moment ago, and has time left */
    bool busy;        /* half of all who keep up have half of the log before them */
    uint32_t slowest; /* nobody's cursor is before this position */
};

static struct holders find_holders(struct chat *chat, uint32_t keep)
{
    struct holders found = {.slowest = chat->log.next};
    unsigned readers = 0, behind = 0;

    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if (!session_reads(session)) {
            continue;
        }
        skip_to(chat, i, keep);
        uint32_t cursor = session->place.cursor;
        if (log_before(cursor, found.slowest)) {
            found.slowest = cursor;
        }
        if (i == CHAT_OPERATOR) {
            continue;
        }
        enum pace pace = pace_of(session, chat->now_ms);
        bool keeps_up = pace == PACE_KEEPS_UP;
        readers += keeps_up;
        behind += keeps_up && chat->log.next - live_cursor(session) > chat->log.bytes / 2;
        if (pace != PACE_FALLS_BEHIND && is_in_the_way(chat, session, keep)) {
            bool in_time = session->held < HELD_UNITS;
            found.keeps_up = found.keeps_up || keeps_up;
            found.in_time = found.in_time || (keeps_up && in_time);
            found.hiccups = found.hiccups || (!keeps_up && in_time);
        }
    }
    found.busy = 2 * behind >= readers;
    return found;
}

bool append_may(struct chat *chat, uint32_t bytes)
{
    uint32_t keep = log_must_drop(&chat->log, bytes);
    struct chat_holds *holds = &chat->holds;

    if (!log_before(chat->slowest, keep)) {
        return true;
    }
    struct holders found = find_holders(chat, keep);
    chat->slowest = found.slowest;
    bool keeping = found.in_time || (found.keeps_up && found.busy);
    if (!keeping && !(found.hiccups && may_hold_longer(holds))) {
        return true;
    }
    if (!holds->holding && !holds->held) {
        holds->times++;
    }
    holds->held = true;
    holds->keep = keep;
    holds->busy = found.keeps_up && found.busy;
    holds->slow = holds->slow || !keeping;
    session_wake(chat, HELD_MS);
    return false;
}

void append_tick(struct chat *chat)
{
    struct chat_holds *holds = &chat->holds;

    charge_holders(chat);
    count_hold(holds, chat->now_ms);
    /* In this pass, who asks first decides: a short line that fits ends no hold. */
    holds->holding = holds->held;
    holds->held = false;
    holds->slow = false;
    if (log_before(chat->slowest, chat->log.first)) {
        chat->slowest = chat->log.first;
    }
}

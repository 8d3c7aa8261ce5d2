#include "gate.h"

enum { SLOTS = 13, SLOT_MS = 5000, LONGEST_STEP_MS = 250, MINUTE_MS = 60000, SECOND_MS = 1024 };

/*
 * pace.held counts units of HELD_UNIT_MS. At the end of each unit, every session that holds the log
 * is charged for it. The count is cleared once a session has not held the log for a minute, so that
 * no minute has more than HELD_UNITS.
 */
enum { HELD_UNITS = 100, HELD_UNIT_MS = LWCHAT_HOLD_MS_PER_MINUTE / HELD_UNITS };

/* --- Holders ----------------------------------------------------------------- */

/* Moves a session that is between lines past records that are not for it. */
static void skip(struct chat *chat, struct chat_session *session)
{
    struct chat_place *place = &session->place;

    if (place->offset > 0 && !(place->owes & CHAT_OWES_REST)) {
        return;
    }
    while (place->cursor != chat->log.next) {
        const struct log_record *record = log_at(&chat->log, place->cursor);
        if (session_sees(chat, session, place->cursor, record)) {
            return;
        }
        place->cursor += record->bytes;
    }
    if (!chat_has_output(chat, session_number(chat, session))) {
        /* The records left for it are gone, or were for others. It may now be due to move. */
        session->pace.took_ms = chat->now_ms;
        session_touch(chat, session);
    }
}

/* The session's cursor, or where it will be after its history: that may be dropped. */
static uint32_t live_cursor(const struct chat_session *session)
{
    uint32_t cursor = session->place.cursor;

    return log_before(cursor, session->since) ? session->since : cursor;
}

/* True when the session has still to read live records before `keep`. */
static bool is_in_the_way(const struct chat *chat, const struct chat_session *session,
                          uint32_t keep)
{
    uint32_t cursor = live_cursor(session);

    return session_reads(session) && log_before(cursor, keep) &&
           log_before(cursor, session_limit(chat, session));
}

static bool slow_may_hold_longer(const struct chat_gate *gate)
{
    uint32_t sum_ms = 0;

    for (unsigned i = 0; i < SLOTS; i++) {
        sum_ms += gate->ms[i];
    }
    /* HELD_MS is the time until the next check. */
    return sum_ms + HELD_MS <= LWCHAT_HOLD_MS_PER_MINUTE;
}

static uint32_t before(uint32_t a, uint32_t b)
{
    return log_before(a, b) ? a : b;
}

/* Determines which readers hold the log, when records before `keep` are to be dropped. */
static void look(struct chat *chat, uint32_t keep)
{
    struct chat_gate *gate = &chat->gate;
    uint32_t next = chat->log.next;
    /* First cursor of readers that keep up; of those with time left; of others with time left. */
    uint32_t steady = next, in_time = next, hiccups = next;
    unsigned readers = 0, behind = 0;

    chat->slowest = next;
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if (!session_reads(session)) {
            continue;
        }
        skip(chat, session);
        chat->slowest = before(session->place.cursor, chat->slowest);
        if (i == CHAT_OPERATOR) {
            continue;
        }
        enum pace_state pace = pace_of(&session->pace, chat->now_ms);
        uint32_t cursor = live_cursor(session);
        bool has_time = session->pace.held < HELD_UNITS;
        if (pace == PACE_KEEPS_UP) {
            readers++;
            behind += next - cursor > chat->log.bytes / 2;
        }
        if (!log_before(cursor, session_limit(chat, session))) {
            continue;
        }
        if (pace == PACE_KEEPS_UP) {
            steady = before(cursor, steady);
            in_time = has_time ? before(cursor, in_time) : in_time;
        } else if (pace == PACE_HICCUPS && has_time) {
            hiccups = before(cursor, hiccups);
        }
    }
    gate->busy = log_before(steady, keep) && 2 * behind >= readers;
    gate->from = gate->busy ? steady : in_time;
    gate->slow = log_before(hiccups, gate->from) && slow_may_hold_longer(gate);
    if (gate->slow) {
        gate->from = hiccups;
    }
    gate->looked = gate->from != next;
}

bool gate_enter(struct chat *chat)
{
    struct chat_gate *gate = &chat->gate;

    if (!gate->closed && log_keeps(&chat->log, gate->from, GATE_BYTES)) {
        return true;
    }
    uint32_t keep = log_must_drop(&chat->log, GATE_BYTES);
    if (!gate->closed && !gate->looked) {
        look(chat, keep);
        if (!log_before(gate->from, keep)) {
            return true;
        }
    }
    if (!gate->was_closed && !gate->closed) {
        gate->times++;
    }
    gate->closed = true;
    gate->keep = keep;
    session_wake(chat, HELD_MS);
    return false;
}

/* --- Hold time ---------------------------------------------------------------- */

static void advance_slots(struct chat_gate *gate, uint32_t now_ms)
{
    for (unsigned steps = 0; now_ms - gate->slot_ms >= SLOT_MS && steps < SLOTS; steps++) {
        for (unsigned i = SLOTS - 1; i > 0; i--) {
            gate->ms[i] = gate->ms[i - 1];
        }
        gate->ms[0] = 0;
        gate->slot_ms += SLOT_MS;
    }
    if (now_ms - gate->slot_ms >= SLOT_MS) {
        gate->slot_ms = now_ms;
    }
}

/* Seconds of 1,024 ms, which continue without a step when the milliseconds wrap. */
static uint8_t seconds(uint32_t now_ms)
{
    return (uint8_t)(now_ms / SECOND_MS);
}

/* Charges `step_ms` to each session that still holds the log. */
static void charge_holders(struct chat *chat, uint32_t step_ms)
{
    struct chat_gate *gate = &chat->gate;

    gate->charged_ms = (uint16_t)(gate->charged_ms + step_ms);
    unsigned units = gate->charged_ms / HELD_UNIT_MS;
    gate->charged_ms %= HELD_UNIT_MS;
    for (unsigned i = 1; units > 0 && i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if (is_in_the_way(chat, session, gate->keep)) {
            unsigned held = session->pace.held + units;
            session->pace.held = (held < HELD_UNITS ? held : HELD_UNITS) & 0x7F;
            session->pace.held_at = seconds(chat->now_ms);
        }
    }
}

void gate_begin(struct chat *chat)
{
    struct chat_gate *gate = &chat->gate;
    uint32_t step_ms = chat->now_ms - gate->last_ms;

    if (step_ms > LONGEST_STEP_MS) {
        step_ms = LONGEST_STEP_MS;
    }
    advance_slots(gate, chat->now_ms);
    gate->last_ms = chat->now_ms;
    if (gate->closed && !gate->busy) {
        charge_holders(chat, step_ms);
    }
    if (gate->closed && gate->slow) {
        gate->ms[0] = (uint16_t)(gate->ms[0] + step_ms);
        gate->total_ms += step_ms;
    }
    gate->was_closed = gate->closed;
    gate->closed = false;
    gate->looked = false;
    if (log_before(chat->slowest, chat->log.first)) {
        chat->slowest = chat->log.first;
    }
    gate->from = chat->slowest;
}

void gate_forgive(struct chat *chat)
{
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct pace *pace = &chat->session[i].pace;
        if ((uint8_t)(seconds(chat->now_ms) - pace->held_at) > MINUTE_MS / SECOND_MS) {
            pace->held = 0;
            pace->held_at = seconds(chat->now_ms);
        }
    }
}

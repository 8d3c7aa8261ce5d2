#include "input.h"

#include "append.h"
#include "command.h"
#include "dialect/dialect.h"
#include "gate.h"
#include "notice.h"
#include "output.h"
#include "people.h"
#include "stranger.h"
#include "text.h"

#include <string.h>

static bool is_heard(const struct chat *chat, const struct chat_session *session)
{
    bool waits_for_log = session->unread || session->quiet;

#if LWCHAT_INTRODUCTIONS
    if (session->paused) {
        return false;
    }
#endif
    if (session->state != CHAT_ACTIVE) {
        if (session->state != CHAT_OPENING) {
            return session->state != CHAT_ARRIVING;
        }
        if (!session_introduces(session)) {
            return !session->waits_buffer && !session->cut;
        }
#if LWCHAT_PASSWORD
        if (session_is_locked(session) && password_delay_ms(chat, session) > 0) {
            return false;
        }
#endif
    }
    return !(chat->gate.closed && waits_for_log) && session->next_room == LOG_EVERY_ROOM &&
           session->place.answer == ANSWER_NONE && !(session->place.owes & CHAT_OWES_ANSWER) &&
           !session->waits_buffer && !session->cut && session_wait_us(chat, session) <= 0;
}

bool chat_reads(const struct chat *chat, unsigned number)
{
    return is_heard(chat, &chat->session[number]);
}

bool chat_is_hasty(const struct chat *chat, unsigned number)
{
    const struct chat_session *session = &chat->session[number];

    if (session->closed || chat->config.rate == 0 || session_is_bridge(session)) {
        return false;
    }
    return session->state == CHAT_OPENING ||
           (session->state == CHAT_ACTIVE &&
            (!session->spoke ||
             session_wait_us(chat, session) + (int32_t)rate_line_us(chat->config.rate) > 0));
}

void chat_closed(struct chat *chat, unsigned number)
{
    struct chat_session *session = &chat->session[number];

    people_pay(chat, session);
    session->closed = true;
}

void chat_gone(struct chat *chat, unsigned number)
{
    chat_closed(chat, number);
    chat->session[number].gone = true;
}

/* Charges the rate for a line and, in a crowded log, for the asides appended since `asides`. */
static void spend(struct chat *chat, struct chat_session *session, uint32_t asides)
{
    session->spoke = true;
    if (chat->config.rate == 0 || session_is_bridge(session)) {
        return;
    }
    if (session->state == CHAT_ACTIVE || session_introduces(session)) {
        rate_spend_line(chat->config.rate, &session->allowed_us,
                        append_is_crowded(chat) ? chat->asides - asides : 0, chat->now_ms);
        if (session->closed) {
            rate_spend_closed(chat->config.rate, chat->kept, session->ip, chat->now_ms);
        }
    }
}

/* Whether the peer may be one that never ends its lines. */
static bool may_be_stream(const struct chat *chat, const struct chat_session *session)
{
    return session->state == CHAT_ACTIVE && !(session->framing.flags & FRAMING_LINES) &&
           !session_is_operator(chat, session) && !session_may_be_foreign(session);
}

/*
 * Whether the peer has been sending text for `ms` with neither a pause nor a line end. Not for a
 * command: it may be private, and must not be said aloud because it arrives slowly.
 */
static bool streams_for(const struct chat *chat, const struct chat_session *session, uint32_t ms)
{
    if (!may_be_stream(chat, session) || session->line == BUFFER_NONE) {
        return false;
    }
    const struct buffer *line = &chat->buffer[session->line];
    return chat->now_ms - line->since_ms >= ms && (line->bytes == 0 || line->text[0] != '/');
}

static bool refuse_long_line(struct chat *chat, struct chat_session *session)
{
    uint32_t asides = chat->asides;

#if LWCHAT_PASSWORD
    if (session_is_locked(session)) {
        buffer_give(chat->buffer, &session->line);
        password_line(chat, session, NULL);
        return true;
    }
#endif
    if (session->state == CHAT_OPENING && !session_introduces(session)) {
        session->too_long = true;
        buffer_give(chat->buffer, &session->line);
        return true;
    }
    if (!gate_enter(chat)) {
        return false;
    }
    notice_too_long(chat, session);
    spend(chat, session, asides);
    if (may_be_stream(chat, session) && session->line != BUFFER_NONE) {
        chat->buffer[session->line].bytes = 0; /* keeps the time when the text began */
    } else {
        buffer_give(chat->buffer, &session->line);
    }
    return true;
}

/* Stores an incomplete line. False when no buffer is free. */
static bool keep_line(struct chat *chat, struct chat_session *session,
                      const struct framing_line *line)
{
    if (line->bytes == 0) {
        buffer_give(chat->buffer, &session->line);
        return true;
    }
    if (session->line == BUFFER_NONE) {
        session->line = buffer_take(chat->buffer, session_number(chat, session), chat->now_ms);
        session->waits_buffer = session->line == BUFFER_NONE;
        if (session->waits_buffer) {
            return false;
        }
    }
    struct buffer *buffer = &chat->buffer[session->line];
    memcpy(buffer->text, line->text, line->bytes);
    buffer->bytes = line->bytes;
    return true;
}

/* Executes a line. False while the log is held. */
static bool take_line(struct chat *chat, struct chat_session *session,
                      const struct framing_line *line)
{
    uint32_t asides = chat->asides;

#if LWCHAT_PASSWORD
    if (session_is_locked(session)) {
        password_line(chat, session, line);
        buffer_give(chat->buffer, &session->line);
        return true;
    }
#endif
    if (!command_line(chat, session, line)) {
        return false;
    }
    spend(chat, session, asides);
    buffer_give(chat->buffer, &session->line);
    return true;
}

#if LWCHAT_INTRODUCTIONS
/*
 * Keeps a question until it is answered. `before`: the framing before it, since a question may also
 * change what the peer is sent. False when no buffer is free.
 */
static bool take_question(struct chat *chat, struct chat_session *session,
                          struct framing_line *line, const struct framing *before)
{
    struct framing after = session->framing;

    line->bytes = (uint16_t)text_clean(line->text, line->bytes, LWCHAT_LINE_BYTES);
    if (!keep_line(chat, session, line)) {
        return false;
    }
    session->framing = *before;
    output_keep_rest(chat, session);
    session->framing = after;
    output_answer(chat, session, ANSWER_QUESTION);
    spend(chat, session, chat->asides);
    return true;
}
#endif

/*
 * Uses bytes up to the end of the next line. Returns 0, and leaves everything
 * unchanged, when the line cannot be executed now.
 */
static size_t receive_line(struct chat *chat, struct chat_session *session, const uint8_t *data,
                           size_t bytes)
{
    struct framing before = session->framing;
    struct framing_line line = {.text = chat->line, .bytes = 0};
    enum framing_event event;
    bool done;

    if (session->line != BUFFER_NONE) {
        /* A copy: the new bytes may edit the line, and may have to be passed in again. */
        const struct buffer *buffer = &chat->buffer[session->line];
        memcpy(line.text, buffer->text, buffer->bytes);
        line.bytes = buffer->bytes;
    }
    size_t used = dialect_of(session)->feed(&session->framing, data, bytes, &line, &event);
    switch (event) {
    case FRAMING_LINE:
#if LWCHAT_INTRODUCTIONS
        if (line.meaning == FRAMING_ASK) {
            done = take_question(chat, session, &line, &before);
            break;
        }
#endif
        done = take_line(chat, session, &line);
        break;
    case FRAMING_TOO_LONG:
        done = refuse_long_line(chat, session);
        break;
    case FRAMING_ASKED:
        done = gate_enter(chat) && keep_line(chat, session, &line);
        break;
    case FRAMING_END:
        done = gate_enter(chat);
        break;
    default:
        done = keep_line(chat, session, &line);
        break;
    }
    if (!done) {
        session->framing = before;
        return 0;
    }
    if (event == FRAMING_END) {
        people_end(chat, session, NULL, 0);
    } else if (event == FRAMING_ANSWER && !session_is_operator(chat, session)) {
        memcpy(session->refusal, line.refusal, sizeof session->refusal);
        output_owe(chat, session, CHAT_OWES_ANSWER);
        spend(chat, session, chat->asides);
    } else if (event == FRAMING_ASKED && !session_is_locked(session)) {
        uint32_t asides = chat->asides;
        notice_to(chat, session, W_HERE, chat->config.name, strlen(chat->config.name));
        spend(chat, session, asides);
    }
    return used;
}

/* Treats an incomplete line as complete. False while the log is held. */
static bool end_line(struct chat *chat, struct chat_session *session)
{
    if (session->line != BUFFER_NONE) {
        struct buffer *buffer = &chat->buffer[session->line];
        struct framing_line line = {.text = buffer->text, .bytes = buffer->bytes};
        line.meaning = dialect_of(session)->unended;
        if (line.bytes > 0 && line.meaning != FRAMING_NOTHING && !take_line(chat, session, &line)) {
            return false;
        }
        buffer_give(chat->buffer, &session->line);
    }
    session->quiet = session->typed = session->keys = false;
    framing_end_unterminated(&session->framing);
    return true;
}

/* Whether the session is a person in the chat, or not yet judged. */
static bool is_listened_to(const struct chat_session *session)
{
    return session->state == CHAT_ACTIVE || session->state == CHAT_OPENING;
}

/*
 * Judges the first line as far as it has arrived. While it is undecided it is stored like any
 * line, but left unread if more lines must follow it; a person is let in, and its input waits until
 * it is greeted; anything else is ended.
 * @return false when no input can be used now.
 */
static bool judge(struct chat *chat, struct chat_session *session, const uint8_t *data,
                  size_t bytes)
{
    struct opening after = session->opening;
    enum opening_kind kind = opening_feed(&after, data, bytes);

#if LWCHAT_INTRODUCTIONS
    if (opening_needs_lines(&after)) {
        session->withheld = session->paused = chat->now_ms - session->heard_ms < LWCHAT_REQUEST_MS;
        if (session->paused) {
            return false;
        }
        kind = OPENING_CHAT;
    }
#endif
    if (kind == OPENING_UNDECIDED) {
        return true;
    }
    if (kind != OPENING_CHAT && session->state == CHAT_ACTIVE && !gate_enter(chat)) {
        return false;
    }
    session->opening = after;
    session->judged = true;
#if LWCHAT_INTRODUCTIONS
    session->withheld = false;
    uint8_t dialect = dialect_opened_by(kind);
    if (dialect != CHAT_LINES) {
        people_introduce(chat, session, dialect);
        return true;
    }
#endif
    if (kind != OPENING_CHAT) {
        stranger_end(chat, session, kind);
    } else if (session->state == CHAT_OPENING) {
        people_come(chat, session);
    }
    return true;
}

/* Whether a stream's text so far is to be said before the new input: not while earlier input is
 * still unused, nor while a person types. */
static bool ends_part(const struct chat *chat, const struct chat_session *session)
{
    if (session->unread) {
        return false;
    }
    return session->framing.flags & FRAMING_SKIP
               ? streams_for(chat, session, LWCHAT_QUIET_MS)
               : !session->typed && !session->keys && streams_for(chat, session, LWCHAT_STREAM_MS);
}

/*
 * Says a stream's text so far, whatever it begins with, except for an incomplete character at its
 * end. False while the log is held.
 */
static bool say_part(struct chat *chat, struct chat_session *session)
{
    struct buffer *buffer = &chat->buffer[session->line];
    size_t whole = text_whole(buffer->text, buffer->bytes);
    struct framing_line line = {.text = buffer->text, .meaning = FRAMING_SAY};
    uint32_t asides = chat->asides;

    if (whole == 0) {
        return end_line(chat, session);
    }
    line.bytes = (uint16_t)whole;
    if (!command_line(chat, session, &line)) {
        return false;
    }
    spend(chat, session, asides);
    framing_end_unterminated(&session->framing);
    buffer->bytes = (uint16_t)(buffer->bytes - whole);
    memmove(buffer->text, buffer->text + whole, buffer->bytes);
    /* It stays a stream until it is quiet, so that a burst is not refused as too long. */
    buffer->since_ms = chat->now_ms - LWCHAT_QUIET_MS;
    return true;
}

/*
 * Limits `bytes` to the room in a stream's line, which is said first when it is full. False while
 * the log is held.
 */
static bool find_room(struct chat *chat, struct chat_session *session, size_t *bytes)
{
    if (!streams_for(chat, session, LWCHAT_QUIET_MS)) {
        return true;
    }
    if (chat->buffer[session->line].bytes == LWCHAT_LINE_BYTES && !say_part(chat, session)) {
        return false;
    }
    size_t room = LWCHAT_LINE_BYTES;
    room -= session->line == BUFFER_NONE ? 0 : chat->buffer[session->line].bytes;
    *bytes = *bytes < room ? *bytes : room;
    return true;
}

size_t chat_receive(struct chat *chat, unsigned number, const uint8_t *data, size_t bytes)
{
    struct chat_session *session = &chat->session[number];
    size_t used = 0;

    if (session->gone && session_is_bridge(session)) {
        return bytes; /* it comes back, and says again what it has not read itself */
    }
    if (session->quiet && !end_line(chat, session)) {
        return 0;
    }
    if (ends_part(chat, session) && !say_part(chat, session)) {
        session->unread = true;
        return 0;
    }
    bool usable = session->judged || !is_listened_to(session) || judge(chat, session, data, bytes);
    while (used < bytes && usable && is_listened_to(session) && is_heard(chat, session)) {
        size_t n = bytes - used;
        n = find_room(chat, session, &n) ? receive_line(chat, session, data + used, n) : 0;
        if (n == 0) {
            break;
        }
        used += n;
    }
    if (!session->judged) {
        (void)opening_feed(&session->opening, data, used);
    }
    if (is_listened_to(session)) {
        if (used > 0) {
            session->heard_ms = chat->now_ms;
            bool again = session->typed;
            session->typed = bytes == 1 && session->line != BUFFER_NONE;
            session->keys =
                session->line != BUFFER_NONE && (session->keys || (again && session->typed));
        }
        session->unread = used < bytes;
        session_touch(chat, session);
    }
#if LWCHAT_HTTP
    if (chat_is_request(chat, number)) {
        return used;
    }
#endif
    /* Input of a session that has left is discarded. */
    return is_listened_to(session) || session->state == CHAT_ARRIVING ? used : bytes;
}

/* Ends the input of a person. False while that has to wait. */
static bool end_input(struct chat *chat, struct chat_session *session)
{
    if (session->next_room != LOG_EVERY_ROOM || !gate_enter(chat) ||
        (session->line != BUFFER_NONE && !end_line(chat, session))) {
        return false;
    }
    if (session->state != CHAT_ACTIVE) {
        return true;
    }
    if (session->next_room != LOG_EVERY_ROOM || !gate_enter(chat)) {
        return false;
    }
    people_end(chat, session, NULL, 0);
    return true;
}

bool chat_input_ended(struct chat *chat, unsigned number)
{
    struct chat_session *session = &chat->session[number];
    bool comes = false;

    if (session_introduces(session)) {
        people_end(chat, session, NULL, 0);
        return true;
    }
    if (session->state == CHAT_OPENING) {
        if (session->line == BUFFER_NONE && !session->too_long) {
            stranger_end(chat, session, OPENING_SILENT);
            return true;
        }
        /* It has sent something, so it is greeted first. */
        people_come(chat, session);
        comes = true;
    }
    comes = comes || session->state == CHAT_ARRIVING;
    if (!comes && (session->state != CHAT_ACTIVE || end_input(chat, session))) {
        return true;
    }
    session->unread = true;
    session_touch(chat, session);
    return false;
}

void input_tick(struct chat *chat, struct chat_session *session)
{
    rate_tick(&session->allowed_us, chat->now_ms);
    if (session_is_quiet_ended(session) &&
        chat->now_ms - session->heard_ms >= session_quiet_ms(session) && is_heard(chat, session) &&
        !end_line(chat, session)) {
        session->quiet = true;
        chat->late_lines = true;
    }
}

/* --- When buffers run out ------------------------------------------------------- */

/* The session that has longest held a buffer with an incomplete line or, with `rests`, a rest. */
static struct chat_session *holds_longest(struct chat *chat, bool rests)
{
    struct chat_session *found = NULL;
    uint32_t oldest_ms = rests ? LWCHAT_END_MS : LWCHAT_PARTIAL_MS;

    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        const struct buffer *buffer = &chat->buffer[i];
        if (buffer->owner == BUFFER_NONE || buffer->owner == CHAT_OPERATOR) {
            continue;
        }
        struct chat_session *owner = &chat->session[buffer->owner];
        bool incomplete = owner->line == i && !owner->quiet;
        bool rest = owner->line != i;
        if ((rests ? rest : incomplete) && chat->now_ms - buffer->since_ms >= oldest_ms) {
            oldest_ms = chat->now_ms - buffer->since_ms;
            found = owner;
        }
    }
    return found;
}

/* Frees a buffer of the pool, unless one is free. False while the log is held. */
static bool free_buffer(struct chat *chat)
{
    if (buffer_is_free(chat->buffer)) {
        return true;
    }
    struct chat_session *victim = holds_longest(chat, false);
    if (victim != NULL && victim->state == CHAT_OPENING && !session_introduces(victim)) {
        victim->cut = true; /* it has sent part of a request so far */
        return true;
    }
    if (victim == NULL) {
        victim = holds_longest(chat, true);
        if (victim != NULL) {
            victim->cut = true;
        }
        return true;
    }
    if (!gate_enter(chat)) {
        return false;
    }
    output_drop_line(chat, victim);
    /* A question is complete: nothing more of it will come. */
    if (!LWCHAT_INTRODUCTIONS || victim->place.answer != ANSWER_QUESTION) {
        framing_skip(&victim->framing);
    }
    chat->counts.dropped++;
    notice_to(chat, victim, W_DROPPED, NULL, 0);
    return true;
}

void input_tick_buffers(struct chat *chat)
{
    bool waits = false;

    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        waits = waits || chat->session[i].waits_buffer;
        chat->session[i].waits_buffer = false;
#if LWCHAT_INTRODUCTIONS
        chat->session[i].paused = false;
#endif
    }
    chat->late_buffer = waits && !free_buffer(chat);
}

void input_pass(struct chat *chat)
{
    if (chat->late_buffer) {
        chat->late_buffer = !free_buffer(chat);
    }
    if (!chat->late_lines) {
        return;
    }
    chat->late_lines = false;
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if (session->state == CHAT_ACTIVE && session->quiet) {
            input_tick(chat, session);
            /* Who waits to come or leave may have closed the gate. */
            chat->late_lines = chat->late_lines || session->quiet;
        }
    }
}

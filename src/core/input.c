#include "input.h"

#include "append.h"
#include "buffer.h"
#include "command.h"
#include "notice.h"
#include "output.h"
#include "people.h"
#include "rate.h"

#include <string.h>

/* From bytes to what a session says, no faster than it may. */

enum { WAITS_BUFFER_MS = 50 };

bool chat_reads(const struct chat *chat, unsigned number)
{
    const struct chat_session *session = &chat->session[number];

    if (session->state != CHAT_ACTIVE) {
        return session->state != CHAT_ARRIVING;
    }
    bool waits_for_log = session->flags & (CHAT_UNREAD | CHAT_QUIET);

    return !(chat->holds.held && waits_for_log) && session->next_room == LOG_EVERY_ROOM &&
           session->place.answer == ANSWER_NONE && !(session->place.owes & CHAT_OWES_REFUSAL) &&
           !(session->flags & (CHAT_WAITS_BUFFER | CHAT_CUT)) && rate_wait_us(chat, number) <= 0;
}

static bool refuse_long_line(struct chat *chat, unsigned number)
{
    struct words_arguments arguments = {.bytes = 0};

    words_add_number(&arguments, LWCHAT_LINE_BYTES);
    if (!append_may(chat, log_record_bytes(0, arguments.bytes))) {
        return false;
    }
    notice_to(chat, number, W_TOO_LONG, arguments.text, arguments.bytes);
    return true;
}

/* Keeps what has come of a line. False when there is no buffer for it. */
static bool keep_line(struct chat *chat, unsigned number, const struct framing_line *line)
{
    struct chat_session *session = &chat->session[number];

    if (line->bytes == 0) {
        buffer_give(chat, &session->line);
        return true;
    }
    if (session->line == LOG_NOBODY) {
        session->line = buffer_take(chat, number);
        if (session->line == LOG_NOBODY) {
            session->flags |= CHAT_WAITS_BUFFER;
            session_wake(chat, WAITS_BUFFER_MS);
            return false;
        }
        memcpy(chat->buffer[session->line].text, line->text, line->bytes);
    }
    chat->buffer[session->line].bytes = line->bytes;
    return true;
}

/*
 * Takes bytes up to the next line's end. Gives 0, and leaves everything as it
 * was, when what they say cannot be done now.
 */
static size_t receive_line(struct chat *chat, unsigned number, const uint8_t *data, size_t bytes)
{
    struct chat_session *session = &chat->session[number];
    struct framing before = session->framing;
    struct framing_line line = {.text = chat->line, .bytes = 0};
    enum framing_event event;
    uint32_t asides = chat->asides;
    bool done;

    if (session->line != LOG_NOBODY) {
        line.text = chat->buffer[session->line].text;
        line.bytes = chat->buffer[session->line].bytes;
    }
    size_t used = framing_feed(&session->framing, data, bytes, &line, &event);
    switch (event) {
    case FRAMING_LINE:
        done = command_line(chat, number, line.text, line.bytes);
        break;
    case FRAMING_TOO_LONG:
        done = refuse_long_line(chat, number);
        break;
    default:
        done = keep_line(chat, number, &line);
        break;
    }
    if (!done) {
        session->framing = before;
        return 0;
    }
    if (event == FRAMING_LINE || event == FRAMING_TOO_LONG) {
        buffer_give(chat, &session->line);
        rate_spend(chat, number, chat->asides - asides);
    } else if (event == FRAMING_REFUSE && number != CHAT_OPERATOR) {
        memcpy(session->refuse, line.refusal, sizeof session->refuse);
        output_owe(chat, number, CHAT_OWES_REFUSAL);
        rate_spend(chat, number, chat->asides - asides);
    }
    return used;
}

/* ms without another byte after which an incomplete line is taken as a message. */
static uint32_t quiet_ms(const struct chat_session *session)
{
    return session->flags & CHAT_TYPED ? LWCHAT_QUIET_TYPED_MS : LWCHAT_QUIET_MS;
}

/* True while quiet would end a line, or what is skipped of one, and nothing waits to be read. */
static bool quiet_ends_line(const struct chat_session *session)
{
    return !(session->framing.flags & FRAMING_LINES) && !(session->flags & CHAT_UNREAD) &&
           (session->line != LOG_NOBODY || (session->framing.flags & FRAMING_SKIP));
}

/* Takes what is there of a line as the whole of it. False while the log is held. */
static bool end_line(struct chat *chat, unsigned number)
{
    struct chat_session *session = &chat->session[number];

    if (session->line != LOG_NOBODY) {
        const struct chat_buffer *buffer = &chat->buffer[session->line];
        uint32_t asides = chat->asides;
        if (!command_line(chat, number, buffer->text, buffer->bytes)) {
            return false;
        }
        rate_spend(chat, number, chat->asides - asides);
        buffer_give(chat, &session->line);
    }
    session->flags &= (uint16_t)~CHAT_QUIET;
    framing_end_unterminated(&session->framing);
    return true;
}

size_t chat_receive(struct chat *chat, unsigned number, const uint8_t *data, size_t bytes)
{
    struct chat_session *session = &chat->session[number];
    size_t used = 0;

    if ((session->flags & CHAT_QUIET) && !end_line(chat, number)) {
        return 0;
    }
    while (used < bytes && session->state == CHAT_ACTIVE && chat_reads(chat, number)) {
        size_t n = receive_line(chat, number, data + used, bytes - used);
        if (n == 0) {
            break;
        }
        used += n;
    }
    if (session->state != CHAT_ACTIVE) {
        return bytes;
    }
    if (used > 0) {
        session->heard_ms = chat->now_ms;
        session->flags &= (uint16_t)~CHAT_TYPED;
        session->flags |= (uint16_t)(bytes == 1 && session->line != LOG_NOBODY ? CHAT_TYPED : 0);
    }
    session->flags &= (uint16_t)~CHAT_UNREAD;
    session->flags |= (uint16_t)(used < bytes ? CHAT_UNREAD : 0);
    if (quiet_ends_line(session)) {
        session_wake(chat, quiet_ms(session));
    }
    return used;
}

/* The peer's end, as chat_input_ended() takes it, once the log has room for what that says. */
static bool end_input(struct chat *chat, unsigned number)
{
    const struct chat_session *session = &chat->session[number];

    if (session->next_room != LOG_EVERY_ROOM || !append_may(chat, NOTICE_BYTES) ||
        (session->line != LOG_NOBODY && !end_line(chat, number))) {
        return false;
    }
    if (session->state != CHAT_ACTIVE) {
        return true;
    }
    if (session->next_room != LOG_EVERY_ROOM || !append_may(chat, NOTICE_BYTES)) {
        return false;
    }
    people_end(chat, number, NULL, 0);
    return true;
}

bool chat_input_ended(struct chat *chat, unsigned number)
{
    struct chat_session *session = &chat->session[number];

    if (session->state == CHAT_ACTIVE && !end_input(chat, number)) {
        session->flags |= CHAT_UNREAD;
        return false;
    }
    return true;
}

void input_tick(struct chat *chat, unsigned number)
{
    struct chat_session *session = &chat->session[number];

    rate_tick(chat, number);
    if (!quiet_ends_line(session) || !session_is_due(chat, session->heard_ms, quiet_ms(session))) {
        return;
    }
    if (!chat_reads(chat, number)) {
        session_wake(chat, HELD_MS);
    } else if (!end_line(chat, number)) {
        session->flags |= CHAT_QUIET;
        session_wake(chat, HELD_MS);
    }
}

/* Whose buffer has held longest what has come of a line, or with `rests` what is left to be sent.
 */
static struct chat_session *holds_longest(struct chat *chat, bool rests)
{
    struct chat_session *found = NULL;
    uint32_t oldest_ms = rests ? LWCHAT_END_MS : LWCHAT_PARTIAL_MS;

    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        const struct chat_buffer *buffer = &chat->buffer[i];
        if (buffer->owner == LOG_NOBODY || buffer->owner == CHAT_OPERATOR) {
            continue;
        }
        struct chat_session *owner = &chat->session[buffer->owner];
        bool incomplete = owner->line == i && !(owner->flags & CHAT_QUIET);
        bool rest = owner->line != i;
        if ((rests ? rest : incomplete) && chat->now_ms - buffer->since_ms >= oldest_ms) {
            oldest_ms = chat->now_ms - buffer->since_ms;
            found = owner;
        }
    }
    return found;
}

void input_drop_oldest(struct chat *chat)
{
    struct chat_session *victim = holds_longest(chat, false);

    if (victim != NULL) {
        buffer_give(chat, &victim->line);
        framing_skip(&victim->framing);
        chat->dropped++;
        notice_to(chat, (unsigned)(victim - chat->session), W_DROPPED, NULL, 0);
        return;
    }
    victim = holds_longest(chat, true);
    if (victim != NULL) {
        victim->flags |= CHAT_CUT;
    }
}

#include "output.h"

#include "answer.h"
#include "block.h"
#include "dialect/dialect.h"
#include "dialect/pieces.h"
#include "stranger.h"

#include <string.h>

static void say_number(const struct dialect *dialect, struct shown *shown, enum word_chat word,
                       uint32_t number)
{
    struct words_arguments arguments = {.bytes = 0};

    words_add_number(&arguments, number);
    dialect->say(shown, word, arguments.text, arguments.bytes);
}

/* Renders the next record that the reader sees; false when there is none. */
static bool show_next_record(const struct dialect *dialect, struct chat_place *place,
                             struct shown *shown)
{
    const struct chat *chat = shown->chat;
    uint32_t limit = session_limit(chat, shown->reader);

    while (log_before(place->cursor, limit)) {
        uint32_t position = place->cursor;
        const struct log_record *record = log_at(&chat->log, position);
        place->cursor += record->bytes;
        if (session_sees(chat, shown->reader, position, record)) {
            dialect->show(shown, position, record);
            if (shown->bytes > 0) {
                return true;
            }
        }
    }
    return false;
}

/* An answer follows the records that the log had for the reader when it was requested. */
static bool answers_now(const struct chat_session *session, const struct chat_place *place)
{
    return place->answer != ANSWER_NONE && !log_before(place->cursor, session->asked);
}

/* Moves `place`, which is between lines, past records for others that precede the answer. */
static void skip_to_answer(const struct chat *chat, const struct chat_session *reader,
                           struct chat_place *place)
{
    uint32_t asked = reader->asked;

    while (place->answer != ANSWER_NONE && log_before(place->cursor, asked)) {
        const struct log_record *record = log_at(&chat->log, place->cursor);
        if (session_sees(chat, reader, place->cursor, record)) {
            return;
        }
        place->cursor += record->bytes;
    }
}

/*
 * Renders the next line at `place`, with its end, and moves `place` past it,
 * except for `offset`, which is up to the caller.
 */
static void next_line(struct chat_place *place, struct shown *shown)
{
    const struct chat_session *reader = shown->reader;
    const struct dialect *dialect = dialect_of(reader);

    if (place->owes & CHAT_OWES_REST) {
        const struct buffer *rest = &shown->chat->buffer[reader->rest];
        memcpy(shown->text, rest->text, rest->bytes);
        shown->bytes = rest->bytes;
        shown->prefix = pieces_prefix(rest);
        if (place->owes & CHAT_OWES_END) {
            dialect->seal(shown);
        }
        place->owes &= (uint8_t) ~(CHAT_OWES_REST | CHAT_OWES_END);
        return;
    }
    if (place->owes & CHAT_OWES_ANSWER) {
        dialect->answer(shown);
        place->owes &= (uint8_t)~CHAT_OWES_ANSWER;
        return;
    }
    if (place->owes & CHAT_OWES_STRANGER) {
        stranger_answer(shown, place);
        return;
    }
    if (session_has_no_numbers(reader)) {
        place->hole = 0; /* it is told when it resumes */
        place->owes &= (uint8_t)~CHAT_OWES_MISSED;
    }
    if (answers_now(reader, place)) {
        answer_show(shown, place);
    }
    if (shown->bytes > 0) {
        /* the answer's line */
    } else if (place->hole > 0) {
        say_number(dialect, shown, W_HOLE, place->hole);
        place->hole = 0;
    } else if (place->owes & CHAT_OWES_MISSED) {
        bool lines = session_is_operator(shown->chat, reader);
        say_number(dialect, shown, lines ? W_MISSED_LINES : W_MISSED, reader->missed);
        place->owes &= (uint8_t)~CHAT_OWES_MISSED;
    } else if (show_next_record(dialect, place, shown)) {
        /* the record's line */
    } else if (place->owes & CHAT_OWES_SHUTDOWN) {
        dialect->say(shown, W_SHUTDOWN, NULL, 0);
        place->owes &= (uint8_t)~CHAT_OWES_SHUTDOWN;
    } else if (place->owes & CHAT_OWES_FIN) {
        place->owes &= (uint8_t)~CHAT_OWES_FIN;
        if (dialect->end != NULL) {
            dialect->end(shown);
            return;
        }
        dialect->say(shown, W_FIN, NULL, 0);
    } else {
        return;
    }
    dialect->seal(shown);
}

/*
 * True when the next line at `place` may be different a moment later, without the chat's doing: the
 * operator's answers show figures of the port.
 */
static bool changes_by_itself(const struct chat *chat, const struct chat_session *session,
                              const struct chat_place *place)
{
    return session_is_operator(chat, session) && !(place->owes & CHAT_OWES_REST) &&
           answers_now(session, place);
}

/* True when the next line at `place` is an answer, or history, that the session has requested. */
static bool has_asked(const struct chat_session *session, const struct chat_place *place)
{
    return session->pays &&
           (answers_now(session, place) || log_before(place->cursor, session->since));
}

/*
 * What is left of a line of which `offset` bytes are sent. Whatever makes a line shorter must keep
 * its rest first, with output_keep_rest(); otherwise there is none, rather than one beyond its end.
 */
static size_t rest_of(size_t bytes, size_t offset)
{
    return offset < bytes ? bytes - offset : 0;
}

/*
 * Renders up to `limit` bytes from `place` on, and moves `place` past them. With LWCHAT_SEND_BYTES
 * it is for a write, which ends with a whole line if it can.
 */
static size_t render(struct chat *chat, const struct chat_session *reader, struct chat_place *place,
                     size_t limit)
{
    bool writes = limit == LWCHAT_SEND_BYTES;
    bool few = writes && session_is_operator(chat, reader);
    size_t enough = few ? LWCHAT_CONSOLE_BYTES : limit;
    bool apart = dialect_of(reader)->apart;
    size_t bytes = 0;

    chat->paid_bytes = 0;

    while (bytes < enough) {
        if (place->offset == 0) {
            skip_to_answer(chat, reader, place);
        }
        bool changes = changes_by_itself(chat, reader, place);
        if (changes && bytes > 0) {
            break; /* such a line is an output of its own: chat_taken() */
        }
        struct chat_place after = *place;
        bool direct = place->offset == 0 && LWCHAT_SEND_BYTES - bytes >= LWCHAT_SHOWN_BYTES;
        bool asked = has_asked(reader, place);
        struct shown shown = {chat, reader, direct ? chat->out + bytes : chat->line, 0, 0};
        next_line(&after, &shown);
        if (shown.bytes == 0) {
            *place = after;
            break;
        }
        struct piece piece = pieces_find(&shown, place, apart);
        size_t left = rest_of(piece.bytes, piece.offset);
        bool whole = left <= limit - bytes;
        if (!whole && bytes > 0 && writes) {
            break; /* so that no rest has to be saved later */
        }
        size_t part = whole ? left : limit - bytes;
        if (!direct) {
            memcpy(chat->out + bytes, piece.text + piece.bytes - left, part);
        }
        bytes += part;
        chat->paid_bytes += asked ? (uint32_t)part : 0;
        if (whole && piece.last) {
            after.offset = 0;
            after.owes &= (uint8_t)~CHAT_OWES_PIECES;
            *place = after;
        } else {
            place->offset = (uint16_t)(place->offset + part);
            place->owes |= piece.alone ? 0 : CHAT_OWES_PIECES;
        }
        if (apart || changes || !whole) {
            break;
        }
    }
    return bytes;
}

/* Renders the session's next output. The session itself does not change until it is taken. */
static const char *render_next(struct chat *chat, const struct chat_session *session, size_t *bytes)
{
    const char *out = chat->out;

    *bytes = 0;
    chat->paid_bytes = 0;
    chat->sent = session->place;
    if (session_reads(session) && !session_has_read(chat, session)) {
        out = block_read(chat, session, &chat->sent, bytes);
        if (out == NULL) {
            *bytes = render(chat, session, &chat->sent, LWCHAT_SEND_BYTES);
            out = chat->out;
        }
    }
    chat->shown_bytes = (uint32_t)*bytes;
    return out;
}

/* Frees the buffer of a question that was being answered, and is not any more. */
static void end_question(struct chat *chat, struct chat_session *session, uint8_t answer_before)
{
    if (LWCHAT_INTRODUCTIONS && answer_before == ANSWER_QUESTION &&
        session->place.answer == ANSWER_NONE) {
        buffer_give(chat->buffer, &session->line);
    }
}

const char *chat_output(struct chat *chat, unsigned number, size_t *bytes)
{
    struct chat_session *session = &chat->session[number];
    const char *out;
    uint16_t offset;

    do {
        offset = session->place.offset;
        out = render_next(chat, session, bytes);
        if (*bytes == 0) {
            /* All records were for others, or the answer had no more lines. */
            uint8_t answered = session->place.answer;
            session->place = chat->sent;
            end_question(chat, session, answered);
        }
        /* The rest of a line may have been just its end, which this peer no longer gets. */
    } while (*bytes == 0 && session->place.offset < offset);
    if (*bytes == 0) {
        session->pace.blocked = false;
        session->called = false;
        if (session->next_room != LOG_EVERY_ROOM || session_is_outside(session)) {
            session_touch(chat, session);
        }
    }
    return out;
}

/* Lines that may differ when rendered again; a record's line never does. */
static bool is_volatile(const struct chat_session *session)
{
    const struct chat_place *place = &session->place;

    return !(place->owes & CHAT_OWES_REST) &&
           ((place->owes & (CHAT_OWES_ANSWER | CHAT_OWES_MISSED)) || place->hole > 0 ||
            answers_now(session, place));
}

/* Frees the buffer of the bytes that were answered, unless an incomplete line follows them. */
static void forget_question(struct chat *chat, struct chat_session *session)
{
    size_t reserved_bytes = dialect_of(session)->reserved_bytes;

    if (reserved_bytes > 0 && session->line != BUFFER_NONE &&
        chat->buffer[session->line].bytes <= reserved_bytes) {
        buffer_give(chat->buffer, &session->line);
    }
}

void output_drop_line(struct chat *chat, struct chat_session *session)
{
    buffer_give(chat->buffer, &session->line);
    if (dialect_of(session)->reserved_bytes > 0) {
        session->place.owes &= (uint8_t)~CHAT_OWES_ANSWER;
    }
}

/* Releases what was held for output that is now sent, or saved to be sent. */
static void settle(struct chat *chat, struct chat_session *session, uint8_t owed_before,
                   uint8_t answer_before)
{
    uint8_t paid = (uint8_t)(owed_before & ~session->place.owes);

    end_question(chat, session, answer_before);

    if (paid & CHAT_OWES_REST) {
        buffer_give(chat->buffer, &session->rest);
    }
    if (paid & CHAT_OWES_MISSED) {
        session->missed = 0;
    }
    if (paid & CHAT_OWES_ANSWER) {
        forget_question(chat, session);
    }
    if (session->state == CHAT_ENDING && session->place.owes == 0) {
        session->state = CHAT_ENDED;
    }
}

/* Takes a buffer for the rest of a line. If there is none, the session is cut off. */
static uint16_t take_buffer(struct chat *chat, struct chat_session *session)
{
    unsigned number = session_number(chat, session);
    uint16_t taken = number == CHAT_OPERATOR ? buffer_take_kept(chat->buffer, number, chat->now_ms)
                                             : buffer_take(chat->buffer, number, chat->now_ms);

    if (taken == BUFFER_NONE) {
        session->cut = true;
        session_touch(chat, session);
    }
    return taken;
}

/* Keeps what was not taken of the last output, which is one line, as it was rendered. */
static void keep_as_rendered(struct chat *chat, struct chat_session *session, size_t taken_bytes)
{
    uint16_t taken = take_buffer(chat, session);

    if (taken != BUFFER_NONE) {
        struct buffer *rest = &chat->buffer[taken];
        rest->bytes = (uint16_t)(chat->shown_bytes - taken_bytes);
        memcpy(rest->text, chat->out + taken_bytes, rest->bytes);
        session->rest = taken;
        session->place = chat->sent;
        session->place.owes |= CHAT_OWES_REST;
    }
}

void output_keep_rest(struct chat *chat, struct chat_session *session)
{
    /* Only a reader's cursor is at a record: what others have not read may be dropped. */
    if (session->place.offset == 0 || (session->place.owes & CHAT_OWES_REST) ||
        !session_reads(session)) {
        return;
    }
    uint16_t taken = take_buffer(chat, session);
    if (taken == BUFFER_NONE) {
        return;
    }
    struct buffer *rest = &chat->buffer[taken];
    struct chat_place after = session->place;
    uint8_t owed = session->place.owes;
    uint8_t answered = session->place.answer;
    struct shown shown = {chat, session, rest->text, 0, 0};
    next_line(&after, &shown);
    bool line = !(owed & ~after.owes & CHAT_OWES_ANSWER) && !(owed & CHAT_OWES_STRANGER);
    bool ends =
        dialect_of(session)->framed || shown.bytes == 0 || shown.text[shown.bytes - 1] == '\n';
    if (owed & CHAT_OWES_PIECES) {
        /* All of the line, since each piece repeats its beginning. */
        pieces_keep(rest, &shown);
    } else {
        after.offset = 0;
        size_t left = rest_of(shown.bytes, session->place.offset);
        memmove(rest->text, rest->text + shown.bytes - left, left);
        shown.bytes = left;
    }
    rest->bytes = (uint16_t)shown.bytes;
    if (rest->bytes > 0) {
        after.owes |= CHAT_OWES_REST | (line && !ends ? CHAT_OWES_END : 0);
        session->rest = taken;
    } else {
        /* Only the line end was left, and this peer no longer gets one. */
        buffer_give(chat->buffer, &taken);
    }
    session->place = after;
    settle(chat, session, owed, answered);
}

void output_owe(struct chat *chat, struct chat_session *session, uint8_t owes)
{
    output_keep_rest(chat, session);
    session->place.owes |= owes;
}

void output_set_dialect(struct chat *chat, struct chat_session *session, uint8_t dialect)
{
    output_keep_rest(chat, session);
    session->dialect = dialect & 0xFU;
    if (log_before(session->since, session->place.cursor)) {
        session->since = session->place.cursor;
    }
#if LWCHAT_JSON
    session->told = chat->log.first;
    session->resumed = session->numbered = false;
#endif
}

void output_answer(struct chat *chat, struct chat_session *session, enum chat_answer answer)
{
    output_keep_rest(chat, session);
    session->place.answer = (uint8_t)answer;
    session->place.step = 0;
    session->asked = chat->log.next;
    session->pays = true;
}

void chat_taken(struct chat *chat, unsigned number, size_t bytes)
{
    struct chat_session *session = &chat->session[number];
    uint8_t owed = session->place.owes;
    uint8_t answered = session->place.answer;
    bool all = bytes == chat->shown_bytes;

    if (!all && session->place.offset == 0) {
        skip_to_answer(chat, session, &session->place); /* as render() did */
    }
    if (all) {
        session->place = chat->sent;
    } else if (changes_by_itself(chat, session, &session->place)) {
        keep_as_rendered(chat, session, bytes);
    } else if (!block_taken(chat, session, &session->place, bytes)) {
        render(chat, session, &session->place, bytes);
    }
    if (session->state == CHAT_ACTIVE && chat->paid_bytes > 0) {
        rate_spend_answer(chat->config.rate, &session->allowed_us, chat->paid_bytes, chat->now_ms);
    }
    settle(chat, session, owed, answered);
    if (session->place.offset > 0 && is_volatile(session)) {
        output_keep_rest(chat, session);
    }
    bool more = session->pace.blocked && chat_has_output(chat, number);
    pace_took(&session->pace, bytes, all, more, chat->now_ms);
    /* In all other cases, taking output makes nothing due. */
    if (session->pace.blocked || session->state != CHAT_ACTIVE || chat->paid_bytes > 0 ||
        session->next_room != LOG_EVERY_ROOM) {
        session_touch(chat, session);
    }
}

void chat_blocked(struct chat *chat, unsigned number)
{
    struct chat_session *session = &chat->session[number];

    pace_took(&session->pace, 0, false, true, chat->now_ms);
    session_touch(chat, session);
}

bool chat_wants_apart(const struct chat *chat, unsigned number)
{
    return dialect_of(&chat->session[number])->apart;
}

bool chat_has_output(const struct chat *chat, unsigned number)
{
    const struct chat_session *session = &chat->session[number];
    const struct chat_place *place = &session->place;

    return session_reads(session) &&
           (place->owes != 0 || place->hole > 0 || place->answer != ANSWER_NONE ||
            log_before(place->cursor, session_limit(chat, session)));
}

bool chat_rest(struct chat *chat, unsigned number)
{
    struct chat_session *session = &chat->session[number];
    struct chat_place *place = &session->place;

    if (session->state != CHAT_ACTIVE || session->cut || session->to_kick || session->called ||
        session->unread || session->quiet || session->waits_buffer || session->pace.blocked ||
        place->owes != 0 || place->hole > 0 || place->answer != ANSWER_NONE ||
        session->next_room != LOG_EVERY_ROOM ||
        log_before(place->cursor, chat->room[session->room].newest)) {
        return false;
    }
    place->cursor = chat->log.next;
    return true;
}

/*
 * Front ends: how what happened looks to those who read it, and the place of
 * each in it. Rendering is a pure function from a place to bytes and the next
 * place, so that a line of which TCP took only a part can be rendered again.
 */
#include "session.h"
#include "text.h"

#include <string.h>

/* A line being put together; what does not fit is left out. */
struct shown {
    char *text;
    size_t bytes;
};

static void show(struct shown *shown, const char *text, size_t bytes)
{
    size_t room = LWCHAT_SHOWN_BYTES - 2 - shown->bytes;

    bytes = text_cut(text, bytes, room);
    memcpy(shown->text + shown->bytes, text, bytes);
    shown->bytes += bytes;
}

static void show_literal(struct shown *shown, const char *text)
{
    show(shown, text, strlen(text));
}

static void show_word(const struct chat *chat, struct shown *shown, const struct word *word,
                      const char *arguments, size_t bytes)
{
    shown->bytes += words_write(shown->text + shown->bytes, LWCHAT_SHOWN_BYTES - 2 - shown->bytes,
                                word->text[chat->config.language], arguments, bytes);
}

static void show_chat_word(const struct chat *chat, struct shown *shown, enum word_chat word,
                           const struct arguments *arguments)
{
    show_word(chat, shown, &words_chat[word], arguments->text, arguments->bytes);
}

/* --- Records ------------------------------------------------------------- */

static void show_private(struct shown *shown, unsigned reader, const struct log_record *record)
{
    /* The text is the addressee's nick, NUL, and what was said. */
    const char *nick = log_text(record);
    const char *nul = memchr(nick, '\0', record->text_bytes);
    size_t nick_bytes = (size_t)(nul - nick);

    if (record->from == reader) {
        show_literal(shown, "[-> ");
        show(shown, nick, nick_bytes);
    } else {
        show_literal(shown, "[");
        show(shown, log_nick(record), record->nick_bytes);
    }
    show_literal(shown, "] ");
    show(shown, nul + 1, record->text_bytes - nick_bytes - 1);
}

static void show_record(const struct chat *chat, struct shown *shown, unsigned reader,
                        const struct log_record *record)
{
    switch (record->kind) {
    case LOG_MESSAGE:
        show(shown, log_nick(record), record->nick_bytes);
        show_literal(shown, "> ");
        show(shown, log_text(record), record->text_bytes);
        break;
    case LOG_ACTION:
        show_literal(shown, "* ");
        show(shown, log_nick(record), record->nick_bytes);
        show_literal(shown, " ");
        show(shown, log_text(record), record->text_bytes);
        break;
    case LOG_PRIVATE:
        show_private(shown, reader, record);
        break;
    default:
        show_word(chat, shown, &words_chat[record->word], log_text(record), record->text_bytes);
        break;
    }
}

/* The console is in every room: it says which. */
static void show_room(const struct chat *chat, struct shown *shown, uint32_t position,
                      const struct log_record *record)
{
    if (record->room == LOG_EVERY_ROOM) {
        return;
    }
    const struct chat_room *room = &chat->room[record->room];
    if (log_before(position, room->born)) {
        show_literal(shown, "#? ");
    } else {
        show(shown, room->name, room->name_bytes);
        show_literal(shown, " ");
    }
}

/* --- Generated answers --------------------------------------------------- */

enum { WHO_COLUMNS = 60 };

static void end_answer(struct chat_place *place)
{
    place->answer = ANSWER_NONE;
    place->step = 0;
}

static void show_greeting(const struct chat *chat, const struct chat_session *session,
                          struct chat_place *place, struct shown *shown)
{
    if (place->step++ == 0) {
        show_word(chat, shown, &words_chat[W_CONNECTED], chat->config.name,
                  strlen(chat->config.name));
    } else {
        show_word(chat, shown, &words_chat[W_WELCOME], session->nick, session->nick_bytes);
        end_answer(place);
    }
}

static void show_entered(const struct chat *chat, const struct chat_session *session,
                         struct chat_place *place, struct shown *shown)
{
    const struct chat_room *room = &chat->room[session->room];

    show_word(chat, shown, &words_chat[W_YOU_ARE_IN], room->name, room->name_bytes);
    end_answer(place);
}

static void show_help(const struct chat *chat, unsigned reader, struct chat_place *place,
                      struct shown *shown)
{
    const struct word *word = command_help(place->step, reader == CHAT_OPERATOR, &place->step);

    if (word == NULL) {
        end_answer(place);
    } else {
        show_word(chat, shown, word, NULL, 0);
    }
}

/* People of the reader's room, many to a line. */
static void show_who(const struct chat *chat, const struct chat_session *session,
                     struct chat_place *place, struct shown *shown)
{
    const struct chat_room *room = &chat->room[session->room];
    struct arguments arguments = {.bytes = 0};
    unsigned i = place->step;

    if (i == 0) {
        uint32_t people = 0;
        for (unsigned k = 1; k < CHAT_SESSIONS; k++) {
            people +=
                chat->session[k].state == CHAT_ACTIVE && chat->session[k].room == session->room;
        }
        arguments_add(&arguments, room->name, room->name_bytes);
        arguments_add_number(&arguments, people);
        show_chat_word(chat, shown, W_WHO_HERE, &arguments);
        place->step = 1;
        return;
    }
    for (; i < CHAT_SESSIONS; i++) {
        const struct chat_session *other = &chat->session[i];
        if (other->state != CHAT_ACTIVE || other->room != session->room) {
            continue;
        }
        if (shown->bytes + other->nick_bytes > WHO_COLUMNS) {
            place->step = (uint16_t)i;
            return;
        }
        if (shown->bytes == 0) {
            show_word(chat, shown, &words_chat[W_WHO_NICKS], NULL, 0);
        } else {
            show_literal(shown, " ");
        }
        show(shown, other->nick, other->nick_bytes);
    }
    end_answer(place);
}

/* Everybody, one to a line, with where they come from. */
static void show_who_to_operator(const struct chat *chat, struct chat_place *place,
                                 struct shown *shown)
{
    unsigned i = place->step == 0 ? 1 : place->step;

    while (i < CHAT_SESSIONS && chat->session[i].state != CHAT_ACTIVE) {
        i++;
    }
    if (i == CHAT_SESSIONS) {
        end_answer(place);
        return;
    }
    const struct chat_session *session = &chat->session[i];
    struct arguments arguments = {.bytes = 0};
    arguments_add(&arguments, session->nick, session->nick_bytes);
    arguments_add(&arguments, chat->room[session->room].name, chat->room[session->room].name_bytes);
    arguments_add_address(&arguments, session->ip);
    arguments_add_number(&arguments, session->port);
    show_chat_word(chat, shown, W_WHO_OPERATOR, &arguments);
    place->step = (uint16_t)(i + 1);
}

static void show_rooms(const struct chat *chat, struct chat_place *place, struct shown *shown)
{
    unsigned i = place->step;

    while (i < LWCHAT_MAX_ROOMS && i != LOBBY && chat->room[i].people == 0) {
        i++;
    }
    if (i == LWCHAT_MAX_ROOMS) {
        end_answer(place);
        return;
    }
    struct arguments arguments = {.bytes = 0};
    arguments_add(&arguments, chat->room[i].name, chat->room[i].name_bytes);
    arguments_add_number(&arguments, chat->room[i].people);
    show_chat_word(chat, shown, W_ROOM, &arguments);
    place->step = (uint16_t)(i + 1);
}

static void show_stats(const struct chat *chat, struct chat_place *place, struct shown *shown)
{
    enum { PEOPLE, LOG, HOLD, MISSED, LINES, POOLS };
    struct arguments arguments = {.bytes = 0};
    enum word_chat word = W_STATS_POOL;
    uint32_t rooms = 0, lines = 0;
    struct chat_pool pool;

    switch (place->step) {
    case PEOPLE:
        for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
            rooms += i == LOBBY || chat->room[i].people > 0;
        }
        arguments_add_number(&arguments, chat->people);
        arguments_add_number(&arguments, chat->config.max_sessions);
        arguments_add_number(&arguments, chat->most);
        arguments_add_number(&arguments, rooms);
        arguments_add_number(&arguments, LWCHAT_MAX_ROOMS);
        word = W_STATS_PEOPLE;
        break;
    case LOG:
        arguments_add_number(&arguments, chat->log.next - chat->log.first);
        arguments_add_number(&arguments, chat->log.bytes);
        arguments_add_number(&arguments, chat->records);
        word = W_STATS_LOG;
        break;
    case HOLD:
        arguments_add_number(&arguments, chat->holds.times);
        arguments_add_number(&arguments, chat->holds.total_ms);
        word = W_STATS_HOLD;
        break;
    case MISSED:
        arguments_add_number(&arguments, chat->passed_over);
        arguments_add_number(&arguments, chat->dropped);
        word = W_STATS_MISSED;
        break;
    case LINES:
        for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
            lines += chat->buffer[i].owner != LOG_NOBODY;
        }
        arguments_add_number(&arguments, lines);
        arguments_add_number(&arguments, LWCHAT_LINE_BUFFERS);
        word = W_STATS_LINES;
        break;
    default:
        if (chat->config.pool == NULL || !chat->config.pool((unsigned)place->step - POOLS, &pool)) {
            end_answer(place);
            return;
        }
        arguments_add(&arguments, pool.name, strlen(pool.name));
        arguments_add_number(&arguments, pool.used);
        arguments_add_number(&arguments, pool.most);
        arguments_add_number(&arguments, pool.available);
        break;
    }
    show_chat_word(chat, shown, word, &arguments);
    place->step++;
}

/* Shows the answer's next line; nothing when it had none left and is over. */
static void show_answer(const struct chat *chat, unsigned reader, struct chat_place *place,
                        struct shown *shown)
{
    const struct chat_session *session = &chat->session[reader];

    switch (place->answer) {
    case ANSWER_GREETING:
        show_greeting(chat, session, place, shown);
        break;
    case ANSWER_ENTERED:
        show_entered(chat, session, place, shown);
        break;
    case ANSWER_HELP:
        show_help(chat, reader, place, shown);
        break;
    case ANSWER_WHO:
        if (reader == CHAT_OPERATOR) {
            show_who_to_operator(chat, place, shown);
        } else {
            show_who(chat, session, place, shown);
        }
        break;
    case ANSWER_ROOMS:
        show_rooms(chat, place, shown);
        break;
    case ANSWER_STATS:
        show_stats(chat, place, shown);
        break;
    default:
        end_answer(place);
        break;
    }
}

/* --- One line after the other -------------------------------------------- */

static void show_missed(const struct chat *chat, unsigned reader, struct shown *shown)
{
    struct arguments arguments = {.bytes = 0};

    arguments_add_number(&arguments, chat->session[reader].missed);
    show_chat_word(chat, shown, reader == CHAT_OPERATOR ? W_MISSED_LINES : W_MISSED, &arguments);
}

/* The next record that is for the reader; false when there is none. */
static bool show_next_record(const struct chat *chat, unsigned reader, struct chat_place *place,
                             struct shown *shown)
{
    uint32_t limit = reader_limit(chat, &chat->session[reader]);

    while (log_before(place->cursor, limit)) {
        uint32_t position = place->cursor;
        const struct log_record *record = log_at(&chat->log, position);
        place->cursor += record->bytes;
        if (reader_is_for(chat, reader, position, record)) {
            if (reader == CHAT_OPERATOR) {
                show_room(chat, shown, position, record);
            }
            show_record(chat, shown, reader, record);
            return true;
        }
    }
    return false;
}

/*
 * Renders the line that comes next at `place`, with its end, and moves `place`
 * behind it. `offset` is the caller's.
 */
static size_t next_line(const struct chat *chat, unsigned reader, struct chat_place *place,
                        char *text)
{
    const struct chat_session *session = &chat->session[reader];
    struct shown shown = {text, 0};

    if (place->owes & CHAT_OWES_REST) {
        const struct chat_buffer *rest = &chat->buffer[session->rest];
        memcpy(text, rest->text, rest->bytes);
        place->owes &= (uint8_t)~CHAT_OWES_REST;
        return rest->bytes;
    }
    if (place->owes & CHAT_OWES_REFUSAL) {
        text[0] = (char)FRAMING_IAC;
        memcpy(text + 1, session->refuse, sizeof session->refuse);
        place->owes &= (uint8_t)~CHAT_OWES_REFUSAL;
        return 1 + sizeof session->refuse;
    }
    if (place->answer != ANSWER_NONE) {
        show_answer(chat, reader, place, &shown);
    }
    if (shown.bytes > 0) {
        /* the answer's line */
    } else if (place->owes & CHAT_OWES_MISSED) {
        show_missed(chat, reader, &shown);
        place->owes &= (uint8_t)~CHAT_OWES_MISSED;
    } else if (show_next_record(chat, reader, place, &shown)) {
        /* the record's line */
    } else if (place->owes & CHAT_OWES_SHUTDOWN) {
        show_word(chat, &shown, &words_chat[W_SHUTDOWN], NULL, 0);
        place->owes &= (uint8_t)~CHAT_OWES_SHUTDOWN;
    } else if (place->owes & CHAT_OWES_FIN) {
        show_literal(&shown, "fin");
        place->owes &= (uint8_t)~CHAT_OWES_FIN;
    } else {
        return 0;
    }
    const char *end = framing_line_end(&session->framing);
    size_t end_bytes = strlen(end);
    memcpy(text + shown.bytes, end, end_bytes);
    return shown.bytes + end_bytes;
}

/* Renders up to `limit` bytes from `place` on, and moves it behind them. */
static size_t render(struct chat *chat, unsigned reader, struct chat_place *place, size_t limit)
{
    bool one_by_one = chat->session[reader].framing.flags & FRAMING_RAW;
    size_t bytes = 0;

    while (bytes < limit) {
        struct chat_place after = *place;
        bool direct = place->offset == 0 && LWCHAT_SEND_BYTES - bytes >= LWCHAT_SHOWN_BYTES;
        char *text = direct ? chat->out + bytes : chat->line;
        size_t line_bytes = next_line(chat, reader, &after, text);
        size_t left = line_bytes - place->offset;
        if (line_bytes == 0) {
            *place = after;
            break;
        }
        bool whole = left <= limit - bytes;
        if (!whole && bytes > 0 && limit == LWCHAT_SEND_BYTES) {
            break; /* a write ends with a line, so that who is passed over after it is owed no rest
                    */
        }
        size_t part = whole ? left : limit - bytes;
        if (!direct) {
            memcpy(chat->out + bytes, text + place->offset, part);
        }
        bytes += part;
        if (!whole) {
            place->offset = (uint16_t)(place->offset + part);
            break;
        }
        after.offset = 0;
        *place = after;
        if (one_by_one) {
            break;
        }
    }
    return bytes;
}

/* Lines that a second rendering could show otherwise; a record's line never changes. */
static bool is_volatile(const struct chat_place *place)
{
    return !(place->owes & CHAT_OWES_REST) &&
           ((place->owes & (CHAT_OWES_REFUSAL | CHAT_OWES_MISSED)) || place->answer != ANSWER_NONE);
}

/* Does what follows from what is now sent, or kept to be sent. */
static void settle(struct chat *chat, unsigned number, uint8_t owed_before)
{
    struct chat_session *session = &chat->session[number];
    uint8_t paid = (uint8_t)(owed_before & ~session->place.owes);

    if (paid & CHAT_OWES_REST) {
        buffer_give(chat, &session->rest);
    }
    if (paid & CHAT_OWES_MISSED) {
        session->missed = 0;
    }
    if (session->state == CHAT_ENDING && session->place.owes == 0) {
        session->state = CHAT_ENDED;
    }
}

void output_keep_rest(struct chat *chat, unsigned number, uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];

    if (session->place.offset == 0 || (session->place.owes & CHAT_OWES_REST)) {
        return;
    }
    uint16_t taken = buffer_take_rest(chat, number, now_ms);
    if (taken == LOG_NOBODY) {
        session->flags |= CHAT_CUT;
        chat_wake(chat, 0, now_ms);
        return;
    }
    struct chat_buffer *rest = &chat->buffer[taken];
    struct chat_place after = session->place;
    uint8_t owed = session->place.owes;
    size_t bytes = next_line(chat, number, &after, rest->text);
    rest->bytes = (uint16_t)(bytes - session->place.offset);
    memmove(rest->text, rest->text + session->place.offset, rest->bytes);
    after.offset = 0;
    after.owes |= CHAT_OWES_REST;
    session->place = after;
    session->rest = taken;
    settle(chat, number, owed);
}

const char *chat_output(struct chat *chat, unsigned number, size_t *bytes, uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];

    *bytes = 0;
    if (reader_reads(session)) {
        do {
            chat->sent = session->place;
            *bytes = render(chat, number, &chat->sent, LWCHAT_SEND_BYTES);
            if (*bytes == 0) {
                session->place = chat->sent;
            }
        } while (*bytes == 0 && chat_arrive(chat, number, now_ms));
    }
    if (*bytes == 0) {
        session->flags &= (uint8_t)~CHAT_BLOCKED;
    }
    chat->shown_bytes = (uint32_t)*bytes;
    return chat->out;
}

void output_owe(struct chat *chat, unsigned number, uint8_t owes, uint32_t now_ms)
{
    output_keep_rest(chat, number, now_ms);
    chat->session[number].place.owes |= owes;
}

void output_answer(struct chat *chat, unsigned number, enum chat_answer answer, uint32_t now_ms)
{
    output_keep_rest(chat, number, now_ms);
    chat->session[number].place.answer = (uint8_t)answer;
    chat->session[number].place.step = 0;
}

void chat_taken(struct chat *chat, unsigned number, size_t bytes, uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];
    uint8_t owed = session->place.owes;

    if (bytes == chat->shown_bytes) {
        session->place = chat->sent;
    } else {
        render(chat, number, &session->place, bytes);
    }
    settle(chat, number, owed);
    if (session->place.offset > 0 && is_volatile(&session->place)) {
        output_keep_rest(chat, number, now_ms);
    }
    reader_took(chat, number, bytes, bytes == chat->shown_bytes, chat_has_output(chat, number),
                now_ms);
}

void chat_blocked(struct chat *chat, unsigned number, uint32_t now_ms)
{
    reader_took(chat, number, 0, false, true, now_ms);
}

bool chat_has_output(const struct chat *chat, unsigned number)
{
    const struct chat_session *session = &chat->session[number];

    return reader_reads(session) &&
           (session->next_room != LOG_EVERY_ROOM || session->place.owes != 0 ||
            session->place.answer != ANSWER_NONE ||
            log_before(session->place.cursor, reader_limit(chat, session)));
}

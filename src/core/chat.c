#include "chat.h"

#include "nick.h"
#include "session.h"
#include "text.h"

#include <string.h>

enum { ARGUMENT_BYTES = 32, NEVER_MS = 60000, HELD_MS = 20, WAITS_BUFFER_MS = 50, CREDIT = 1000 };

/* What joining, leaving or going to another room appends at most, besides a farewell. */
enum { NOTICE_BYTES = 2 * (sizeof(struct log_record) + sizeof(struct arguments)) };

static const char lobby_name[] = "#lobby";

/* --- Arguments of sentences ---------------------------------------------- */

void arguments_add(struct arguments *arguments, const char *text, size_t bytes)
{
    if (arguments->bytes > 0 && arguments->bytes < sizeof arguments->text) {
        arguments->text[arguments->bytes++] = '\0';
    }
    size_t room = sizeof arguments->text - arguments->bytes;
    bytes = text_cut(text, bytes, room < ARGUMENT_BYTES ? room : ARGUMENT_BYTES);
    memcpy(arguments->text + arguments->bytes, text, bytes);
    arguments->bytes += bytes;
}

void arguments_add_number(struct arguments *arguments, uint32_t number)
{
    char digits[10];

    arguments_add(arguments, digits, text_number(digits, number));
}

void arguments_add_address(struct arguments *arguments, uint32_t address)
{
    char text[16];

    arguments_add(arguments, text, text_address(text, address));
}

/* --- Sentences in the log ------------------------------------------------ */

static void append_word(struct chat *chat, unsigned from, unsigned to, uint8_t room,
                        enum word_chat word, const char *arguments, size_t bytes, uint32_t now_ms)
{
    struct log_record record = {
        .kind = LOG_NOTICE,
        .word = (uint8_t)word,
        .from = (uint16_t)from,
        .to = (uint16_t)to,
        .room = room,
    };

    reader_append(chat, &record, NULL, 0, arguments, bytes, now_ms);
}

void chat_reply(struct chat *chat, unsigned session, enum word_chat word, const char *arguments,
                size_t bytes, uint32_t now_ms)
{
    append_word(chat, LOG_NOBODY, session, LOG_EVERY_ROOM, word, arguments, bytes, now_ms);
}

void chat_notice(struct chat *chat, unsigned from, uint8_t room, enum word_chat word,
                 const char *arguments, size_t bytes, uint32_t now_ms)
{
    append_word(chat, from, LOG_NOBODY, room, word, arguments, bytes, now_ms);
}

void chat_tell_operator(struct chat *chat, enum word_chat word, const char *arguments, size_t bytes,
                        uint32_t now_ms)
{
    chat_reply(chat, CHAT_OPERATOR, word, arguments, bytes, now_ms);
}

/* Tells the operator who came or went, with address and port. */
static void tell_of_client(struct chat *chat, unsigned number, enum word_chat word, uint32_t now_ms)
{
    const struct chat_session *session = &chat->session[number];
    struct arguments arguments = {.bytes = 0};

    arguments_add(&arguments, session->nick, session->nick_bytes);
    arguments_add_address(&arguments, session->ip);
    arguments_add_number(&arguments, session->port);
    chat_tell_operator(chat, word, arguments.text, arguments.bytes, now_ms);
}

/* --- Coming -------------------------------------------------------------- */

static void reset_session(struct chat *chat, unsigned number, uint32_t now_ms)
{
    chat->session[number] = (struct chat_session){
        .state = CHAT_ACTIVE,
        .room = LOBBY,
        .next_room = LOG_EVERY_ROOM,
        .line = LOG_NOBODY,
        .rest = LOG_NOBODY,
        .heard_ms = now_ms,
        .took_ms = now_ms,
        .credit_ms = now_ms,
        .credit = 2 * chat->config.rate * CREDIT,
    };
}

void chat_init(struct chat *chat, const struct chat_config *config, uint32_t now_ms)
{
    memset(chat, 0, sizeof *chat);
    chat->config = *config;
    chat->holds.slot_ms = now_ms;
    log_init(&chat->log, chat->ring, LWCHAT_LOG_BYTES, 0);
    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        chat->buffer[i].owner = LOG_NOBODY;
    }
    memcpy(chat->room[LOBBY].name, lobby_name, sizeof lobby_name - 1);
    chat->room[LOBBY].name_bytes = sizeof lobby_name - 1;

    struct chat_session *operator_ = &chat->session[CHAT_OPERATOR];
    reset_session(chat, CHAT_OPERATOR, now_ms);
    operator_->framing.flags = FRAMING_LINES;
    operator_->nick_bytes = (uint8_t)strlen(config->name);
    memcpy(operator_->nick, config->name, operator_->nick_bytes);
}

int chat_find_nick(const struct chat *chat, const char *nick, size_t bytes)
{
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        const struct chat_session *session = &chat->session[i];
        if (session->state == CHAT_ACTIVE &&
            nick_alike(session->nick, session->nick_bytes, nick, bytes)) {
            return (int)i;
        }
    }
    return LWCHAT_NOT_FOUND;
}

/* guestN, N being the place unless somebody has taken that name. */
static void name_guest(struct chat *chat, unsigned number)
{
    struct chat_session *session = &chat->session[number];
    char nick[LWCHAT_NICK_BYTES] = "guest";

    for (uint32_t n = number;; n += LWCHAT_MAX_SESSIONS) {
        size_t bytes = 5 + text_number(nick + 5, n);
        if (chat_find_nick(chat, nick, bytes) < 0) {
            memcpy(session->nick, nick, bytes);
            session->nick_bytes = (uint8_t)bytes;
            return;
        }
    }
}

static bool is_banned(const struct chat *chat, uint32_t ip)
{
    for (unsigned i = 0; i < chat->bans; i++) {
        if (chat->ban[i] == ip) {
            return true;
        }
    }
    return false;
}

/* Sets a session in its room: history from `messages` back, live from here on. */
static void begin_reading(struct chat *chat, struct chat_session *session, uint32_t messages)
{
    session->since = chat->log.next;
    session->place.cursor = reader_history(chat, &chat->room[session->room], messages);
    reader_moved_back(chat, session);
}

int chat_join(struct chat *chat, uint32_t ip, uint16_t port, uint32_t now_ms)
{
    unsigned number = 1;

    if (is_banned(chat, ip)) {
        return LWCHAT_REFUSED;
    }
    while (number <= chat->config.max_sessions && chat->session[number].state != CHAT_FREE) {
        number++;
    }
    if (number > chat->config.max_sessions || chat->stopping) {
        return LWCHAT_NO_MEMORY;
    }
    if (!reader_may_append(chat, NOTICE_BYTES, now_ms)) {
        return LWCHAT_AGAIN;
    }
    struct chat_session *session = &chat->session[number];
    reset_session(chat, number, now_ms);
    session->state = CHAT_FREE;
    name_guest(chat, number);
    session->state = CHAT_ACTIVE;
    session->ip = ip;
    session->port = port;
    /* Its cursor is set before anything is appended: it must stand within the log. */
    session->place.cursor = chat->log.next;
    session->place.answer = ANSWER_GREETING;
    chat->room[LOBBY].people++;
    chat->occupied++;
    chat->people++;
    if (chat->people > chat->most) {
        chat->most = chat->people;
    }
    tell_of_client(chat, number, W_CLIENT, now_ms);
    chat_notice(chat, number, LOBBY, W_JOINED, session->nick, session->nick_bytes, now_ms);
    begin_reading(chat, session, LWCHAT_HISTORY);
    return (int)number;
}

size_t chat_refusal(const struct chat *chat, int error, char *out, size_t bytes)
{
    enum word_chat word = error == LWCHAT_REFUSED ? W_BANNED : W_FULL;
    struct arguments arguments = {.bytes = 0};

    arguments_add_number(&arguments, chat->occupied);
    arguments_add_number(&arguments, chat->config.max_sessions);
    size_t n = words_write(out, bytes - 1, words_chat[word].text[chat->config.language],
                           arguments.text, arguments.bytes);
    out[n++] = '\n';
    return n;
}

bool chat_arrive(struct chat *chat, unsigned number, uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];
    uint8_t room = session->next_room;

    if (session->state != CHAT_ACTIVE || room == LOG_EVERY_ROOM ||
        session->place.cursor != chat->log.next) {
        return false;
    }
    if (room != session->room) {
        if (!reader_may_append(chat, NOTICE_BYTES, now_ms)) {
            return false;
        }
        chat_notice(chat, number, session->room, W_LEFT, session->nick, session->nick_bytes,
                    now_ms);
        room_leave(chat, session->room);
        session->room = room;
        chat_notice(chat, number, room, W_JOINED, session->nick, session->nick_bytes, now_ms);
        output_answer(chat, number, ANSWER_ENTERED, now_ms);
    }
    session->next_room = LOG_EVERY_ROOM;
    begin_reading(chat, session, session->replay);
    return true;
}

/* --- Going --------------------------------------------------------------- */

/* Takes a session out of the chat, all but its reading. */
static void leave(struct chat *chat, unsigned number, const char *farewell, size_t bytes,
                  uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];
    uint8_t room = session->room;

    if (!chat->stopping) {
        if (session->flags & CHAT_KICKED) {
            chat_notice(chat, number, room, W_KICKED, session->nick, session->nick_bytes, now_ms);
        } else if (bytes == 0) {
            chat_notice(chat, number, room, W_LEFT, session->nick, session->nick_bytes, now_ms);
        } else {
            char *both = chat->line;
            memcpy(both, session->nick, session->nick_bytes);
            both[session->nick_bytes] = '\0';
            memcpy(both + session->nick_bytes + 1, farewell, bytes);
            chat_notice(chat, number, room, W_LEFT_SAYING, both,
                        (size_t)session->nick_bytes + 1 + bytes, now_ms);
        }
    }
    tell_of_client(chat, number, W_CLIENT_GONE, now_ms);
    room_leave(chat, room);
    if (session->next_room != LOG_EVERY_ROOM && session->next_room != room) {
        room_leave(chat, session->next_room);
    }
    session->next_room = LOG_EVERY_ROOM;
    chat->people--;
}

void chat_end(struct chat *chat, unsigned number, const char *farewell, size_t bytes,
              uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];

    session->end = chat->log.next;
    leave(chat, number, farewell, bytes, now_ms);
    session->state = CHAT_ENDING;
    session->heard_ms = now_ms;
    session->place.owes |= CHAT_OWES_FIN;
    buffer_give(chat, &session->line);
}

void chat_kick(struct chat *chat, unsigned number, const char *text, size_t bytes, uint32_t now_ms)
{
    chat_reply(chat, number, bytes == 0 ? W_YOU_WERE_KICKED : W_YOU_WERE_KICKED_FOR, text, bytes,
               now_ms);
    chat->session[number].flags |= CHAT_KICKED;
    chat_end(chat, number, NULL, 0, now_ms);
}

static void free_session(struct chat *chat, struct chat_session *session)
{
    buffer_give(chat, &session->line);
    buffer_give(chat, &session->rest);
    session->state = CHAT_FREE;
    session->flags = 0;
    chat->occupied--;
}

void chat_release(struct chat *chat, unsigned number, uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];

    if (session->state == CHAT_ACTIVE) {
        if (!reader_may_append(chat, NOTICE_BYTES, now_ms)) {
            session->state = CHAT_LEAVING;
            return;
        }
        leave(chat, number, NULL, 0, now_ms);
    }
    free_session(chat, session);
}

void chat_shutdown(struct chat *chat, uint32_t now_ms)
{
    chat->stopping = true;
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        if (chat->session[i].state == CHAT_ACTIVE) {
            chat_end(chat, i, NULL, 0, now_ms);
            chat->session[i].place.owes |= CHAT_OWES_SHUTDOWN;
        }
    }
}

enum chat_state chat_state(const struct chat *chat, unsigned number)
{
    const struct chat_session *session = &chat->session[number];

    return session->flags & CHAT_CUT ? CHAT_DEAD : (enum chat_state)session->state;
}

/* --- Hearing ------------------------------------------------------------- */

/* Lines that a session may send now, in thousandths; 2 s fill it up. */
static uint32_t credit_now(const struct chat *chat, const struct chat_session *session,
                           uint32_t now_ms)
{
    uint32_t passed_ms = now_ms - session->credit_ms;
    uint32_t most = 2 * chat->config.rate * CREDIT;

    if (passed_ms >= 2000 || session->credit + passed_ms * chat->config.rate > most) {
        return most;
    }
    return session->credit + passed_ms * chat->config.rate;
}

static bool has_credit(const struct chat *chat, unsigned number, uint32_t now_ms)
{
    return number == CHAT_OPERATOR || chat->config.rate == 0 ||
           credit_now(chat, &chat->session[number], now_ms) >= CREDIT;
}

static void spend(struct chat *chat, unsigned number, uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];

    if (number != CHAT_OPERATOR && chat->config.rate > 0) {
        uint32_t credit = credit_now(chat, session, now_ms);
        session->credit = credit < CREDIT ? 0 : credit - CREDIT;
        session->credit_ms = now_ms;
    }
}

bool chat_reads(const struct chat *chat, unsigned number, uint32_t now_ms)
{
    const struct chat_session *session = &chat->session[number];

    if (session->state != CHAT_ACTIVE) {
        return true;
    }
    return !chat->holds.held && session->next_room == LOG_EVERY_ROOM &&
           session->place.answer == ANSWER_NONE && !(session->place.owes & CHAT_OWES_REFUSAL) &&
           !(session->flags & (CHAT_WAITS_BUFFER | CHAT_CUT)) && has_credit(chat, number, now_ms);
}

static bool refuse_long_line(struct chat *chat, unsigned number, uint32_t now_ms)
{
    struct arguments arguments = {.bytes = 0};

    arguments_add_number(&arguments, LWCHAT_LINE_BYTES);
    if (!reader_may_append(chat, log_record_bytes(0, arguments.bytes), now_ms)) {
        return false;
    }
    chat_reply(chat, number, W_TOO_LONG, arguments.text, arguments.bytes, now_ms);
    return true;
}

/* Keeps what has come of a line. False when there is no buffer for it. */
static bool keep_line(struct chat *chat, unsigned number, const struct framing_line *line,
                      uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];

    if (line->bytes == 0) {
        buffer_give(chat, &session->line);
        return true;
    }
    if (session->line == LOG_NOBODY) {
        session->line = buffer_take(chat, number, now_ms);
        if (session->line == LOG_NOBODY) {
            session->flags |= CHAT_WAITS_BUFFER;
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
static size_t receive_line(struct chat *chat, unsigned number, const uint8_t *data, size_t bytes,
                           uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];
    struct framing before = session->framing;
    struct framing_line line = {.text = chat->line, .bytes = 0};
    enum framing_event event;
    bool done;

    if (session->line != LOG_NOBODY) {
        line.text = chat->buffer[session->line].text;
        line.bytes = chat->buffer[session->line].bytes;
    }
    size_t used = framing_feed(&session->framing, data, bytes, &line, &event);
    switch (event) {
    case FRAMING_LINE:
        done = command_line(chat, number, line.text, line.bytes, now_ms);
        break;
    case FRAMING_TOO_LONG:
        done = refuse_long_line(chat, number, now_ms);
        break;
    default:
        done = keep_line(chat, number, &line, now_ms);
        break;
    }
    if (!done) {
        session->framing = before;
        return 0;
    }
    if (event == FRAMING_LINE || event == FRAMING_TOO_LONG) {
        buffer_give(chat, &session->line);
        spend(chat, number, now_ms);
    } else if (event == FRAMING_REFUSE) {
        memcpy(session->refuse, line.reply, sizeof session->refuse);
        output_owe(chat, number, CHAT_OWES_REFUSAL, now_ms);
        spend(chat, number, now_ms);
    }
    return used;
}

size_t chat_receive(struct chat *chat, unsigned number, const uint8_t *data, size_t bytes,
                    uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];
    size_t used = 0;

    while (used < bytes && session->state == CHAT_ACTIVE && chat_reads(chat, number, now_ms)) {
        size_t n = receive_line(chat, number, data + used, bytes - used, now_ms);
        if (n == 0) {
            break;
        }
        used += n;
    }
    if (session->state != CHAT_ACTIVE) {
        return bytes;
    }
    if (used > 0) {
        session->heard_ms = now_ms;
        session->flags &= (uint8_t) ~(CHAT_TYPED | CHAT_UNREAD);
        session->flags |=
            (uint8_t)((bytes == 1 ? CHAT_TYPED : 0) | (used < bytes ? CHAT_UNREAD : 0));
    } else if (bytes > 0) {
        session->flags |= CHAT_UNREAD;
    }
    return used;
}

/* Takes what is there of a line as the whole of it. False while the log is held. */
static bool end_line(struct chat *chat, unsigned number, uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];

    if (session->line != LOG_NOBODY) {
        const struct chat_buffer *buffer = &chat->buffer[session->line];
        if (!command_line(chat, number, buffer->text, buffer->bytes, now_ms)) {
            return false;
        }
        spend(chat, number, now_ms);
        buffer_give(chat, &session->line);
    }
    framing_end_unterminated(&session->framing);
    return true;
}

bool chat_input_ended(struct chat *chat, unsigned number, uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];

    if (session->state != CHAT_ACTIVE) {
        return true;
    }
    if (session->next_room != LOG_EVERY_ROOM || !reader_may_append(chat, NOTICE_BYTES, now_ms)) {
        return false;
    }
    if (session->line != LOG_NOBODY && !end_line(chat, number, now_ms)) {
        return false;
    }
    if (session->state != CHAT_ACTIVE) {
        return true;
    }
    if (session->next_room != LOG_EVERY_ROOM || !reader_may_append(chat, NOTICE_BYTES, now_ms)) {
        return false;
    }
    chat_end(chat, number, NULL, 0, now_ms);
    return true;
}

/* --- Time ---------------------------------------------------------------- */

static void sooner(uint32_t *due_ms, uint32_t in_ms)
{
    if (in_ms < *due_ms) {
        *due_ms = in_ms;
    }
}

/* Does it when `after_ms` have passed since `since_ms`, else says when. */
static bool is_due(uint32_t since_ms, uint32_t after_ms, uint32_t now_ms, uint32_t *due_ms)
{
    uint32_t passed_ms = now_ms - since_ms;

    if (passed_ms >= after_ms) {
        return true;
    }
    sooner(due_ms, after_ms - passed_ms);
    return false;
}

static void tick_line(struct chat *chat, unsigned number, uint32_t now_ms, uint32_t *due_ms)
{
    struct chat_session *session = &chat->session[number];
    uint32_t quiet_ms = session->flags & CHAT_TYPED ? LWCHAT_QUIET_TYPED_MS : LWCHAT_QUIET_MS;

    if (session->line == LOG_NOBODY || (session->framing.flags & FRAMING_LINES) ||
        !is_due(session->heard_ms, quiet_ms, now_ms, due_ms)) {
        return;
    }
    if (!chat_reads(chat, number, now_ms) || !end_line(chat, number, now_ms)) {
        sooner(due_ms, HELD_MS);
    }
}

static void tick_active(struct chat *chat, unsigned number, uint32_t now_ms, uint32_t *due_ms)
{
    struct chat_session *session = &chat->session[number];

    /* Positions that everybody has left behind must not come round again at 2^31. */
    if (log_before(session->since, chat->log.first)) {
        session->since = chat->log.first;
    }
    if ((session->flags & CHAT_TO_KICK) && reader_may_append(chat, NOTICE_BYTES, now_ms)) {
        chat_kick(chat, number, NULL, 0, now_ms);
        return;
    }
    if ((session->flags & CHAT_BLOCKED) &&
        is_due(session->took_ms, LWCHAT_STALL_MS, now_ms, due_ms)) {
        session->flags |= CHAT_CUT;
    }
    tick_line(chat, number, now_ms, due_ms);
    if ((session->flags & CHAT_UNREAD) && !has_credit(chat, number, now_ms)) {
        uint32_t missing = CREDIT - credit_now(chat, session, now_ms);
        sooner(due_ms, missing / chat->config.rate + 1);
    }
    if (session->flags & CHAT_TO_KICK) {
        sooner(due_ms, HELD_MS);
    }
}

static void tick_rooms(struct chat *chat)
{
    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        struct chat_room *room = &chat->room[i];
        if (room->spoken && log_before(room->last, chat->log.first)) {
            room->spoken = false;
        }
        if (log_before(room->born, chat->log.first)) {
            room->born = chat->log.first;
        }
    }
    if (log_before(chat->slowest, chat->log.first)) {
        chat->slowest = chat->log.first;
    }
}

uint32_t chat_tick(struct chat *chat, uint32_t now_ms)
{
    uint32_t due_ms = NEVER_MS;
    bool was_held = chat->holds.held;
    bool waits = false;

    chat->holds.held = false;
    tick_rooms(chat);
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        waits = waits || (chat->session[i].flags & CHAT_WAITS_BUFFER);
        chat->session[i].flags &= (uint8_t)~CHAT_WAITS_BUFFER;
    }
    if (waits && reader_may_append(chat, NOTICE_BYTES, now_ms)) {
        buffer_drop_oldest(chat, now_ms);
    }
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        switch (session->state) {
        case CHAT_ACTIVE:
            tick_active(chat, i, now_ms, &due_ms);
            break;
        case CHAT_ENDING:
            if (is_due(session->heard_ms, LWCHAT_END_MS, now_ms, &due_ms)) {
                session->flags |= CHAT_CUT;
            }
            break;
        case CHAT_LEAVING:
            if (reader_may_append(chat, NOTICE_BYTES, now_ms)) {
                leave(chat, i, NULL, 0, now_ms);
                free_session(chat, session);
            }
            break;
        default:
            break;
        }
    }
    if (was_held || chat->holds.held) {
        sooner(&due_ms, HELD_MS);
    }
    if (waits) {
        sooner(&due_ms, WAITS_BUFFER_MS);
    }
    return due_ms;
}

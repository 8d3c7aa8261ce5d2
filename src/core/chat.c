#include "chat.h"

#include "nick.h"
#include "session.h"
#include "text.h"

#include <string.h>

enum { ARGUMENT_BYTES = 32 };

/*
 * The sessions are looked at this often at least: positions wrap, and must not be left behind; and
 * what the stack's timers end, a vanished peer above all, wakes nobody.
 */
enum { LONGEST_SLEEP_MS = 5000 };

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
        .allowed_us = now_ms * 1000,
    };
}

void chat_init(struct chat *chat, const struct chat_config *config, uint32_t now_ms)
{
    memset(chat, 0, sizeof *chat);
    chat->config = *config;
    chat->holds.slot_ms = now_ms;
    chat->due_ms = now_ms + LONGEST_SLEEP_MS;
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

/* The session enters the chat, if the log has room to say so. */
static void arrive(struct chat *chat, unsigned number, uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];

    if (!reader_may_append(chat, CHAT_NOTICE_BYTES, now_ms)) {
        return;
    }
    name_guest(chat, number);
    tell_of_client(chat, number, W_CLIENT, now_ms);
    chat_notice(chat, number, LOBBY, W_JOINED, session->nick, session->nick_bytes, now_ms);
    session->state = CHAT_ACTIVE;
    session->place.answer = ANSWER_GREETING;
    chat->room[LOBBY].people++;
    chat->people++;
    if (chat->people > chat->most) {
        chat->most = chat->people;
    }
    begin_reading(chat, session, LWCHAT_HISTORY);
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
    reset_session(chat, number, now_ms);
    chat->session[number].state = CHAT_ARRIVING;
    chat->session[number].ip = ip;
    chat->session[number].port = port;
    chat->occupied++;
    arrive(chat, number, now_ms);
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
        if (!reader_may_append(chat, CHAT_NOTICE_BYTES, now_ms)) {
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

    if (chat->stopping) {
        /* Everybody leaves: to say so of each would push out what is still to be read. */
    } else if (session->flags & CHAT_KICKED) {
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
    if (!chat->stopping) {
        tell_of_client(chat, number, W_CLIENT_GONE, now_ms);
    }
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
    chat_wake(chat, LWCHAT_END_MS, now_ms);
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
        if (!reader_may_append(chat, CHAT_NOTICE_BYTES, now_ms)) {
            session->state = CHAT_LEAVING;
            chat_wake(chat, HELD_MS, now_ms);
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
        struct chat_session *session = &chat->session[i];
        if (session->state == CHAT_ACTIVE) {
            chat_end(chat, i, NULL, 0, now_ms);
            session->place.owes |= CHAT_OWES_SHUTDOWN;
        } else if (session->state == CHAT_ARRIVING) {
            session->flags |= CHAT_CUT;
        }
    }
}

enum chat_state chat_state(const struct chat *chat, unsigned number)
{
    const struct chat_session *session = &chat->session[number];

    return session->flags & CHAT_CUT ? CHAT_DEAD : (enum chat_state)session->state;
}

/* --- Time ---------------------------------------------------------------- */

void chat_wake(struct chat *chat, uint32_t in_ms, uint32_t now_ms)
{
    if ((int32_t)(now_ms + in_ms - chat->due_ms) < 0) {
        chat->due_ms = now_ms + in_ms;
    }
}

uint32_t chat_due(const struct chat *chat, uint32_t now_ms)
{
    int32_t due_ms = (int32_t)(chat->due_ms - now_ms);

    return due_ms > 0 ? (uint32_t)due_ms : 0;
}

bool chat_is_due(struct chat *chat, uint32_t since_ms, uint32_t after_ms, uint32_t now_ms)
{
    uint32_t passed_ms = now_ms - since_ms;

    if (passed_ms >= after_ms) {
        return true;
    }
    chat_wake(chat, after_ms - passed_ms, now_ms);
    return false;
}

static void tick_active(struct chat *chat, unsigned number, uint32_t now_ms)
{
    struct chat_session *session = &chat->session[number];

    /* Positions that everybody has left behind must not come round again at 2^31. */
    if (log_before(session->since, chat->log.first)) {
        session->since = chat->log.first;
    }
    if (session->flags & CHAT_TO_KICK) {
        if (reader_may_append(chat, CHAT_NOTICE_BYTES, now_ms)) {
            chat_kick(chat, number, NULL, 0, now_ms);
        }
        return;
    }
    if ((session->flags & CHAT_BLOCKED) &&
        chat_is_due(chat, session->took_ms, LWCHAT_STALL_MS, now_ms)) {
        session->flags |= CHAT_CUT;
    }
    input_tick(chat, number, now_ms);
}

static void tick_rooms(struct chat *chat)
{
    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        struct chat_room *room = &chat->room[i];
        if (log_before(room->last, chat->log.first)) {
            room->last = chat->log.first;
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

/* An incomplete line waits for a buffer: the oldest one's has to go. */
static void tick_buffers(struct chat *chat, uint32_t now_ms)
{
    bool waits = false;

    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        waits = waits || (chat->session[i].flags & CHAT_WAITS_BUFFER);
        chat->session[i].flags &= (uint8_t)~CHAT_WAITS_BUFFER;
    }
    if (waits && reader_may_append(chat, CHAT_NOTICE_BYTES, now_ms)) {
        buffer_drop_oldest(chat, now_ms);
    }
}

void chat_tick(struct chat *chat, uint32_t now_ms)
{
    reader_tick(chat, now_ms);
    if (chat_due(chat, now_ms) > 0) {
        return;
    }
    chat->due_ms = now_ms + LONGEST_SLEEP_MS;
    tick_rooms(chat);
    tick_buffers(chat, now_ms);
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        switch (session->state) {
        case CHAT_ARRIVING:
            arrive(chat, i, now_ms);
            break;
        case CHAT_ACTIVE:
            tick_active(chat, i, now_ms);
            break;
        case CHAT_ENDING:
            if (chat_is_due(chat, session->heard_ms, LWCHAT_END_MS, now_ms)) {
                session->flags |= CHAT_CUT;
            }
            break;
        case CHAT_LEAVING:
            if (reader_may_append(chat, CHAT_NOTICE_BYTES, now_ms)) {
                leave(chat, i, NULL, 0, now_ms);
                free_session(chat, session);
            }
            break;
        default:
            break;
        }
    }
}

#include "people.h"

#include "append.h"
#include "ban.h"
#include "buffer.h"
#include "ignore.h"
#include "nick.h"
#include "notice.h"
#include "output.h"
#include "rate.h"
#include "room.h"
#include "text.h"

#include <string.h>

void people_reset(struct chat *chat, unsigned number)
{
    chat->session[number] = (struct chat_session){
        .state = CHAT_ACTIVE,
        .room = LOBBY,
        .next_room = LOG_EVERY_ROOM,
        .line = LOG_NOBODY,
        .rest = LOG_NOBODY,
        .heard_ms = chat->now_ms,
        .took_ms = chat->now_ms,
        .allowed_us = chat->now_ms * 1000,
    };
}

int people_find(const struct chat *chat, const char *nick, size_t bytes)
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

/* guestN, a number that nobody had before: what history shows was not said by this one. */
static void name_guest(struct chat *chat, unsigned number)
{
    struct chat_session *session = &chat->session[number];
    char nick[LWCHAT_NICK_BYTES] = "guest";
    size_t bytes;

    do {
        bytes = 5 + text_number(nick + 5, ++chat->guests);
    } while (people_find(chat, nick, bytes) >= 0);
    memcpy(session->nick, nick, bytes);
    session->nick_bytes = (uint8_t)bytes;
}

/* Tells the operator who came or went, with address and port. */
static void tell_of_client(struct chat *chat, unsigned number, enum word_chat word)
{
    const struct chat_session *session = &chat->session[number];
    struct words_arguments arguments = {.bytes = 0};

    words_add(&arguments, session->nick, session->nick_bytes);
    words_add_address(&arguments, session->ip);
    words_add_number(&arguments, session->port);
    notice_to(chat, CHAT_OPERATOR, word, arguments.text, arguments.bytes);
}

/* Sets a session in its room: history from `messages` back, live from here on. */
static void begin_reading(struct chat *chat, struct chat_session *session, uint32_t messages)
{
    session->since = chat->log.next;
    session->place.cursor = room_history(chat, &chat->room[session->room], messages);
    session->asked = session->place.cursor;
    append_moved_back(chat, session);
}

/* The session enters the chat, if the log has room to say so. */
static void arrive(struct chat *chat, unsigned number)
{
    struct chat_session *session = &chat->session[number];

    if (!append_may(chat, NOTICE_BYTES)) {
        chat->waiting = true;
        return;
    }
    name_guest(chat, number);
    tell_of_client(chat, number, W_CLIENT);
    notice_in_room(chat, number, LOBBY, W_JOINED, session->nick, session->nick_bytes);
    session->state = CHAT_ACTIVE;
    session->place.answer = ANSWER_GREETING;
    chat->room[LOBBY].people++;
    chat->people++;
    if (chat->people > chat->most) {
        chat->most = chat->people;
    }
    begin_reading(chat, session, LWCHAT_HISTORY);
}

/* Places that an address has taken. */
static unsigned people_from(const struct chat *chat, uint32_t ip)
{
    unsigned count = 0;

    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        count += chat->session[i].state != CHAT_FREE && chat->session[i].ip == ip;
    }
    return count;
}

int chat_join(struct chat *chat, uint32_t ip, uint16_t port)
{
    unsigned number = 1;

    if (ban_covers(chat, ip)) {
        return LWCHAT_REFUSED;
    }
    if (chat->config.per_address > 0 && people_from(chat, ip) >= chat->config.per_address) {
        return LWCHAT_TOO_MANY;
    }
    while (number <= chat->config.max_sessions && chat->session[number].state != CHAT_FREE) {
        number++;
    }
    if (number > chat->config.max_sessions || chat->stopping) {
        return LWCHAT_NO_MEMORY;
    }
    people_reset(chat, number);
    chat->session[number].state = CHAT_ARRIVING;
    chat->session[number].ip = ip;
    chat->session[number].port = port;
    rate_come(chat, &chat->session[number]);
    chat->occupied++;
    arrive(chat, number);
    return (int)number;
}

size_t chat_refusal(struct chat *chat, int error, char *out, size_t bytes)
{
    enum word_chat word = error == LWCHAT_REFUSED    ? W_BANNED
                          : error == LWCHAT_TOO_MANY ? W_TOO_MANY
                                                     : W_FULL;
    struct words_arguments arguments = {.bytes = 0};

    words_add_number(&arguments, word == W_FULL ? chat->occupied : chat->config.per_address);
    words_add_number(&arguments, chat->config.max_sessions);
    size_t n = words_write(out, bytes - 1, words_chat[word].text[chat->config.language],
                           arguments.text, arguments.bytes);
    out[n++] = '\n';
    chat->refused++;
    return n;
}

bool chat_gives_way(const struct chat *chat, unsigned number, uint32_t ip)
{
    const struct chat_session *session = &chat->session[number];

    return session->state == CHAT_ENDING && (ip == 0 || ip == session->ip) &&
           chat->now_ms - session->took_ms >= LWCHAT_GIVE_WAY_MS;
}

bool chat_is_done(const struct chat *chat, unsigned number, uint32_t ip)
{
    const struct chat_session *session = &chat->session[number];

    return session->state == CHAT_ENDED && (ip == 0 || ip == session->ip);
}

bool people_move(struct chat *chat, unsigned number)
{
    struct chat_session *session = &chat->session[number];
    uint8_t room = session->next_room;

    if (session->state != CHAT_ACTIVE || room == LOG_EVERY_ROOM ||
        session->place.cursor != chat->log.next) {
        return false;
    }
    if (room != session->room) {
        if (!append_may(chat, NOTICE_BYTES)) {
            return false;
        }
        notice_in_room(chat, number, session->room, W_LEFT, session->nick, session->nick_bytes);
        room_leave(chat, session->room);
        session->room = room;
        notice_in_room(chat, number, room, W_JOINED, session->nick, session->nick_bytes);
        output_answer(chat, number, ANSWER_ENTERED);
    }
    session->next_room = LOG_EVERY_ROOM;
    begin_reading(chat, session, session->replay);
    return true;
}

/* Takes a session out of the chat, all but its reading. */
static void leave(struct chat *chat, unsigned number, const char *farewell, size_t bytes)
{
    struct chat_session *session = &chat->session[number];
    uint8_t room = session->room;

    if (chat->stopping) {
        /* Everybody leaves: to say so of each would push out what is still to be read. */
    } else if (session->flags & CHAT_KICKED) {
        notice_in_room(chat, number, room, W_KICKED, session->nick, session->nick_bytes);
    } else if (bytes == 0) {
        notice_in_room(chat, number, room, W_LEFT, session->nick, session->nick_bytes);
    } else {
        char *both = chat->line;
        memcpy(both, session->nick, session->nick_bytes);
        both[session->nick_bytes] = '\0';
        memcpy(both + session->nick_bytes + 1, farewell, bytes);
        notice_in_room(chat, number, room, W_LEFT_SAYING, both,
                       (size_t)session->nick_bytes + 1 + bytes);
    }
    if (!chat->stopping) {
        tell_of_client(chat, number, W_CLIENT_GONE);
    }
    room_leave(chat, room);
    if (session->next_room != LOG_EVERY_ROOM && session->next_room != room) {
        room_leave(chat, session->next_room);
    }
    session->next_room = LOG_EVERY_ROOM;
    chat->people--;
}

void people_end(struct chat *chat, unsigned number, const char *farewell, size_t bytes)
{
    struct chat_session *session = &chat->session[number];

    rate_leave(chat, session);
    session->end = chat->log.next;
    leave(chat, number, farewell, bytes);
    session->state = CHAT_ENDING;
    session->heard_ms = chat->now_ms;
    session->took_ms = chat->now_ms;
    session->place.owes |= CHAT_OWES_FIN;
    buffer_give(chat, &session->line);
    session_wake(chat, LWCHAT_END_MS);
}

void people_kick(struct chat *chat, unsigned number, const char *text, size_t bytes)
{
    chat->session[number].flags &= (uint16_t)~CHAT_TO_KICK;
    if (chat->session[number].state != CHAT_ACTIVE) {
        /* It has left, or is not yet here: nothing is to be said, only its connection goes. */
        chat->session[number].flags |= CHAT_CUT | CHAT_KICKED;
        session_wake(chat, 0);
        return;
    }
    notice_to(chat, number, bytes == 0 ? W_YOU_WERE_KICKED : W_YOU_WERE_KICKED_FOR, text, bytes);
    chat->session[number].flags |= CHAT_KICKED;
    people_end(chat, number, NULL, 0);
}

static void free_session(struct chat *chat, struct chat_session *session)
{
    ignore_forget(chat, (unsigned)(session - chat->session));
    buffer_give(chat, &session->line);
    buffer_give(chat, &session->rest);
    session->state = CHAT_FREE;
    session->flags = 0;
    chat->occupied--;
}

void chat_release(struct chat *chat, unsigned number)
{
    struct chat_session *session = &chat->session[number];

    if (session->state == CHAT_ACTIVE) {
        if (!append_may(chat, NOTICE_BYTES)) {
            session->state = CHAT_LEAVING;
            chat->waiting = true;
            session_wake(chat, HELD_MS);
            return;
        }
        rate_leave(chat, session);
        leave(chat, number, NULL, 0);
    }
    free_session(chat, session);
}

void chat_shutdown(struct chat *chat)
{
    chat->stopping = true;
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if (session->state == CHAT_ACTIVE) {
            people_end(chat, i, NULL, 0);
            session->place.owes |= CHAT_OWES_SHUTDOWN;
        } else if (session->state == CHAT_ARRIVING) {
            session->flags |= CHAT_CUT;
        }
    }
}

void people_tick(struct chat *chat, unsigned number)
{
    struct chat_session *session = &chat->session[number];

    if (session->state == CHAT_ARRIVING) {
        arrive(chat, number);
    } else if (session->state == CHAT_LEAVING) {
        if (!append_may(chat, NOTICE_BYTES)) {
            chat->waiting = true;
            return;
        }
        rate_leave(chat, session);
        leave(chat, number, NULL, 0);
        free_session(chat, session);
    }
}

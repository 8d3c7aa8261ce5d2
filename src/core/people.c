#include "people.h"

#include "append.h"
#include "dialect/dialect.h"
#include "gate.h"
#include "history.h"
#include "ignore.h"
#include "nick.h"
#include "notice.h"
#include "operator.h"
#include "output.h"
#include "stranger.h"
#include "text.h"

#include <string.h>

/* How far announced arrivals may be ahead of their schedule. */
enum { ARRIVALS_MS = LWCHAT_MAX_SESSIONS * LWCHAT_ARRIVAL_MS };

void people_reset(struct chat *chat, struct chat_session *session)
{
    *session = (struct chat_session)
    {
        .state = CHAT_ACTIVE, .room = LOBBY, .next_room = LOG_EVERY_ROOM, .line = BUFFER_NONE,
        .rest = BUFFER_NONE, .heard_ms = chat->now_ms, .allowed_us = chat->now_ms * 1000,
        .pace.took_ms = chat->now_ms,
#if LWCHAT_JSON
        .told = chat->log.first,
#endif
    };
#if LWCHAT_MAX_IGNORES > 0
    chat->came[session_number(chat, session)] = chat->log.next;
#endif
}

struct chat_session *people_find(struct chat *chat, const char *nick, size_t bytes)
{
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if (session->state == CHAT_ACTIVE &&
            nick_alike(session->nick, session->nick_bytes, nick, bytes)) {
            return session;
        }
    }
    return NULL;
}

/* --- Joining ----------------------------------------------------------------- */

/* guestN, with a new number: history must not show an earlier guest's messages as this one's. */
static void name_guest(struct chat *chat, struct chat_session *session)
{
    char nick[LWCHAT_NICK_BYTES] = "guest";
    size_t bytes;

    do {
        bytes = 5 + text_number(nick + 5, ++chat->guests);
    } while (people_find(chat, nick, bytes) != NULL);
    memcpy(session->nick, nick, bytes);
    session->nick_bytes = (uint8_t)bytes;
}

/* Tells the operator who came or went, with address and port. */
static void tell_of_client(struct chat *chat, const struct chat_session *session,
                           enum word_chat word)
{
    struct words_arguments arguments = {.bytes = 0};

    if (session->unannounced) {
        return;
    }
    words_add(&arguments, session->nick, session->nick_bytes);
    words_add_address(&arguments, session->ip);
    words_add_number(&arguments, session->port);
    notice_to(chat, &chat->session[CHAT_OPERATOR], word, arguments.text, arguments.bytes);
}

/* Going back in the log costs time even if all of it is for others. */
static void pay_for_going_back(const struct chat *chat, struct chat_session *session,
                               uint32_t bytes)
{
    rate_spend_back(chat->config.rate, &session->allowed_us, bytes, chat->now_ms);
}

#if LWCHAT_JSON
/* True when the session was sent a record with a number: there is one before its cursor. */
static bool was_told(const struct chat *chat, struct chat_session *session)
{
    uint32_t at = session->resumed ? session->told : session->since;
    bool told = false;

    if (session->dialect != CHAT_JSON && session->dialect != CHAT_WEBSOCKET) {
        return false;
    }
    if (log_before(at, chat->log.first)) {
        at = chat->log.first;
    }
    uint32_t from = at;
    while (log_before(at, session->place.cursor) && !told) {
        const struct log_record *record = log_at(&chat->log, at);
        told = session_sees(chat, session, at, record) && record->to == LOG_NOBODY &&
               record->room != LOG_EVERY_ROOM;
        at += record->bytes;
    }
    pay_for_going_back(chat, session, at - from);
    return told;
}

#if LWCHAT_BRIDGE
/*
 * A bridge resumes where another session of its ended, if the server knows that or not. What that
 * one has not said yet must not be said later: the bridge will say it again.
 */
static void end_predecessors(struct chat *chat, const struct chat_session *session)
{
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *other = &chat->session[i];
        if (other != session && other->state == CHAT_ACTIVE && session_is_bridge(other) &&
            other->resumed && other->room == session->room && address_is(other->ip, session->ip)) {
            people_end(chat, other, NULL, 0);
        }
    }
}
#endif

void people_resume(struct chat *chat, struct chat_session *session, uint32_t from, uint16_t missed)
{
    bool bridge = session_is_bridge(session);

    output_keep_rest(chat, session); /* then a record that is partly sent is before the cursor */
    uint32_t cursor = session->place.cursor;
    session->numbered = session->numbered || (!bridge && was_told(chat, session));
    if (bridge) {
#if LWCHAT_BRIDGE
        end_predecessors(chat, session);
#endif
        session->told = from;
    } else if (session->numbered) {
        /* Numbers only rise: what it has had with one, it gets without, even if it resumes twice.
         * History has no numbers and does not count. */
        session->told = log_before(session->told, cursor) ? cursor : session->told;
    } else {
        /* What it has read since it joined was for it alone, and is not repeated. */
        session->told = from;
        session->since = log_before(session->since, cursor) ? cursor : session->since;
    }
    session->resumed = true;
    /* Messages in its room are among those that are gone; private ones are not. */
    session->missed -= bridge || session->missed < missed ? session->missed : missed;
    if (session->missed == 0) {
        session->place.owes &= (uint8_t)~CHAT_OWES_MISSED;
    }
    session->place.cursor = from;
    session->asked = from;
    session->place.hole = missed;
    session->pays = true;
    pay_for_going_back(chat, session, chat->log.next - from);
    append_moved_back(chat, session);
}
#endif

/* Lets a session read its room: the last `messages` as history, then live records. */
static void begin_reading(struct chat *chat, struct chat_session *session, uint32_t messages)
{
    session->since = chat->log.next;
    session->place.cursor = room_history(&chat->room[session->room], &chat->log, messages);
    session->asked = session->place.cursor;
#if LWCHAT_JSON
    session->told = chat->log.next;
    session->resumed = false;
#endif
    if (session->pays) {
        pay_for_going_back(chat, session, chat->log.next - session->place.cursor);
    }
    append_moved_back(chat, session);
}

static void tell_room(struct chat *chat, const struct chat_session *session, enum word_chat word)
{
    if (!session->unannounced) {
        notice_in_room(chat, session, session->room, word, session->nick, session->nick_bytes);
    }
}

static void announce(struct chat *chat, const struct chat_session *session)
{
    tell_of_client(chat, session, W_CLIENT);
    tell_room(chat, session, W_JOINED);
}

void people_announce_now(struct chat *chat, struct chat_session *session)
{
    session->unannounced = false;
    announce(chat, session);
}

/* How far announced arrivals are ahead of their schedule. */
static uint32_t arrivals_ahead_ms(const struct chat *chat)
{
    uint32_t ahead_ms = chat->announced_ms - chat->now_ms;

    return ahead_ms > ARRIVALS_MS ? 0 : ahead_ms;
}

/* People who come and go must not drown what is said. */
static bool may_announce(struct chat *chat)
{
    uint32_t ahead_ms = arrivals_ahead_ms(chat) + LWCHAT_ARRIVAL_MS;

    if (ahead_ms > ARRIVALS_MS) {
        return false;
    }
    chat->announced_ms = chat->now_ms + ahead_ms;
    return true;
}

static void arrive(struct chat *chat, struct chat_session *session)
{
#if LWCHAT_IRC
    session->said_ms = chat->now_ms;
#endif
    session->outside = false;
    if (session->nick_bytes == 0 || people_find(chat, session->nick, session->nick_bytes) != NULL) {
        name_guest(chat, session);
    }
#if LWCHAT_BRIDGE
    session->bridge = operator_lists_bridge(chat, session->ip);
#endif
    session->unannounced = !may_announce(chat);
    announce(chat, session);
    session->state = CHAT_ACTIVE;
    session->place.answer = ANSWER_GREETING;
    session->allowed_us =
        session->closed ? chat->now_ms * 1000 : rate_come(chat->kept, session->ip, chat->now_ms);
    chat->room[LOBBY].people++;
    chat->people++;
    if (chat->people > chat->most) {
        chat->most = chat->people;
    }
    begin_reading(chat, session, LWCHAT_HISTORY);
    if (session->too_long) {
        session->too_long = false;
        notice_too_long(chat, session);
    }
}

/* --- Moving -------------------------------------------------------------------- */

void people_go(struct chat *chat, struct chat_session *session, uint8_t room, uint16_t messages)
{
    session->next_room = room;
    session->replay = messages;
    session->pays = true;
    chat->waiting = true;
}

static void move(struct chat *chat, struct chat_session *session)
{
    uint8_t room = session->next_room;

#if LWCHAT_JSON
    session->numbered = session->numbered || was_told(chat, session);
#endif
    session->next_room = LOG_EVERY_ROOM;
    if (room != session->room) {
        tell_room(chat, session, W_LEFT);
        room_leave(chat->room, &chat->log, session->room);
        output_answer(chat, session, ANSWER_ENTERED);
        session->place.step = (uint16_t)(session->room + 1);
        session->room = room;
        tell_room(chat, session, W_JOINED);
    }
    begin_reading(chat, session, session->replay);
}

/* --- Leaving -------------------------------------------------------------------- */

void people_pay(struct chat *chat, const struct chat_session *session)
{
    if (!session->closed && !session_is_bridge(session) &&
        (session->state == CHAT_ACTIVE || session_introduces(session))) {
        rate_leave(chat->kept, session->ip, session->allowed_us, chat->now_ms);
    }
}

/* Removes a session from the chat. It may continue to read. */
static void leave(struct chat *chat, struct chat_session *session, const char *farewell,
                  size_t bytes)
{
    people_pay(chat, session);
    if (chat->stopping) {
        /* All sessions leave: announcing each would overwrite records that are still unread. */
    } else if (session->kicked) {
        tell_room(chat, session, W_KICKED);
    } else if (bytes == 0 || session->unannounced) {
        tell_room(chat, session, W_LEFT);
    } else {
        char *both = chat->line;
        memcpy(both, session->nick, session->nick_bytes);
        both[session->nick_bytes] = '\0';
        memcpy(both + session->nick_bytes + 1, farewell, bytes);
        notice_in_room(chat, session, session->room, W_LEFT_SAYING, both,
                       (size_t)session->nick_bytes + 1 + bytes);
    }
    if (!chat->stopping) {
        tell_of_client(chat, session, W_CLIENT_GONE);
    }
    room_leave(chat->room, &chat->log, session->room);
    if (session->next_room != LOG_EVERY_ROOM && session->next_room != session->room) {
        room_leave(chat->room, &chat->log, session->next_room);
    }
    session->next_room = LOG_EVERY_ROOM;
    chat->people--;
}

void people_end(struct chat *chat, struct chat_session *session, const char *farewell, size_t bytes)
{
    uint32_t end = chat->log.next;

    if (session_is_outside(session)) {
        people_pay(chat, session);
    } else {
        leave(chat, session, farewell, bytes);
    }
    session->state = CHAT_ENDING;
    session->end = end;
    session->heard_ms = chat->now_ms;
    session->place.owes |= CHAT_OWES_FIN;
    output_drop_line(chat, session);
    session_touch(chat, session);
}

void people_kick(struct chat *chat, struct chat_session *session, const char *text, size_t bytes)
{
    session->to_kick = false;
    session->kicked = true;
    if (session->state == CHAT_ACTIVE) {
        notice_to(chat, session, bytes == 0 ? W_YOU_WERE_KICKED : W_YOU_WERE_KICKED_FOR, text,
                  bytes);
    } else if (!session_is_outside(session)) {
        /* It has left, or not yet joined: there is nothing to announce. */
        session->cut = true;
        session_touch(chat, session);
        return;
    }
    people_end(chat, session, NULL, 0);
}

void people_ask_to_kick(struct chat *chat, struct chat_session *session)
{
    session->to_kick = true;
    chat->waiting = true;
    session_touch(chat, session);
}

static void tell_of_unheard(struct chat *chat, const struct chat_session *session)
{
    struct words_arguments arguments = {.bytes = 0};

    words_add(&arguments, session->nick, session->nick_bytes);
    words_add_number(&arguments, session->unheard);
    notice_to(chat, &chat->session[CHAT_OPERATOR], W_UNHEARD, arguments.text, arguments.bytes);
}

static void free_session(struct chat *chat, struct chat_session *session)
{
    ignore_forget(chat, session);
    buffer_give(chat->buffer, &session->line);
    buffer_give(chat->buffer, &session->rest);
    people_reset(chat, session);
    session->state = CHAT_FREE;
    chat->occupied--;
}

/* --- Waiting --------------------------------------------------------------------- */

/* True when a session that is to join has read what it was answered before. */
static bool is_ready(const struct chat *chat, const struct chat_session *session)
{
    return !session_is_outside(session) || session_has_read(chat, session);
}

/* Does what a session waits for. @return false while it has to wait longer. */
static bool pass(struct chat *chat, struct chat_session *session)
{
    bool active = session->state == CHAT_ACTIVE;

    if (session->to_kick && !active && session->state != CHAT_LEAVING) {
        people_kick(chat, session, NULL, 0);
        return true;
    }
    if (active && !session->to_kick) {
        if (session->next_room == LOG_EVERY_ROOM) {
            return true;
        }
        if (!session_may_move(chat, session) ||
            (session->next_room != session->room && !gate_enter(chat))) {
            return false;
        }
        move(chat, session);
        return true;
    }
    if ((!active && session->state != CHAT_ARRIVING && session->state != CHAT_LEAVING) ||
        session->cut) {
        return true;
    }
    if ((session->state == CHAT_ARRIVING && !is_ready(chat, session)) || !gate_enter(chat)) {
        return false;
    }
    if (active) {
        people_kick(chat, session, NULL, 0);
    } else if (session->state == CHAT_ARRIVING) {
        arrive(chat, session);
    } else {
        if (!session->left) {
            leave(chat, session, NULL, 0);
        }
        if (session->unheard > 0) {
            tell_of_unheard(chat, session);
        }
        free_session(chat, session);
    }
    return true;
}

/* Does what a session waits for, now or in a later pass. */
static void do_or_wait(struct chat *chat, struct chat_session *session)
{
    if (!pass(chat, session)) {
        chat->waiting = true;
        session_touch(chat, session);
    }
}

void people_pass(struct chat *chat)
{
    if (!chat->waiting) {
        return;
    }
    chat->waiting = false;
    stranger_pass(chat);
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        if (chat->session[i].state != CHAT_FREE) {
            do_or_wait(chat, &chat->session[i]);
        }
    }
}

/* Asks a person for the password, if it has to give one first. */
static bool asks_password(struct chat *chat, struct chat_session *session)
{
#if LWCHAT_PASSWORD
    return password_ask(chat, session);
#else
    (void)chat;
    (void)session;
    return false;
#endif
}

/* Ends a session that has been outside for too long. */
static void end_outside(struct chat *chat, struct chat_session *session)
{
#if LWCHAT_PASSWORD
    if (session_is_locked(session)) {
        password_late(chat, session);
        return;
    }
#endif
    people_end(chat, session, NULL, 0);
}

void people_tick(struct chat *chat)
{
    chat->announced_ms = chat->now_ms + arrivals_ahead_ms(chat); /* before it wraps */
    rate_tick_kept(chat->kept, chat->now_ms);
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if (session->cut || session->to_kick) {
            continue;
        }
        if (session_is_outside(session)) {
            if (session_outside_ms(chat, session) == 0) {
                end_outside(chat, session);
            }
        } else if (session->state == CHAT_OPENING && session_due_ms(chat, session) == 0 &&
                   !asks_password(chat, session)) {
            session->state = CHAT_ARRIVING;
            chat->waiting = true;
        }
    }
}

void people_come(struct chat *chat, struct chat_session *session)
{
    if (asks_password(chat, session)) {
        return;
    }
    people_pay(chat, session);
    session->state = CHAT_ARRIVING;
    do_or_wait(chat, session);
}

#if LWCHAT_INTRODUCTIONS
void people_introduce(struct chat *chat, struct chat_session *session, uint8_t dialect)
{
    if (session->state == CHAT_ACTIVE) {
        leave(chat, session, NULL, 0);
        session->nick_bytes = 0;
    }
    output_set_dialect(chat, session, dialect);
    session->place.answer = ANSWER_NONE;
    session->place.hole = 0;
    session->state = CHAT_OPENING;
    session->outside = session->judged = true;
    session->framing = (struct framing){.flags = FRAMING_LINES};
    session->room = LOBBY;
    session->place.cursor = session->since = session->asked = chat->log.next;
    session->allowed_us = rate_come(chat->kept, session->ip, chat->now_ms);
    session->heard_ms = chat->now_ms;
#if LWCHAT_PASSWORD
    password_await(chat, session);
#endif
    session_touch(chat, session);
}
#endif

/* --- Connections ------------------------------------------------------------------- */

/* The number of sessions from an address, or from those of one person. */
static unsigned people_from(const struct chat *chat, struct lwchat_address ip)
{
    unsigned count = 0;

    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        count += chat->session[i].state != CHAT_FREE && address_is_person(chat->session[i].ip, ip);
    }
    return count;
}

int chat_join_as(struct chat *chat, struct lwchat_address ip, uint16_t port,
                 enum chat_dialect dialect)
{
    int number = chat_join(chat, ip, port);

    if (number > 0) {
        struct chat_session *session = &chat->session[number];
#if LWCHAT_INTRODUCTIONS
        if (dialects[dialect]->introduces) {
            people_introduce(chat, session, (uint8_t)dialect);
            return number;
        }
#endif
        session->dialect = (uint8_t)dialect & 0xFU;
        session->judged = true;
        session->framing.flags = FRAMING_LINES;
        people_come(chat, session);
    }
    return number;
}

int chat_join(struct chat *chat, struct lwchat_address ip, uint16_t port)
{
    unsigned number = 1;

    if (ban_covers(&chat->bans, ip)) {
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
    struct chat_session *session = &chat->session[number];
    people_reset(chat, session);
    session->state = CHAT_OPENING;
    session->ip = ip;
    session->port = port;
    session->opened_ms = chat->now_ms;
    chat->occupied++;
    session_touch(chat, session);
    return (int)number;
}

size_t chat_refusal(struct chat *chat, int error, enum chat_dialect dialect, char *out,
                    size_t bytes)
{
    enum word_chat word = error == LWCHAT_REFUSED    ? W_BANNED
                          : error == LWCHAT_TOO_MANY ? W_TOO_MANY
                                                     : W_FULL;
    struct words_arguments arguments = {.bytes = 0};

    words_add_number(&arguments, word == W_FULL ? chat->occupied : chat->config.per_address);
    words_add_number(&arguments, chat->config.max_sessions);
    const char *sentence = words_chat[word].text[chat->config.language];
    const char *end = "\n";
    size_t n = 0;
#if LWCHAT_INTRODUCTIONS
    if (dialects[dialect]->refusal != NULL) {
        n = words_write(out, bytes - 2, dialects[dialect]->refusal, NULL, 0);
        sentence += 4; /* without the "!!! " of lines */
        end = "\r\n";
    }
#else
    (void)dialect;
#endif
    size_t end_bytes = strlen(end);
    n += words_write(out + n, bytes - end_bytes - n, sentence, arguments.text, arguments.bytes);
    memcpy(out + n, end, end_bytes);
    chat->counts.refused++;
    return n + end_bytes;
}

void chat_release(struct chat *chat, unsigned number, size_t unheard)
{
    struct chat_session *session = &chat->session[number];

    people_pay(chat, session);
    if (!session->closed) {
        unheard = 0;
    } else if (unheard > 0 && session->unannounced) {
        chat->counts.dropped++;
        unheard = 0;
    }
    if (session->state == CHAT_ACTIVE || (session->nick_bytes > 0 && unheard > 0)) {
        session->left = session->state != CHAT_ACTIVE;
        session->state = CHAT_LEAVING;
        session->cut = false;
        session->unheard = (uint32_t)unheard;
        /* While it waits, others need them; and nobody could be cut for them. */
        buffer_give(chat->buffer, &session->line);
        buffer_give(chat->buffer, &session->rest);
        do_or_wait(chat, session);
    } else {
        if (session->state == CHAT_OPENING && !session->cut && !session->outside &&
            session->line == BUFFER_NONE) {
            stranger_note(chat, session->ip, OPENING_SILENT);
        }
        free_session(chat, session);
    }
}

void chat_shutdown(struct chat *chat)
{
#if LWCHAT_FILES
    history_keep_rooms(chat);
#endif
    chat->stopping = true;
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if (session->state == CHAT_ACTIVE || session_is_outside(session)) {
            people_end(chat, session, NULL, 0);
            session->place.owes |= CHAT_OWES_SHUTDOWN;
        } else if (session->state == CHAT_OPENING || session->state == CHAT_ARRIVING) {
            session->cut = true;
        }
    }
}

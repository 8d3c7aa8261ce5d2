#include "answer.h"

#include "command.h"
#include "dialect/dialect.h"
#include "firmware.h"
#include "ignore.h"

#include <string.h>

/* Most bytes of nicks in one line of /who. */
enum { WHO_BYTES = 54 };

static void end_answer(struct chat_place *place)
{
    place->answer = ANSWER_NONE;
    place->step = 0;
}

static void say(struct shown *shown, enum word_chat word, const char *arguments, size_t bytes)
{
    dialect_of(shown->reader)->say(shown, word, arguments, bytes);
}

static void say_word(struct shown *shown, enum word_chat word,
                     const struct words_arguments *arguments)
{
    say(shown, word, arguments->text, arguments->bytes);
}

static void show_greeting(struct shown *shown, struct chat_place *place)
{
    if (!dialect_of(shown->reader)->greet(shown, place->step++)) {
        end_answer(place);
    }
}

static void show_entered(struct shown *shown, struct chat_place *place)
{
    const struct room *room = &shown->chat->room[shown->reader->room];

    say(shown, W_YOU_ARE_IN, room->name, room->name_bytes);
    end_answer(place);
}

static void show_help(struct shown *shown, struct chat_place *place)
{
    bool to_operator = session_is_operator(shown->chat, shown->reader);
    enum word_chat word = command_help(place->step, to_operator, &place->step);

    if (word == WORDS_CHAT || (word == W_HELP_COMMANDS && firmware_form(shown->chat, 0) == NULL)) {
        end_answer(place);
    } else {
        say(shown, word, NULL, 0);
    }
}

static void show_commands(struct shown *shown, struct chat_place *place)
{
    const char *form = firmware_form(shown->chat, place->step++);

    if (form == NULL) {
        end_answer(place);
    } else {
        say(shown, W_COMMAND, form + 1, strlen(form) - 1);
    }
}

static void show_who_here(struct shown *shown)
{
    const struct chat *chat = shown->chat;
    const struct room *room = &chat->room[shown->reader->room];
    struct words_arguments arguments = {.bytes = 0};
    uint32_t people = 0;

    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        people += session_lists(shown->reader, &chat->session[i]);
    }
    words_add(&arguments, room->name, room->name_bytes);
    words_add_number(&arguments, people);
    say_word(shown, W_WHO_HERE, &arguments);
}

/* The people in the reader's room, several to a line. */
static void show_who(struct shown *shown, struct chat_place *place)
{
    const struct chat *chat = shown->chat;
    char nicks[WHO_BYTES + 1];
    size_t bytes = 0;
    unsigned i = place->step;

    if (i == 0) {
        show_who_here(shown);
        place->step = 1;
        return;
    }
    for (; i < CHAT_SESSIONS; i++) {
        const struct chat_session *other = &chat->session[i];
        if (!session_lists(shown->reader, other)) {
            continue;
        }
        if (bytes + other->nick_bytes > WHO_BYTES) {
            break;
        }
        if (bytes > 0) {
            nicks[bytes++] = ' ';
        }
        memcpy(nicks + bytes, other->nick, other->nick_bytes);
        bytes += other->nick_bytes;
    }
    if (bytes > 0) {
        say(shown, W_WHO_NICKS, nicks, bytes);
    }
    place->step = (uint16_t)i;
    if (i == CHAT_SESSIONS) {
        end_answer(place);
    }
}

#if LWCHAT_HTTP
/* Finds an HTTP request from `step` on, and moves the step past it. */
static bool find_request(const struct chat *chat, uint16_t *step, struct lwchat_address *ip,
                         uint16_t *port)
{
    const struct chat_config *config = &chat->config;

    while (config->page != NULL &&
           config->request(config->page_context, *step - CHAT_SESSIONS, ip, port)) {
        (*step)++;
        if (*port != 0) {
            return true;
        }
    }
    return false;
}
#endif

static void show_requests_to_operator(struct shown *shown, struct chat_place *place)
{
    bool is_first = place->step == 0;

#if LWCHAT_HTTP
    struct words_arguments arguments = {.bytes = 0};
    uint16_t port;
    struct lwchat_address ip;
    place->step = place->step < CHAT_SESSIONS ? CHAT_SESSIONS : place->step;
    if (find_request(shown->chat, &place->step, &ip, &port)) {
        words_add_address(&arguments, ip);
        words_add_number(&arguments, port);
        say_word(shown, W_WHO_REQUEST, &arguments);
        return;
    }
#endif
    if (is_first) {
        say(shown, W_WHO_NOBODY, NULL, 0);
    }
    end_answer(place);
}

/* Every session, one to a line, with its peer's address, and then every HTTP request. */
static void show_who_to_operator(struct shown *shown, struct chat_place *place)
{
    const struct chat *chat = shown->chat;
    unsigned i = place->step == 0 ? 1 : place->step;

    while (i < CHAT_SESSIONS && chat->session[i].state == CHAT_FREE) {
        i++;
    }
    if (i >= CHAT_SESSIONS) {
        show_requests_to_operator(shown, place);
        return;
    }
    const struct chat_session *session = &chat->session[i];
    struct words_arguments arguments = {.bytes = 0};
    enum word_chat word = W_WHO_OPERATOR;
    if (session->state == CHAT_ACTIVE) {
        const struct room *room = &chat->room[session->room];
        words_add(&arguments, session->nick, session->nick_bytes);
        words_add(&arguments, room->name, room->name_bytes);
#if LWCHAT_BRIDGE
        word = session_is_bridge(session) ? W_WHO_BRIDGE : W_WHO_OPERATOR;
#endif
    } else {
        word = session->nick_bytes == 0 || session_is_outside(session) ? W_WHO_ARRIVING
                                                                       : W_WHO_LEAVING;
    }
    words_add_address(&arguments, session->ip);
    words_add_number(&arguments, session->port);
    words_add_number(&arguments, i);
    words_add(&arguments, session->nick, session->nick_bytes);
    say_word(shown, word, &arguments);
    place->step = (uint16_t)(i + 1);
}

static void show_bans(struct shown *shown, struct chat_place *place)
{
    const struct chat *chat = shown->chat;
    struct words_arguments arguments = {.bytes = 0};
    char text[ADDRESS_NETWORK_BYTES];

    if (place->step >= chat->bans.count) {
        if (place->step == 0) {
            say(shown, W_NO_BANS, NULL, 0);
        }
        end_answer(place);
        return;
    }
    words_add_network(&arguments, text,
                      address_write_network(text, chat->bans.network[place->step],
                                            chat->bans.prefix[place->step]));
    say_word(shown, W_BAN, &arguments);
    place->step++;
}

#if LWCHAT_BRIDGE
static void show_bridges(struct shown *shown, struct chat_place *place)
{
    const struct chat *chat = shown->chat;
    struct words_arguments arguments = {.bytes = 0};

    if (place->step < chat->bridges) {
        words_add_address(&arguments, chat->bridge[place->step]);
        say_word(shown, W_BRIDGE_SET, &arguments);
        place->step++;
        return;
    }
    if (place->step == 0) {
        say(shown, W_NO_BRIDGES, NULL, 0);
    }
    end_answer(place);
}

static void show_pong(struct shown *shown, struct chat_place *place)
{
    struct words_arguments arguments = {.bytes = 0};

    words_add_number(&arguments, place->step);
    say_word(shown, W_PONG, &arguments);
    end_answer(place);
}
#endif

#if LWCHAT_MAX_IGNORES > 0
static void show_ignored(struct shown *shown, struct chat_place *place)
{
    size_t bytes;
    const char *nick = ignore_nick(shown->reader, place->step, &bytes);

    if (nick != NULL) {
        say(shown, W_IGNORED, nick, bytes);
        place->step++;
        return;
    }
    if (place->step == 0) {
        say(shown, W_IGNORES_NOBODY, NULL, 0);
    }
    end_answer(place);
}
#endif

static void show_rooms(struct shown *shown, struct chat_place *place)
{
    const struct chat *chat = shown->chat;
    unsigned i = place->step;

    while (i < LWCHAT_MAX_ROOMS && !room_exists(chat->room, i)) {
        i++;
    }
    if (i == LWCHAT_MAX_ROOMS) {
        end_answer(place);
        return;
    }
    struct words_arguments arguments = {.bytes = 0};
    words_add(&arguments, chat->room[i].name, chat->room[i].name_bytes);
    words_add_number(&arguments, chat->room[i].people);
    say_word(shown, W_ROOM, &arguments);
    place->step = (uint16_t)(i + 1);
}

#if LWCHAT_IPV6
static bool show_address6(struct shown *shown, unsigned index)
{
    const struct chat_config *config = &shown->chat->config;
    char text[ADDRESS_NETWORK_BYTES];
    struct lwchat_address address;

    if (config->address6 == NULL || !config->address6(index, &address)) {
        return false;
    }
    say(shown, W_ADDRESS_IS, text, address_write_network(text, address, ADDRESS_BITS / 2));
    return true;
}
#endif

/* The server's address, or that it has none. */
static void show_address(struct shown *shown)
{
    const struct chat_config *config = &shown->chat->config;
    char address[CHAT_ADDRESS_BYTES] = "";

    if (config->address != NULL) {
        config->address(address);
    }
    say(shown, address[0] == '\0' ? W_NO_ADDRESS : W_ADDRESS_IS, address, strlen(address));
}

static void show_stats(struct shown *shown, struct chat_place *place)
{
    const struct chat *chat = shown->chat;
    enum { PEOPLE, PLACES, LOG, HOLD, MISSED, LINES, ADDRESS, POOLS };
    struct words_arguments arguments = {.bytes = 0};
    enum word_chat word = W_STATS_POOL;
    uint32_t rooms = 0, lines = 0;
    struct chat_pool pool;

    switch (place->step) {
    case PEOPLE:
        for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
            rooms += room_exists(chat->room, i);
        }
        words_add_number(&arguments, chat->people);
        words_add_number(&arguments, chat->config.max_sessions);
        words_add_number(&arguments, chat->most);
        words_add_number(&arguments, rooms);
        words_add_number(&arguments, LWCHAT_MAX_ROOMS);
        word = W_STATS_PEOPLE;
        break;
    case PLACES:
        words_add_number(&arguments, chat->occupied);
        words_add_number(&arguments, (uint32_t)chat->occupied - chat->people);
        words_add_number(&arguments, chat->counts.refused);
        word = W_STATS_PLACES;
        break;
    case LOG:
        words_add_number(&arguments, chat->log.next - chat->log.first);
        words_add_number(&arguments, chat->log.bytes);
        words_add_number(&arguments, chat->counts.records);
        word = W_STATS_LOG;
        break;
    case HOLD:
        words_add_number(&arguments, chat->gate.times);
        words_add_number(&arguments, chat->gate.total_ms);
        word = W_STATS_HOLD;
        break;
    case MISSED:
        words_add_number(&arguments, chat->counts.passed_over);
        words_add_number(&arguments, chat->counts.dropped);
        word = W_STATS_MISSED;
        break;
    case LINES:
        for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
            lines += chat->buffer[i].owner != BUFFER_NONE;
        }
        words_add_number(&arguments, lines);
        words_add_number(&arguments, LWCHAT_LINE_BUFFERS);
        word = W_STATS_LINES;
        break;
    case ADDRESS:
        place->step++;
        show_address(shown);
        return;
    default:
        if (chat->config.pool == NULL || !chat->config.pool((unsigned)place->step - POOLS, &pool)) {
            end_answer(place);
            return;
        }
        words_add(&arguments, pool.name, strlen(pool.name));
        words_add_number(&arguments, pool.used);
        words_add_number(&arguments, pool.most);
        words_add_number(&arguments, pool.available);
        break;
    }
    say_word(shown, word, &arguments);
    place->step++;
}

#if LWCHAT_QR
/* Only the operator's console can show this: the lines are not sentences. */
static void show_qr(struct shown *shown, struct chat_place *place)
{
    _Static_assert(LWCHAT_SHOWN_BYTES - LWCHAT_SEAL_BYTES >= QR_ROW_BYTES, "a row fits a line");

    if (place->step == QR_ROWS) {
        end_answer(place);
        return;
    }
    shown->bytes = qr_row(&shown->chat->page_qr, place->step, shown->text, QR_ROW_BYTES);
    place->step++;
}
#endif

#if LWCHAT_PASSWORD
static void show_password(struct shown *shown, struct chat_place *place)
{
    const struct chat_session *reader = shown->reader;
    enum word_chat word = (enum word_chat)place->step;
    struct words_arguments arguments = {.bytes = 0};

    words_add_number(&arguments, word == W_PASSWORD_WAIT ? password_wait_s(shown->chat, reader)
                                 : word == W_PASSWORD_LATE
                                     ? LWCHAT_PASSWORD_MS / 1000
                                     : LWCHAT_TRIES - (uint32_t)reader->wrong);
    say_word(shown, word, &arguments);
    end_answer(place);
}
#endif

void answer_show(struct shown *shown, struct chat_place *place)
{
#if LWCHAT_INTRODUCTIONS
    const struct dialect *dialect = dialect_of(shown->reader);
    if (dialect->list != NULL && dialect->list(shown, place)) {
        return;
    }
#endif
    switch (place->answer) {
    case ANSWER_GREETING:
        show_greeting(shown, place);
        break;
    case ANSWER_ENTERED:
        show_entered(shown, place);
        break;
    case ANSWER_HELP:
        show_help(shown, place);
        break;
    case ANSWER_COMMANDS:
        show_commands(shown, place);
        break;
    case ANSWER_WHO:
        if (session_is_operator(shown->chat, shown->reader)) {
            show_who_to_operator(shown, place);
        } else {
            show_who(shown, place);
        }
        break;
#if LWCHAT_BRIDGE
    case ANSWER_PONG:
        show_pong(shown, place);
        break;
    case ANSWER_BRIDGES:
        show_bridges(shown, place);
        break;
#endif
    case ANSWER_BANS:
        show_bans(shown, place);
        break;
#if LWCHAT_MAX_IGNORES > 0
    case ANSWER_IGNORED:
        show_ignored(shown, place);
        break;
#endif
    case ANSWER_ROOMS:
        show_rooms(shown, place);
        break;
    case ANSWER_ADDRESS:
#if LWCHAT_IPV6
        if (place->step++ > 0) {
            if (!show_address6(shown, place->step - 2U)) {
                end_answer(place);
            }
            break;
        }
        show_address(shown);
#else
        show_address(shown);
        end_answer(place);
#endif
        break;
    case ANSWER_STATS:
        show_stats(shown, place);
        break;
#if LWCHAT_PASSWORD
    case ANSWER_PASSWORD:
        show_password(shown, place);
        break;
#endif
#if LWCHAT_QR
    case ANSWER_QR:
        show_qr(shown, place);
        break;
#endif
    default:
        end_answer(place);
        break;
    }
}

#include "command.h"

#include "append.h"
#include "ban.h"
#include "ignore.h"
#include "nick.h"
#include "notice.h"
#include "output.h"
#include "people.h"
#include "room.h"
#include "text.h"

#include <string.h>

/* What a line of a session means: a command, or something said. */

struct request {
    struct chat *chat;
    unsigned session;
    const char *name; /* of the command, with its slash */
    size_t name_bytes;
    const char *text; /* what follows, without spaces around it */
    size_t bytes;
};

enum audience { PEOPLE = 1, OPERATOR = 2 };

struct command {
    const char *name;
    void (*run)(const struct request *request);
    uint8_t audience;
};

static struct chat_session *session_of(const struct request *request)
{
    return &request->chat->session[request->session];
}

static void reply(const struct request *request, enum word_chat word,
                  const struct words_arguments *arguments)
{
    notice_to(request->chat, request->session, word, arguments->text, arguments->bytes);
}

static void reply_text(const struct request *request, enum word_chat word)
{
    struct words_arguments arguments = {.bytes = 0};

    words_add(&arguments, request->text, request->bytes);
    reply(request, word, &arguments);
}

static void reply_form(const struct request *request, const char *form)
{
    struct words_arguments arguments = {.bytes = 0};

    words_add(&arguments, request->name, request->name_bytes);
    words_add(&arguments, form, strlen(form));
    reply(request, W_NEEDS_MORE, &arguments);
}

/* Splits the first word off the text. */
static size_t first_word(const char *text, size_t bytes, const char **rest, size_t *rest_bytes)
{
    const char *space = memchr(text, ' ', bytes);
    size_t length = space == NULL ? bytes : (size_t)(space - text);
    size_t next = length;

    while (next < bytes && text[next] == ' ') {
        next++;
    }
    *rest = text + next;
    *rest_bytes = bytes - next;
    return length;
}

static void say(const struct request *request, enum log_kind kind, const char *text, size_t bytes)
{
    struct chat_session *session = session_of(request);
    struct log_record record = {
        .kind = (uint8_t)kind,
        .from = (uint16_t)request->session,
        .to = LOG_NOBODY,
        .room = request->session == CHAT_OPERATOR ? LOG_EVERY_ROOM : session->room,
    };

    append_record(request->chat, &record, session->nick, session->nick_bytes, text, bytes);
}

static void run_me(const struct request *request)
{
    if (request->bytes == 0) {
        reply_form(request, "/me TEXT");
        return;
    }
    say(request, LOG_ACTION, request->text, request->bytes);
}

static void run_msg(const struct request *request)
{
    const char *text;
    size_t bytes;
    size_t nick_bytes = first_word(request->text, request->bytes, &text, &bytes);

    if (bytes == 0) {
        reply_form(request, "/msg NICK TEXT");
        return;
    }
    int to = people_find(request->chat, request->text, nick_bytes);
    if (to < 0) {
        struct words_arguments arguments = {.bytes = 0};
        words_add(&arguments, request->text, nick_bytes);
        reply(request, W_NO_NICK, &arguments);
        return;
    }
    const struct chat_session *other = &request->chat->session[to];
    const struct chat_session *session = session_of(request);
    struct log_record record = {
        .kind = LOG_PRIVATE,
        .from = (uint16_t)request->session,
        .to = (uint16_t)to,
        .room = LOG_EVERY_ROOM,
    };
    /* Its text is the addressee's nick, NUL, and what is said; chat->line is free here. */
    char *both = request->chat->line;
    memcpy(both, other->nick, other->nick_bytes);
    both[other->nick_bytes] = '\0';
    memcpy(both + other->nick_bytes + 1, text, bytes);
    append_record(request->chat, &record, session->nick, session->nick_bytes, both,
                  (size_t)other->nick_bytes + 1 + bytes);
}

static void run_nick(const struct request *request)
{
    struct chat *chat = request->chat;
    struct chat_session *session = session_of(request);
    struct words_arguments arguments = {.bytes = 0};

    if (request->bytes == 0) {
        reply_form(request, "/nick NAME");
        return;
    }
    if (!nick_valid(request->text, request->bytes)) {
        reply_text(request, W_NICK_BAD);
        return;
    }
    int holder = people_find(chat, request->text, request->bytes);
    if ((holder >= 0 && holder != (int)request->session) ||
        nick_reserved(request->text, request->bytes, chat->config.name)) {
        reply_text(request, W_NICK_TAKEN);
        return;
    }
    if (request->bytes != session->nick_bytes ||
        memcmp(request->text, session->nick, request->bytes) != 0) {
        words_add(&arguments, session->nick, session->nick_bytes);
        words_add(&arguments, request->text, request->bytes);
        notice_in_room(chat, request->session, session->room, W_RENAMED, arguments.text,
                       arguments.bytes);
        session->nick_bytes = (uint8_t)request->bytes;
        memcpy(session->nick, request->text, request->bytes);
    }
    reply_text(request, W_YOU_ARE);
}

static void run_who(const struct request *request)
{
    output_answer(request->chat, request->session, ANSWER_WHO);
}

static void run_join(const struct request *request)
{
    struct chat_session *session = session_of(request);

    if (request->bytes == 0) {
        reply_form(request, "/join #ROOM");
        return;
    }
    if (!room_valid(request->text, request->bytes)) {
        reply_text(request, W_ROOM_BAD);
        return;
    }
    if (room_find(request->chat, request->text, request->bytes) == session->room) {
        output_answer(request->chat, request->session, ANSWER_ENTERED);
        return;
    }
    int room = room_enter(request->chat, request->text, request->bytes);
    if (room < 0) {
        struct words_arguments arguments = {.bytes = 0};
        words_add(&arguments, request->text, request->bytes);
        words_add_number(&arguments, LWCHAT_MAX_ROOMS);
        reply(request, W_ROOMS_FULL, &arguments);
        return;
    }
    session->next_room = (uint8_t)room;
    session->replay = LWCHAT_HISTORY;
    session->flags |= CHAT_ASKED;
}

static void run_rooms(const struct request *request)
{
    output_answer(request->chat, request->session, ANSWER_ROOMS);
}

static void run_history(const struct request *request)
{
    struct chat_session *session = session_of(request);
    uint32_t messages = LWCHAT_HISTORY;

    if (request->bytes > 0 &&
        (!text_parse_number(request->text, request->bytes, UINT16_MAX, &messages) ||
         messages == 0)) {
        reply_text(request, W_NUMBER_BAD);
        return;
    }
    session->next_room = session->room;
    session->replay = (uint16_t)messages;
    session->flags |= CHAT_ASKED;
}

static void run_help(const struct request *request)
{
    output_answer(request->chat, request->session, ANSWER_HELP);
}

static void run_quit(const struct request *request)
{
    people_end(request->chat, request->session, request->text, request->bytes);
}

#if LWCHAT_MAX_IGNORES > 0
static void run_ignore(const struct request *request)
{
    struct words_arguments arguments = {.bytes = 0};

    if (request->bytes == 0) {
        output_answer(request->chat, request->session, ANSWER_IGNORED);
        return;
    }
    int other = people_find(request->chat, request->text, request->bytes);
    if (other <= CHAT_OPERATOR || other == (int)request->session) {
        reply_text(request, W_NO_NICK);
        return;
    }
    int turned = ignore_turn(request->chat, request->session, (unsigned)other);
    words_add(&arguments, request->text, request->bytes);
    words_add_number(&arguments, LWCHAT_MAX_IGNORES);
    reply(request,
          turned < 0   ? W_IGNORES_FULL
          : turned > 0 ? W_IGNORED
                       : W_NOT_IGNORED,
          &arguments);
}
#endif

/* Whom the operator means: a nick, a number of /who, an address, or an address and a port. */
struct target {
    int session; /* one; LWCHAT_NOT_FOUND: whoever comes from `ip` */
    uint32_t ip;
    uint32_t port; /* 0: any */
};

static bool find_target(const struct request *request, const char *text, size_t bytes,
                        struct target *target)
{
    const struct chat *chat = request->chat;
    const char *colon = memchr(text, ':', bytes);
    size_t address_bytes = colon == NULL ? bytes : (size_t)(colon - text);
    uint32_t number;

    *target = (struct target){.session = LWCHAT_NOT_FOUND};
    if (text_parse_number(text, bytes, LWCHAT_MAX_SESSIONS, &number)) {
        target->session = (int)number;
        return number > CHAT_OPERATOR && chat->session[number].state != CHAT_FREE;
    }
    if (text_parse_address(text, address_bytes, &target->ip)) {
        return colon == NULL || (text_parse_number(colon + 1, bytes - address_bytes - 1, UINT16_MAX,
                                                   &target->port) &&
                                 target->port > 0);
    }
    target->session = people_find(chat, text, bytes);
    return target->session > CHAT_OPERATOR;
}

/* Has everybody who comes from a network, and with `port` from that port, kicked. @return how many.
 */
static unsigned kick_from(const struct request *request, uint32_t network, uint8_t prefix,
                          uint32_t port)
{
    struct chat *chat = request->chat;
    unsigned count = 0;

    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if (session->state != CHAT_FREE && ban_is_in(session->ip, network, prefix) &&
            (port == 0 || port == session->port)) {
            session->flags |= CHAT_TO_KICK;
            session_wake(chat, 0);
            count++;
        }
    }
    return count;
}

static void run_kick(const struct request *request)
{
    struct words_arguments arguments = {.bytes = 0};
    const char *text;
    size_t bytes;
    size_t word_bytes = first_word(request->text, request->bytes, &text, &bytes);
    struct target target;

    if (word_bytes == 0) {
        reply_form(request, "/kick NICK [TEXT]");
        return;
    }
    words_add(&arguments, request->text, word_bytes);
    if (!find_target(request, request->text, word_bytes, &target) ||
        (target.session < 0 && kick_from(request, target.ip, 32, target.port) == 0)) {
        reply(request, W_NO_NICK, &arguments);
        return;
    }
    if (target.session < 0) {
        reply(request, W_CUT, &arguments);
        return;
    }
    if (request->chat->session[target.session].state != CHAT_ACTIVE) {
        reply(request, W_CUT, &arguments);
    }
    people_kick(request->chat, (unsigned)target.session, text, bytes);
}

/* The network that a /ban or /unban names, as it is written. False, with a reply, when none. */
static bool read_network(const struct request *request, const char *form, uint32_t *network,
                         uint8_t *prefix, struct words_arguments *arguments)
{
    char text[20];

    if (request->bytes == 0) {
        reply_form(request, form);
        return false;
    }
    if (!text_parse_network(request->text, request->bytes, network, prefix)) {
        reply_text(request, W_ADDRESS_BAD);
        return false;
    }
    words_add(arguments, text, ban_write(text, *network, *prefix));
    return true;
}

static void run_ban(const struct request *request)
{
    struct words_arguments arguments = {.bytes = 0};
    uint32_t network;
    uint8_t prefix;

    if (!read_network(request, "/ban ADDR", &network, &prefix, &arguments)) {
        return;
    }
    if (ban_is_in(LWCHAT_SHARED_ADDRESS, network, prefix)) {
        reply(request, W_BAN_SHARED, &arguments);
        return;
    }
    if (ban_add(request->chat, network, prefix) != LWCHAT_OK) {
        words_add_number(&arguments, LWCHAT_MAX_BANS);
        reply(request, W_BANS_FULL, &arguments);
        return;
    }
    reply(request, W_BAN_SET, &arguments);
    (void)kick_from(request, network, prefix, 0);
}

static void run_unban(const struct request *request)
{
    struct words_arguments arguments = {.bytes = 0};
    uint32_t network;
    uint8_t prefix;

    if (!read_network(request, "/unban ADDR", &network, &prefix, &arguments)) {
        return;
    }
    int found = ban_find(request->chat, network, prefix);
    if (found >= 0) {
        ban_remove(request->chat, found);
    }
    reply(request, found >= 0 ? W_BAN_LIFTED : W_NO_BAN, &arguments);
}

static void run_bans(const struct request *request)
{
    output_answer(request->chat, request->session, ANSWER_BANS);
}

static void run_stats(const struct request *request)
{
    output_answer(request->chat, request->session, ANSWER_STATS);
}

static void run_ip(const struct request *request)
{
    struct chat *chat = request->chat;
    const char *rest;
    size_t rest_bytes;
    size_t bytes = first_word(request->text, request->bytes, &rest, &rest_bytes);
    char address[20], gateway[20];

    bool fits = bytes > 0 && bytes < sizeof address && rest_bytes < sizeof gateway &&
                chat->config.set_address != NULL;
    if (fits) {
        memcpy(address, request->text, bytes);
        address[bytes] = '\0';
        memcpy(gateway, rest, rest_bytes);
        gateway[rest_bytes] = '\0';
        fits = chat->config.set_address(address, rest_bytes == 0 ? NULL : gateway) == LWCHAT_OK;
    }
    if (fits) {
        struct words_arguments arguments = {.bytes = 0};

        words_add(&arguments, address, bytes);
        reply(request, W_ADDRESS_SET, &arguments);
    } else {
        reply_text(request, W_NOT_SET);
    }
}

static void run_shutdown(const struct request *request)
{
    chat_shutdown(request->chat);
}

static const struct command commands[] = {
    {"/nick", run_nick, PEOPLE},
    {"/me", run_me, PEOPLE},
    {"/msg", run_msg, PEOPLE},
    {"/join", run_join, PEOPLE},
    {"/rooms", run_rooms, PEOPLE},
    {"/history", run_history, PEOPLE},
#if LWCHAT_MAX_IGNORES > 0
    {"/ignore", run_ignore, PEOPLE},
#endif
    {"/kick", run_kick, OPERATOR},
    {"/ban", run_ban, OPERATOR},
    {"/unban", run_unban, OPERATOR},
    {"/bans", run_bans, OPERATOR},
    {"/stats", run_stats, OPERATOR},
    {"/ip", run_ip, OPERATOR},
    {"/shutdown", run_shutdown, OPERATOR},
    {"/who", run_who, PEOPLE | OPERATOR},
    {"/help", run_help, PEOPLE | OPERATOR},
    {"/quit", run_quit, PEOPLE},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void run_command(struct request *request, const char *line, size_t bytes)
{
    uint8_t audience = request->session == CHAT_OPERATOR ? OPERATOR : PEOPLE;

    request->name = line;
    request->name_bytes = first_word(line, bytes, &request->text, &request->bytes);
    while (request->bytes > 0 && request->text[request->bytes - 1] == ' ') {
        request->bytes--;
    }
    for (unsigned i = 0; i < COMMANDS; i++) {
        if ((commands[i].audience & audience) &&
            text_is(request->name, request->name_bytes, commands[i].name)) {
            commands[i].run(request);
            return;
        }
    }
    struct words_arguments arguments = {.bytes = 0};
    words_add(&arguments, request->name, request->name_bytes);
    reply(request, W_NO_COMMAND, &arguments);
}

bool command_line(struct chat *chat, unsigned session, const char *text, size_t bytes)
{
    struct request request = {.chat = chat, .session = session};
    char *clean = chat->clean;

    memcpy(clean, text, bytes);
    bytes = text_clean(clean, bytes, sizeof chat->clean);
    if (text_is_blank(clean, bytes)) {
        return true;
    }
    uint32_t need = log_record_bytes(LWCHAT_NICK_BYTES, bytes);
    bool is_command = clean[0] == '/' && !(bytes > 1 && clean[1] == '/');
    bool is_fin = session != CHAT_OPERATOR && text_is(clean, bytes, "fin");
    if (is_command || is_fin) {
        need += NOTICE_BYTES;
    }
    if (!append_may(chat, need)) {
        return false;
    }
    if (is_command) {
        run_command(&request, clean, bytes);
    } else if (is_fin) {
        run_quit(&request);
    } else if (clean[0] == '/') {
        say(&request, LOG_MESSAGE, clean + 1, bytes - 1);
    } else {
        say(&request, LOG_MESSAGE, clean, bytes);
    }
    return true;
}

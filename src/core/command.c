#include "command.h"

#include "append.h"
#include "dialect/dialect.h"
#include "firmware.h"
#include "gate.h"
#include "ignore.h"
#include "nick.h"
#include "notice.h"
#include "operator.h"
#include "output.h"
#include "people.h"
#include "text.h"

#include <string.h>

enum audience { PEOPLE = 1, OPERATOR = 2, NEWCOMER = 8 /* who introduces itself */ };
enum { ALONE = 4 }; /* beside the audience: the command takes no argument */

struct command {
    const char *name;
    const char *form; /* shown when the argument is missing; NULL: it needs none */
    void (*run)(const struct request *request); /* NULL: it requests `answer` */
    uint8_t answer;                             /* enum chat_answer */
    uint8_t audience;                           /* enum audience, ALONE */
    uint8_t help;                               /* enum word_chat */
};

static void reply_too_much(const struct request *request)
{
    struct words_arguments arguments = {.bytes = 0};

    words_add(&arguments, request->name, request->name_bytes);
    words_add(&arguments, request->text, request->bytes);
    request_reply(request, W_NEEDS_NOTHING, &arguments);
}

static void reply_form(const struct request *request)
{
    const char *form = request->command->form;
    struct words_arguments arguments = {.bytes = 0};

    words_add(&arguments, request->name, request->name_bytes);
    words_add(&arguments, form, strlen(form));
    request_reply(request, W_NEEDS_MORE, &arguments);
}

/* The session is about to say something. */
static void speak(struct chat *chat, struct chat_session *session)
{
#if LWCHAT_IRC
    session->said_ms = chat->now_ms;
#endif
    people_announce(chat, session);
}

static void say(const struct request *request, enum log_kind kind, const char *text, size_t bytes)
{
    struct chat_session *session = request->session;
    struct log_record record = {
        .kind = (uint8_t)kind,
        .from = (uint16_t)session_number(request->chat, session),
        .to = LOG_NOBODY,
        .room = session_is_operator(request->chat, session) ? LOG_EVERY_ROOM : session->room,
    };

    speak(request->chat, session);
#if LWCHAT_BRIDGE
    if (request->from_bytes > 0) {
        append_record(request->chat, &record, request->from, request->from_bytes, text, bytes);
        return;
    }
#endif
    append_record(request->chat, &record, session->nick, session->nick_bytes, text, bytes);
}

static void run_me(const struct request *request)
{
    say(request, LOG_ACTION, request->text, request->bytes);
}

static void run_msg(const struct request *request)
{
    const char *text;
    size_t bytes;
    size_t nick_bytes = request_first_word(request->text, request->bytes, &text, &bytes);

    if (bytes == 0) {
        reply_form(request);
        return;
    }
    const struct chat_session *other = people_find(request->chat, request->text, nick_bytes);
    if (other == NULL) {
        struct words_arguments arguments = {.bytes = 0};
        words_add(&arguments, request->text, nick_bytes);
        request_reply(request, W_NO_NICK, &arguments);
        return;
    }
    struct chat_session *session = request->session;
    struct log_record record = {
        .kind = LOG_PRIVATE,
        .from = (uint16_t)session_number(request->chat, session),
        .to = (uint16_t)session_number(request->chat, other),
        .room = LOG_EVERY_ROOM,
    };
    speak(request->chat, session);
    /* The record's text is the addressee's nick, NUL, and the message. chat->line is free here. */
    char *both = request->chat->line;
    memcpy(both, other->nick, other->nick_bytes);
    both[other->nick_bytes] = '\0';
    memcpy(both + other->nick_bytes + 1, text, bytes);
    append_record(request->chat, &record, session->nick, session->nick_bytes, both,
                  (size_t)other->nick_bytes + 1 + bytes);
}

static void keep_nick(struct chat_session *session, const char *nick, size_t bytes)
{
    session->nick_bytes = (uint8_t)bytes;
    memcpy(session->nick, nick, bytes);
}

/* @return false, after a reply, if the session cannot have the nick. */
static bool take_nick(const struct request *request)
{
    struct chat *chat = request->chat;
    struct chat_session *session = request->session;
    struct words_arguments arguments = {.bytes = 0};

    if (!nick_valid(request->text, request->bytes)) {
        if (request->bytes <= LWCHAT_NICK_BYTES) {
            request_reply_text(request, W_NICK_BAD);
            return false;
        }
        words_add(&arguments, request->text, request->bytes);
        words_add_number(&arguments, LWCHAT_NICK_BYTES);
        request_reply(request, W_NICK_LONG, &arguments);
        return false;
    }
    const struct chat_session *holder = people_find(chat, request->text, request->bytes);
    if (holder != NULL && holder != session) {
        request_reply_text(request, W_NICK_TAKEN);
        return false;
    }
    if (nick_reserved(request->text, request->bytes, chat->config.name) ||
        firmware_has_nick(chat, request->text, request->bytes)) {
        request_reply_text(request, W_NICK_RESERVED);
        return false;
    }
    if (session_introduces(session)) {
        keep_nick(session, request->text, request->bytes);
        return true;
    }
    if (request->bytes != session->nick_bytes ||
        memcmp(request->text, session->nick, request->bytes) != 0) {
        people_announce(chat, session);
        words_add(&arguments, session->nick, session->nick_bytes);
        words_add(&arguments, request->text, request->bytes);
        notice_in_room(chat, session, session->room, W_RENAMED, arguments.text, arguments.bytes);
        arguments.bytes = 0;
    }
    words_add(&arguments, request->text, request->bytes);
    if (LWCHAT_INTRODUCTIONS) {
        words_add(&arguments, session->nick, session->nick_bytes); /* shown by some dialects */
        /* A line that is partly sent may begin with the old nick. */
        output_keep_rest(chat, session);
    }
    request_reply(request, W_YOU_ARE, &arguments);
    keep_nick(session, request->text, request->bytes);
    return true;
}

static void run_nick(const struct request *request)
{
    (void)take_nick(request);
}

#if LWCHAT_INTRODUCTIONS
/* A peer has introduced itself, or changes its nick later. */
static void enter(const struct request *request)
{
    struct chat *chat = request->chat;
    struct chat_session *session = request->session;

    if ((request->bytes > 0 && !take_nick(request)) || !session_introduces(session) ||
        session->nick_bytes == 0) {
        return;
    }
    if (people_find(chat, session->nick, session->nick_bytes) != NULL) {
        notice_to(chat, session, W_NICK_TAKEN, session->nick, session->nick_bytes);
        session->nick_bytes = 0; /* somebody has taken it since it was chosen */
        return;
    }
    people_come(chat, session);
}
#endif

/* Marks the rooms whose names sessions may still be shown that have left them. */
static void find_named_rooms(const struct chat *chat, bool *named)
{
    memset(named, 0, LWCHAT_MAX_ROOMS);
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        const struct chat_session *session = &chat->session[i];
        if (session->state == CHAT_ENDING &&
            (LWCHAT_INTRODUCTIONS || LWCHAT_JSON || session->place.answer != ANSWER_NONE)) {
            named[session->room] = true;
        }
#if LWCHAT_INTRODUCTIONS
        unsigned step = session->place.step;
        if (session->place.answer == ANSWER_ENTERED && step > 0 && step <= LWCHAT_MAX_ROOMS) {
            named[step - 1] = true;
        }
#endif
    }
}

static void run_join(const struct request *request)
{
    struct chat *chat = request->chat;
    bool named[LWCHAT_MAX_ROOMS];

    if (!room_valid(request->text, request->bytes)) {
        request_reply_text(request, W_ROOM_BAD);
        return;
    }
    int room = room_find(chat->room, request->text, request->bytes);
    if (room == request->session->room) {
        output_answer(chat, request->session, ANSWER_ENTERED);
        return;
    }
    bool is_new = room < 0;
    if (is_new) {
        /* The console may be in the middle of a line that begins with a former room's name. */
        output_keep_rest(chat, &chat->session[CHAT_OPERATOR]);
    }
    find_named_rooms(chat, named);
    room = room_enter(chat->room, &chat->log, request->text, request->bytes, named);
    if (room < 0) {
        struct words_arguments arguments = {.bytes = 0};
        words_add(&arguments, request->text, request->bytes);
        words_add_number(&arguments, LWCHAT_MAX_ROOMS);
        request_reply(request, W_ROOMS_FULL, &arguments);
        return;
    }
#if LWCHAT_IRC
    if (is_new) {
        chat->room[room].since_s = chat_time_s(chat);
    }
#endif
    people_go(chat, request->session, (uint8_t)room, LWCHAT_HISTORY);
}

static void run_history(const struct request *request)
{
    uint32_t messages = LWCHAT_HISTORY;

    if (request->bytes > 0 &&
        (!text_parse_number(request->text, request->bytes, UINT16_MAX, &messages) ||
         messages == 0)) {
        request_reply_text(request, W_NUMBER_BAD);
        return;
    }
    people_go(request->chat, request->session, request->session->room, (uint16_t)messages);
}

#if LWCHAT_INTRODUCTIONS
/*
 * Splits off the room that a line names. @return false, after a reply, if the session is not in it.
 */
static bool is_in_named_room(const struct request *request, const char **text, size_t *bytes)
{
    const struct room *room = &request->chat->room[request->session->room];
    const char *space = memchr(request->text, ' ', request->bytes);
    size_t name_bytes = space == NULL ? request->bytes : (size_t)(space - request->text);
    struct words_arguments arguments = {.bytes = 0};

    *bytes = space == NULL ? 0 : request->bytes - name_bytes - 1;
    *text = request->text + request->bytes - *bytes;
    if (name_bytes == room->name_bytes && memcmp(request->text, room->name, name_bytes) == 0) {
        return true;
    }
    words_add(&arguments, request->text, name_bytes);
    request_reply(request, W_NOT_IN, &arguments);
    return false;
}

static void say_in(const struct request *request, enum log_kind kind)
{
    const char *text;
    size_t bytes;

    if (!is_in_named_room(request, &text, &bytes) || text_is_blank(text, bytes) ||
        (kind == LOG_MESSAGE && firmware_run(request->chat, request->session, text, bytes))) {
        return;
    }
    say(request, kind, text, bytes);
}

/* Leaves a room, for the lobby. */
static void leave(const struct request *request)
{
    const char *text;
    size_t bytes;

    if (!is_in_named_room(request, &text, &bytes)) {
        return;
    }
    if (request->session->room == LOBBY) {
        request_reply_text(request, W_STAYS);
        return;
    }
    request->chat->room[LOBBY].people++;
    people_go(request->chat, request->session, LOBBY, LWCHAT_HISTORY);
}
#endif

#if LWCHAT_JSON
static bool is_framed(const struct chat_session *session)
{
    return session->dialect == CHAT_WEBSOCKET || session->dialect == CHAT_WEBSOCKET_TEXT;
}

static void run_mode(const struct request *request)
{
    struct chat *chat = request->chat;
    struct chat_session *session = request->session;

    if (text_is(request->text, request->bytes, "json")) {
        if (!(session->framing.flags & FRAMING_LINES)) {
            request_reply_plainly(request, W_MODE_RAW);
            return;
        }
        output_set_dialect(chat, session, is_framed(session) ? CHAT_WEBSOCKET : CHAT_JSON);
        output_answer(chat, session, ANSWER_GREETING);
        session->asked = session->place.cursor; /* hello precedes the unread records */
    } else if (text_is(request->text, request->bytes, "text")) {
        output_set_dialect(chat, session, is_framed(session) ? CHAT_WEBSOCKET_TEXT : CHAT_LINES);
        request_reply_plainly(request, W_MODE_TEXT);
    } else {
        request_reply_text(request, W_MODE_BAD);
    }
}
#endif

#if LWCHAT_CLOCK
static void run_time(const struct request *request)
{
    bool on = text_is(request->text, request->bytes, "on");

    if (!on && !text_is(request->text, request->bytes, "off")) {
        reply_form(request);
    } else if (!request->chat->has_clock) {
        request_reply_plainly(request, W_NO_CLOCK);
    } else {
        output_keep_rest(request->chat, request->session); /* it began without, or with, its time */
        request->session->times = on;
        request_reply_plainly(request, on ? W_TIMES_ON : W_TIMES_OFF);
    }
}
#endif

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
    const struct chat_session *other = people_find(request->chat, request->text, request->bytes);
    if (other != NULL && (session_is_operator(request->chat, other) || other == request->session)) {
        request_reply_text(request, W_NO_NICK);
        return;
    }
    /* A line that is partly sent may be hidden from now on, or one before it shown. */
    output_keep_rest(request->chat, request->session);
    enum word_chat word = W_NO_NICK;
    if (ignore_end(request->chat, request->session, other, request->text, request->bytes)) {
        word = W_NOT_IGNORED;
    } else if (other != NULL) {
        bool begun = ignore_begin(request->chat, request->session, other);
        word = begun ? W_IGNORED : W_IGNORES_FULL;
    }
    words_add(&arguments, request->text, request->bytes);
    words_add_number(&arguments, LWCHAT_MAX_IGNORES);
    request_reply(request, word, &arguments);
}
#endif

/* In the order of /help. */
static const struct command commands[] = {
    {"/nick", "/nick NAME", run_nick, ANSWER_NONE, PEOPLE | NEWCOMER, W_HELP_NICK},
    {"/me", "/me TEXT", run_me, ANSWER_NONE, PEOPLE, W_HELP_ME},
    {"/msg", "/msg NICK TEXT", run_msg, ANSWER_NONE, PEOPLE, W_HELP_MSG},
    {"/join", "/join #ROOM", run_join, ANSWER_NONE, PEOPLE, W_HELP_JOIN},
    {"/rooms", NULL, NULL, ANSWER_ROOMS, PEOPLE | ALONE, W_HELP_ROOMS},
    {"/history", NULL, run_history, ANSWER_NONE, PEOPLE, W_HELP_HISTORY},
#if LWCHAT_MAX_IGNORES > 0
    {"/ignore", NULL, run_ignore, ANSWER_NONE, PEOPLE, W_HELP_IGNORE},
#endif
#if LWCHAT_CLOCK
    {"/time", "/time on|off", run_time, ANSWER_NONE, PEOPLE, W_HELP_TIME},
#endif
#if LWCHAT_JSON
    {"/mode", "/mode text|json", run_mode, ANSWER_NONE, PEOPLE, W_HELP_MODE},
#endif
    {"/kick", "/kick NICK [TEXT]", operator_kick, ANSWER_NONE, OPERATOR, W_HELP_KICK},
    {"/ban", "/ban ADDR", operator_ban, ANSWER_NONE, OPERATOR, W_HELP_BAN},
    {"/unban", "/unban ADDR", operator_unban, ANSWER_NONE, OPERATOR, W_HELP_UNBAN},
    {"/bans", NULL, NULL, ANSWER_BANS, OPERATOR | ALONE, W_HELP_BANS},
    {"/stats", NULL, NULL, ANSWER_STATS, OPERATOR | ALONE, W_HELP_STATS},
#if LWCHAT_BRIDGE
    {"/op", NULL, operator_op, ANSWER_NONE, OPERATOR, W_HELP_OP},
#endif
    {"/ip", NULL, operator_ip, ANSWER_NONE, OPERATOR, W_HELP_IP},
#if LWCHAT_QR
    {"/qr", NULL, operator_qr, ANSWER_NONE, OPERATOR | ALONE, W_HELP_QR},
#endif
    {"/shutdown", NULL, operator_shutdown, ANSWER_NONE, OPERATOR | ALONE, W_HELP_SHUTDOWN},
    {"/who", NULL, NULL, ANSWER_WHO, PEOPLE | OPERATOR | ALONE, W_HELP_WHO},
    {"/help", NULL, NULL, ANSWER_HELP, PEOPLE | OPERATOR, W_HELP_HELP},
    {"/quit", NULL, run_quit, ANSWER_NONE, PEOPLE | NEWCOMER, W_HELP_QUIT},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

enum word_chat command_help(unsigned step, bool to_operator, uint16_t *next)
{
    uint8_t audience = to_operator ? OPERATOR : PEOPLE;

    while (step < COMMANDS && !(commands[step].audience & audience)) {
        step++;
    }
    *next = (uint16_t)(step + 1);
    if (step < COMMANDS) {
        return (enum word_chat)commands[step].help;
    }
    return step == COMMANDS ? W_HELP_SLASH : step == COMMANDS + 1 ? W_HELP_COMMANDS : WORDS_CHAT;
}

static void run_command(struct request *request, const char *line, size_t bytes)
{
    uint8_t audience = session_is_operator(request->chat, request->session) ? OPERATOR
                       : session_introduces(request->session)               ? NEWCOMER
                                                                            : PEOPLE;

    request->name = line;
    request->name_bytes = request_first_word(line, bytes, &request->text, &request->bytes);
    while (request->bytes > 0 && request->text[request->bytes - 1] == ' ') {
        request->bytes--;
    }
    for (unsigned i = 0; i < COMMANDS; i++) {
        const struct command *command = &commands[i];
        if (!(command->audience & audience) ||
            !text_is(request->name, request->name_bytes, command->name)) {
            continue;
        }
        request->command = command;
        if (command->form != NULL && request->bytes == 0) {
            reply_form(request);
        } else if ((command->audience & ALONE) != 0 && request->bytes > 0) {
            reply_too_much(request);
        } else if (command->run == NULL) {
            output_answer(request->chat, request->session, (enum chat_answer)command->answer);
        } else {
            command->run(request);
        }
        return;
    }
#if LWCHAT_INTRODUCTIONS
    if (audience == NEWCOMER) {
        request_reply_plainly(request, W_NOT_ENTERED);
        return;
    }
#endif
    if (firmware_run(request->chat, request->session, line, bytes)) {
        return;
    }
    struct words_arguments arguments = {.bytes = 0};
    words_add(&arguments, request->name, request->name_bytes);
    request_reply(request, W_NO_COMMAND, &arguments);
}

#if LWCHAT_JSON
/* @return the number of the room's messages before the first one left. `count`: as the session
 * counts them. */
static uint32_t messages_gone(const struct room *room, const struct log *log,
                              const struct chat_session *session, uint16_t *count)
{
    uint32_t first = room_history(room, log, UINT32_MAX);
    uint16_t said = (uint16_t)room->said, carried = room->carried;

    if (first != log->next) {
        const struct log_record *record = log_at(log, first);
        said = (uint16_t)(record->said - 1);
        carried = (uint16_t)(record->carried - log_is_carried(record));
    }
    *count = session_count(session, said, carried);
    return room->said - (uint16_t)(room->said - said);
}

/* Resumes after the record that the peer names, and counts the messages since that are lost. */
static void resume(const struct request *request, const struct framing_line *line)
{
    struct chat *chat = request->chat;
    const struct log *log = &chat->log;
    const struct room *room = &chat->room[request->session->room];
    uint64_t known = (line->seq >> SEQ_BITS) * 4;
    uint16_t missed = 0;

    if (line->start != chat->config.start || known >= log_long_position(log, log->next)) {
        request_reply_plainly(request, W_RESUME_BAD);
        return;
    }
    uint32_t at = log_after(log, known);
    if (log_before(at, room->born)) {
        at = room->born; /* before that the number was another room's */
    }
    if (known < log_long_position(log, log->first)) {
        /* `seq` has the count of those that the peer has had. */
        uint16_t count;
        uint32_t gone = messages_gone(room, log, request->session, &count);
        missed = (uint16_t)(count - line->seq);
        missed = missed < gone ? missed : (uint16_t)gone; /* otherwise `seq` is an earlier room's */
    }
    people_resume(chat, request->session, at, missed);
}
#endif

#if LWCHAT_BRIDGE
/* True for NICK@SERVER, which nobody here can be called. */
static bool is_elsewhere(const char *name, size_t bytes)
{
    const char *at = memchr(name, '@', bytes);
    size_t nick_bytes = at == NULL ? 0 : (size_t)(at - name);

    return nick_bytes > 0 && bytes > nick_bytes + 1 && nick_valid(name, nick_bytes) &&
           nick_valid(at + 1, bytes - nick_bytes - 1);
}

/* Says what somebody elsewhere said, or does. */
static void say_for(struct request *request, const struct framing_line *line, enum log_kind kind,
                    size_t bytes)
{
    struct words_arguments arguments = {.bytes = 0};
    const char *from = line->text + line->from;

    if (!session_is_bridge(request->session) || !is_elsewhere(from, line->from_bytes)) {
        size_t clean = text_clean(line->text + line->from, line->from_bytes, line->from_bytes);
        words_add(&arguments, from, clean);
        request_reply(request, W_BRIDGE_BAD, &arguments);
        return;
    }
    request->from = from;
    request->from_bytes = line->from_bytes;
    say(request, kind, request->chat->clean, bytes);
}

/* The number comes back once the session has read what was said before. */
static void ping(const struct request *request, const struct framing_line *line)
{
    output_answer(request->chat, request->session, ANSWER_PONG);
    request->session->place.step = (uint16_t)line->seq;
}
#endif

/* Executes the clean text of a line. */
static void run_text(struct request *request, const char *text, size_t bytes)
{
    bool slash = text[0] == '/';
    bool twice = slash && bytes > 1 && text[1] == '/';

    if (slash && !twice) {
        run_command(request, text, bytes);
    } else if (bytes == 3 && text_is(text, bytes, "fin") &&
               !session_is_operator(request->chat, request->session)) {
        run_quit(request);
    } else if (!firmware_run(request->chat, request->session, text, bytes)) {
        say(request, LOG_MESSAGE, text + twice, bytes - twice);
    }
}

#if LWCHAT_INTRODUCTIONS
static void run_meaning(const struct request *request, enum framing_meaning meaning)
{
    switch (meaning) {
    case FRAMING_ENTER:
        enter(request);
        break;
    case FRAMING_LEAVE:
        leave(request);
        break;
    default:
        say_in(request, meaning == FRAMING_DO_IN ? LOG_ACTION : LOG_MESSAGE);
        break;
    }
}
#endif

bool command_line(struct chat *chat, struct chat_session *session, const struct framing_line *line)
{
    struct request request = {.chat = chat, .session = session};
    bool has_text = line->meaning != FRAMING_RESUME && line->meaning != FRAMING_PING &&
                    line->meaning != FRAMING_BAD;
    size_t bytes = 0;

    if (has_text) {
        const char *text = line->text + line->begin;
        bytes = (size_t)line->bytes - line->begin;
        if (text_has_mark(text, bytes)) {
            text += TEXT_MARK_BYTES;
            bytes -= TEXT_MARK_BYTES;
        }
        memcpy(chat->clean, text, bytes);
        bytes = text_clean(chat->clean, bytes, sizeof chat->clean);
        if (text_is_blank(chat->clean, bytes) &&
            !(LWCHAT_INTRODUCTIONS && line->meaning == FRAMING_ENTER)) {
            return true;
        }
    }
    if (!gate_enter(chat)) {
        return false;
    }
#if LWCHAT_INTRODUCTIONS
    if (session_introduces(session) && line->meaning != FRAMING_ENTER &&
        line->meaning != FRAMING_COMMAND && line->meaning != FRAMING_PASSWORD) {
        request_reply_plainly(&request, W_NOT_ENTERED);
        return true;
    }
#endif
#if LWCHAT_BRIDGE
    if (line->from_bytes > 0 && line->meaning != FRAMING_BAD) {
        say_for(&request, line, line->meaning == FRAMING_DO ? LOG_ACTION : LOG_MESSAGE, bytes);
        return true;
    }
#endif
    switch (line->meaning) {
#if LWCHAT_INTRODUCTIONS
    case FRAMING_ENTER:
    case FRAMING_SAY_IN:
    case FRAMING_DO_IN:
    case FRAMING_LEAVE:
        request.text = chat->clean;
        request.bytes = bytes;
        run_meaning(&request, line->meaning);
        break;
#endif
    case FRAMING_SAY:
        if (!firmware_run(chat, session, chat->clean, bytes)) {
            say(&request, LOG_MESSAGE, chat->clean, bytes);
        }
        break;
    case FRAMING_COMMAND:
        run_command(&request, chat->clean, bytes);
        break;
#if LWCHAT_BRIDGE
    case FRAMING_DO:
        say(&request, LOG_ACTION, chat->clean, bytes);
        break;
    case FRAMING_PING:
        ping(&request, line);
        break;
#endif
#if LWCHAT_JSON
    case FRAMING_RESUME:
        resume(&request, line);
        break;
    case FRAMING_BAD:
        request_reply_plainly(&request, W_JSON_BAD);
        break;
#endif
#if LWCHAT_PASSWORD
    case FRAMING_PASSWORD:
        break; /* it was given, or none was asked for */
#endif
    default:
        run_text(&request, chat->clean, bytes);
        break;
    }
    return true;
}

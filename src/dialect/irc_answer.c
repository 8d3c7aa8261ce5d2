/*
 * Answers to an IRC client: the greeting, the names in a room, and what it asks. Each is rendered
 * line by line; chat_place's step says which line is next.
 */
#include "core/nick.h"
#include "core/text.h"
#include "irc_line.h"

#include <string.h>

#if LWCHAT_IRC

enum { NAMES_BYTES = 300 };

/* --- Answers ------------------------------------------------------------------------- */

/* Steps of an answer that ends with the names in the room: then NAMES plus the next session. */
enum { LEFT_ROOMS = 250, JOINS = LEFT_ROOMS + 1, NAMES = 256 };
_Static_assert(LWCHAT_MAX_ROOMS <= LEFT_ROOMS, "a step for each room");

static void end_answer(struct chat_place *place)
{
    place->answer = ANSWER_NONE;
    place->step = 0;
}

/* The next person from session `from` on, in the reader's room; CHAT_SESSIONS: nobody. */
static unsigned next_here(const struct shown *shown, unsigned from)
{
    while (from < CHAT_SESSIONS && !session_lists(shown->reader, &shown->chat->session[from])) {
        from++;
    }
    return from;
}

static void show_names(struct shown *shown, struct chat_place *place)
{
    const struct room *room = irc_room_of(shown);
    const struct irc_text name = {room->name, room->name_bytes};
    unsigned next = next_here(shown, (unsigned)place->step - NAMES);
    size_t begin;

    if (next == CHAT_SESSIONS) {
        irc_say_numeric(shown, 366, &name, I_END_NAMES);
        end_answer(place);
        return;
    }
    irc_add_numeric(shown, 353);
    shown_add_literal(shown, "= ");
    irc_add_room(shown, room);
    begin = shown->bytes;
    for (; next < CHAT_SESSIONS && shown->bytes < NAMES_BYTES; next = next_here(shown, next + 1)) {
        const struct chat_session *other = &shown->chat->session[next];
        shown_add_literal(shown, shown->bytes == begin ? " :" : " ");
        shown_add(shown, other->nick, other->nick_bytes);
    }
    place->step = (uint16_t)(NAMES + next);
}

static void show_join(struct shown *shown, struct chat_place *place)
{
    irc_add_sender(shown, shown->reader->nick, shown->reader->nick_bytes);
    shown_add_literal(shown, "JOIN ");
    irc_add_room(shown, irc_room_of(shown));
    place->step = NAMES + 1;
}

/* It has come to a room from another, or was in it already: then IRC says nothing. */
static void show_entered(struct shown *shown, struct chat_place *place)
{
    if (place->step == 0) {
        end_answer(place);
    } else if (place->step <= LWCHAT_MAX_ROOMS) {
        irc_add_sender(shown, shown->reader->nick, shown->reader->nick_bytes);
        shown_add_literal(shown, "PART ");
        irc_add_room(shown, &shown->chat->room[place->step - 1]);
        place->step = JOINS;
    } else if (place->step == JOINS) {
        show_join(shown, place);
    } else {
        show_names(shown, place);
    }
}

static void show_counts(struct shown *shown)
{
    struct words_arguments arguments = {.bytes = 0};
    uint32_t rooms = 0;

    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        rooms += room_exists(shown->chat->room, i);
    }
    words_add_number(&arguments, shown->chat->people);
    words_add_number(&arguments, rooms);
    irc_add_numeric(shown, 251);
    shown_add_literal(shown, ":");
    irc_add_word(shown, I_PEOPLE, arguments.text, arguments.bytes);
}

/* RFC 2812 section 5.1, and https://modern.ircdocs.horse/#rplisupport-parameters */
static void show_support(struct shown *shown)
{
    irc_add_numeric(shown, 5);
    shown_add_literal(shown, "CASEMAPPING=ascii CHANLIMIT=#:1 CHANMODES=,,,nt CHANNELLEN=");
    irc_add_number(shown, LWCHAT_ROOM_BYTES);
    shown_add_literal(shown, " CHANTYPES=# MAXTARGETS=1 NETWORK=");
    shown_add_literal(shown, shown->chat->config.name);
    shown_add_literal(shown, " NICKLEN=");
    irc_add_number(shown, NICK_CHARACTERS);
    shown_add_literal(shown, " PREFIX= TOPICLEN=0 UTF8ONLY :");
    irc_add_word(shown, I_SUPPORTED, NULL, 0);
}

static void show_greeting(struct shown *shown, struct chat_place *place)
{
    const struct chat_session *reader = shown->reader;
    const char *server = shown->chat->config.name;

    switch (place->step++) {
    case 0:
        irc_add_numeric(shown, 1);
        shown_add_literal(shown, ":");
        irc_add_word(shown, I_HELLO, reader->nick, reader->nick_bytes);
        break;
    case 1:
        irc_add_numeric(shown, 2);
        shown_add_literal(shown, ":");
        irc_add_word(shown, I_HOST, server, strlen(server));
        break;
    case 2:
        irc_say_numeric(shown, 3, NULL, I_CREATED);
        break;
    case 3:
        irc_add_numeric(shown, 4);
        shown_add_literal(shown, server);
        shown_add_literal(shown, " lwchat-" LWCHAT_VERSION " o nt");
        break;
    case 4:
        show_support(shown);
        break;
    case 5:
        show_counts(shown);
        break;
    case 6:
        irc_say_numeric(shown, 422, NULL, I_NO_MOTD);
        break;
    case 7:
        show_join(shown, place);
        break;
    default:
        place->step--;
        show_names(shown, place);
        break;
    }
}

/* --- Answers to questions -------------------------------------------------------------- */

struct question {
    struct shown *shown;
    struct chat_place *place;
    struct irc_message message;
};

static const struct chat_session *find_person(const struct shown *shown,
                                              const struct irc_text *nick)
{
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        const struct chat_session *session = &shown->chat->session[i];
        if (session->state == CHAT_ACTIVE &&
            nick_alike(session->nick, session->nick_bytes, nick->text, nick->bytes)) {
            return session;
        }
    }
    return NULL;
}

static bool is_own_room(const struct shown *shown, const struct irc_text *name)
{
    const struct room *room = irc_room_of(shown);

    if (name->bytes != room->name_bytes) {
        return false;
    }
    for (size_t i = 0; i < name->bytes; i++) {
        char c = name->text[i];
        if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != room->name[i]) {
            return false;
        }
    }
    return true;
}

/*
 * Each of these renders one line of an answer, and moves the step on. @return whether there are
 * more.
 */
static bool answer_cap(struct question *question)
{
    struct shown *shown = question->shown;
    const struct irc_text *what = &question->message.parameter[0];
    struct irc_text list = question->message.parameter[1], word;
    bool requests = irc_is(what, "req"), lists = irc_is(what, "list"), known = true;

    if (!requests && !lists && !irc_is(what, "ls")) {
        irc_say_numeric(shown, 410, what, I_NO_CAP);
        return false;
    }
    for (struct irc_text left = list; requests && irc_next_word(&left, &word);) {
        bool minus = word.text[0] == '-';
        known = known && irc_find_extension(word.text + minus, word.bytes - minus) < IRC_EXTENSIONS;
    }
    irc_add_server(shown);
    shown_add_literal(shown, "CAP ");
    irc_add_reader(shown);
    shown_add_literal(shown, !requests ? (lists ? " LIST :" : " LS :")
                             : known   ? " ACK :"
                                       : " NAK :");
    if (requests) {
        irc_add_some(shown, 0, list.text, list.bytes);
        return false;
    }
    static const uint8_t flags[] = {
        [IRC_ECHO_MESSAGE] = FRAMING_ECHO, [IRC_SERVER_TIME] = FRAMING_TIMES};
    size_t begin = shown->bytes;
    for (unsigned i = 0; i < IRC_EXTENSIONS; i++) {
        const char *name = irc_extensions[i];
        if (irc_find_extension(name, strlen(name)) == i &&
            (!lists || (shown->reader->framing.flags & flags[i]) != 0)) {
            shown_add_literal(shown, shown->bytes == begin ? "" : " ");
            shown_add_literal(shown, name);
        }
    }
    return false;
}

static bool answer_ping(struct question *question)
{
    struct shown *shown = question->shown;
    const struct irc_text *token = &question->message.parameter[0];

    irc_add_server(shown);
    shown_add_literal(shown, "PONG ");
    shown_add_literal(shown, shown->chat->config.name);
    shown_add_literal(shown, " :");
    irc_add_some(shown, 0, token->text, token->bytes);
    return false;
}

static bool knows_date(const struct chat *chat)
{
#if LWCHAT_CLOCK
    return chat->has_clock;
#else
    (void)chat;
    return false;
#endif
}

/* The modes of a room, which never change, and since when it has existed; or one's own. */
static bool answer_mode(struct question *question)
{
    struct shown *shown = question->shown;
    const struct irc_text *name = &question->message.parameter[0];
    const struct irc_text *modes = &question->message.parameter[1];

    if (name->text[0] != '#') {
        irc_add_numeric(shown, 221);
        shown_add_literal(shown, "+");
    } else if (!is_own_room(shown, name)) {
        irc_say_numeric(shown, 403, name, I_NO_ROOM);
    } else if (modes->bytes == 0 && question->place->step > 0) {
        irc_add_numeric(shown, 329);
        irc_add_room(shown, irc_room_of(shown));
        shown_add_literal(shown, " ");
        irc_add_number(shown, irc_room_of(shown)->since_s);
    } else if (modes->bytes == 0) {
        irc_add_numeric(shown, 324);
        irc_add_room(shown, irc_room_of(shown));
        shown_add_literal(shown, " +nt");
        question->place->step = 1;
        return knows_date(shown->chat);
    } else if (irc_is(modes, "b") || irc_is(modes, "+b")) {
        irc_say_numeric(shown, 368, name, I_END_BANS);
    } else {
        irc_say_numeric(shown, 482, name, I_NOT_OPERATOR);
    }
    return false;
}

static bool answer_topic(struct question *question)
{
    bool asks = question->message.parameters == 1;

    irc_say_numeric(question->shown, asks ? 331 : 482, &question->message.parameter[0],
                    asks ? I_NO_TOPIC : I_NOT_OPERATOR);
    return false;
}

static bool answer_names(struct question *question)
{
    struct irc_text *name = &question->message.parameter[0];

    irc_use_first(name);
    if (name->bytes > 0 && !is_own_room(question->shown, name)) {
        irc_say_numeric(question->shown, 366, name, I_END_NAMES);
        return false;
    }
    if (question->place->step == 0) {
        question->place->step = NAMES + 1;
    }
    show_names(question->shown, question->place);
    return question->place->answer != ANSWER_NONE;
}

static void add_who(struct shown *shown, const struct chat_session *other)
{
    bool here = session_lists(shown->reader, other);

    irc_add_numeric(shown, 352);
    if (here) {
        irc_add_room(shown, irc_room_of(shown));
    } else {
        shown_add_literal(shown, "*");
    }
    shown_add_literal(shown, " ");
    shown_add(shown, other->nick, other->nick_bytes);
    for (unsigned i = 0; i < 2; i++) {
        shown_add_literal(shown, " ");
        shown_add_literal(shown, shown->chat->config.name);
    }
    shown_add_literal(shown, " ");
    shown_add(shown, other->nick, other->nick_bytes);
    shown_add_literal(shown, session_is_operator(shown->chat, other) ? " H* :0 " : " H :0 ");
    shown_add(shown, other->nick, other->nick_bytes);
}

/* Everybody in the room, or one person; the step is the next session, or CHAT_SESSIONS. */
static bool answer_who(struct question *question)
{
    struct shown *shown = question->shown;
    const struct irc_text *mask = &question->message.parameter[0];
    const struct chat_session *person = find_person(shown, mask);
    unsigned next = question->place->step;

    if (next < CHAT_SESSIONS && is_own_room(shown, mask)) {
        next = next_here(shown, next == 0 ? 1 : next);
        person = next < CHAT_SESSIONS ? &shown->chat->session[next] : NULL;
        next++;
    } else if (next < CHAT_SESSIONS && person != NULL) {
        next = CHAT_SESSIONS;
    } else {
        person = NULL;
    }
    question->place->step = (uint16_t)next;
    if (person != NULL) {
        add_who(shown, person);
        return true;
    }
    irc_say_numeric(shown, 315, mask, I_END_WHO);
    return false;
}

static void add_about(struct shown *shown, unsigned numeric, const struct chat_session *person)
{
    irc_add_numeric(shown, numeric);
    shown_add(shown, person->nick, person->nick_bytes);
    shown_add_literal(shown, " ");
}

/* The step is the next of these lines. */
static bool answer_whois(struct question *question)
{
    enum { USER, ROOM, HOST, RANK, IDLE, END };
    struct shown *shown = question->shown;
    const struct chat *chat = shown->chat;
    unsigned last = question->message.parameters - 1;
    const struct irc_text *nick = &question->message.parameter[last]; /* a server may precede it */
    const struct chat_session *person = find_person(shown, nick);
    bool rules = person != NULL && session_is_operator(chat, person);
    unsigned step = question->place->step;

    /* The operator is in no room; nobody else has a rank. */
    step += step == (rules ? ROOM : RANK);
    question->place->step = (uint16_t)(step + 1);
    if (step >= END) {
        irc_say_numeric(shown, 318, nick, I_END_WHOIS);
        return false;
    }
    if (person == NULL) {
        struct words_arguments arguments = {.bytes = 0};
        words_add(&arguments, nick->text, nick->bytes);
        irc_say(shown, W_NO_NICK, arguments.text, arguments.bytes);
        question->place->step = END;
        return true;
    }
    switch (step) {
    case USER:
        add_about(shown, 311, person);
        shown_add(shown, person->nick, person->nick_bytes);
        shown_add_literal(shown, " ");
        shown_add_literal(shown, chat->config.name);
        shown_add_literal(shown, " * :");
        shown_add(shown, person->nick, person->nick_bytes);
        break;
    case ROOM:
        add_about(shown, 319, person);
        shown_add_literal(shown, ":");
        irc_add_room(shown, &chat->room[person->room]);
        break;
    case HOST:
        add_about(shown, 312, person);
        shown_add_literal(shown, chat->config.name);
        shown_add_literal(shown, " :");
        irc_add_word(shown, I_SERVER, NULL, 0);
        break;
    case RANK:
        add_about(shown, 313, person);
        shown_add_literal(shown, ":");
        irc_add_word(shown, I_OPERATOR, NULL, 0);
        break;
    case IDLE:
        add_about(shown, 317, person);
        irc_add_number(shown, (chat->now_ms - person->said_ms) / 1000);
        shown_add_literal(shown, " :");
        irc_add_word(shown, I_IDLE, NULL, 0);
        break;
    default:
        break;
    }
    return true;
}

/* The step is the next room, plus one for the line before the first. */
static bool answer_list(struct question *question)
{
    struct shown *shown = question->shown;
    const struct room *rooms = shown->chat->room;
    unsigned step = question->place->step;

    while (step > 0 && step <= LWCHAT_MAX_ROOMS && !room_exists(rooms, step - 1)) {
        step++;
    }
    question->place->step = (uint16_t)(step + 1);
    if (step > LWCHAT_MAX_ROOMS) {
        irc_say_numeric(shown, 323, NULL, I_END_LIST);
        return false;
    }
    irc_add_numeric(shown, step == 0 ? 321 : 322);
    if (step == 0) {
        shown_add_literal(shown, "Channel :Users Name");
    } else {
        irc_add_room(shown, &rooms[step - 1]);
        shown_add_literal(shown, " ");
        irc_add_number(shown, rooms[step - 1].people);
        shown_add_literal(shown, " :");
    }
    return true;
}

static bool answer_user(struct question *question)
{
    bool more = question->message.parameters < 4;

    irc_say_numeric(question->shown, more ? 461 : 462, more ? &question->message.command : NULL,
                    more ? I_NEEDS_MORE : I_AGAIN);
    return false;
}

static bool answer_motd(struct question *question)
{
    irc_say_numeric(question->shown, 422, NULL, I_NO_MOTD);
    return false;
}

enum { OUTSIDE = 1, ARGUMENT = 2 };

static const struct {
    const char *name;
    bool (*answer)(struct question *question);
    uint8_t needs; /* ARGUMENT; OUTSIDE: it does not need to be in the chat */
} answers[] = {
    {"cap", answer_cap, OUTSIDE},      {"ping", answer_ping, OUTSIDE},
    {"user", answer_user, OUTSIDE},    {"mode", answer_mode, ARGUMENT},
    {"topic", answer_topic, ARGUMENT}, {"names", answer_names, 0},
    {"who", answer_who, ARGUMENT},     {"whois", answer_whois, ARGUMENT},
    {"list", answer_list, 0},          {"motd", answer_motd, 0},
};
enum { ANSWERS = sizeof answers / sizeof answers[0] };

/* @return whether there are more lines. */
static bool show_answer(struct shown *shown, struct chat_place *place)
{
    const struct chat_session *reader = shown->reader;
    struct question question = {.shown = shown, .place = place};
    unsigned i = 0;

    if (reader->line == BUFFER_NONE) {
        return false; /* it had to be dropped */
    }
    const struct buffer *line = &shown->chat->buffer[reader->line];
    irc_split(&question.message, line->text, line->bytes);
    while (i < ANSWERS && !irc_is(&question.message.command, answers[i].name)) {
        i++;
    }
    if (reader->outside && (i == ANSWERS || !(answers[i].needs & OUTSIDE))) {
        irc_say(shown, W_NOT_ENTERED, NULL, 0);
        return false;
    }
    if (i == ANSWERS || ((answers[i].needs & ARGUMENT) && question.message.parameters == 0)) {
        irc_say_numeric(shown, 461, &question.message.command, I_NEEDS_MORE);
        return false;
    }
    return answers[i].answer(&question);
}

bool irc_list(struct shown *shown, struct chat_place *place)
{
    switch (place->answer) {
    case ANSWER_GREETING:
        show_greeting(shown, place);
        return true;
    case ANSWER_ENTERED:
        show_entered(shown, place);
        return true;
    case ANSWER_QUESTION:
        if (!show_answer(shown, place)) {
            end_answer(place);
        }
        return true;
    default:
        return false;
    }
}

#endif

/*
 * IRC clients (RFC 2812, RFC 1459, https://modern.ircdocs.horse/). A room is a channel, and
 * everybody is in exactly one. What happened is sent as the messages that other servers would send;
 * sentences of the chat are numeric replies where IRC has one, and notices otherwise.
 *
 * A line has at most 512 bytes, beside its tags. Longer text goes out in several messages, each
 * with its sender.
 */
#include "irc.h"

#include "core/ignore.h"
#include "core/nick.h"
#include "core/text.h"
#include "dialect.h"
#include "plain.h"

#include <string.h>

#if LWCHAT_IRC

enum { LINE_BYTES = 512 - 2, NAMES_BYTES = 300 };

enum word_irc {
#define WORD(name, english, french) I_##name,
#include "irc.def"
#undef WORD
    WORDS_IRC
};

static const struct word words_irc[WORDS_IRC] = {
#define WORD(name, english, french) [I_##name] = {{english, french}},
#include "irc.def"
#undef WORD
};

/* --- Parts of a line ------------------------------------------------------------- */

static void add_number(struct shown *shown, uint32_t number)
{
    char digits[10];

    shown_add(shown, digits, text_number(digits, number));
}

static void add_word(struct shown *shown, enum word_irc word, const char *argument, size_t bytes)
{
    shown->bytes += words_write(
        shown->text + shown->bytes, LWCHAT_SHOWN_BYTES - LWCHAT_SEAL_BYTES - shown->bytes,
        words_irc[word].text[shown->chat->config.language], argument, bytes);
}

/* Bytes that the line still has room for. Its tags do not count. */
static size_t room_left(const struct shown *shown, size_t tags)
{
    size_t line = LINE_BYTES - (shown->bytes - tags);
    size_t all = LWCHAT_SHOWN_BYTES - LWCHAT_SEAL_BYTES - shown->bytes;

    return line < all ? line : all;
}

/* Adds as much of a text as the line has room for. */
static void add_some(struct shown *shown, size_t tags, const char *text, size_t bytes)
{
    shown->bytes += text_copy(shown->text + shown->bytes, room_left(shown, tags), text, bytes);
}

static void add_server(struct shown *shown)
{
    shown_add_literal(shown, ":");
    shown_add_literal(shown, shown->chat->config.name);
    shown_add_literal(shown, " ");
}

/* The user name is the nick, and the host is the server: who is where is nobody's business. */
static void add_sender(struct shown *shown, const char *nick, size_t bytes)
{
    shown_add_literal(shown, ":");
    shown_add(shown, nick, bytes);
    shown_add_literal(shown, "!");
    shown_add(shown, nick, bytes);
    shown_add_literal(shown, "@");
    shown_add_literal(shown, shown->chat->config.name);
    shown_add_literal(shown, " ");
}

static void add_reader(struct shown *shown)
{
    const struct chat_session *reader = shown->reader;

    if (reader->outside) {
        shown_add_literal(shown, "*");
    } else {
        shown_add(shown, reader->nick, reader->nick_bytes);
    }
}

static void add_room(struct shown *shown, const struct room *room)
{
    shown_add(shown, room->name, room->name_bytes);
}

static const struct room *room_of(const struct shown *shown)
{
    return &shown->chat->room[shown->reader->room];
}

static void add_numeric(struct shown *shown, unsigned numeric)
{
    char digits[] = "000 ";

    digits[0] = (char)('0' + numeric / 100);
    digits[1] = (char)('0' + numeric / 10 % 10);
    digits[2] = (char)('0' + numeric % 10);
    add_server(shown);
    shown_add(shown, digits, sizeof digits - 1);
    add_reader(shown);
    shown_add_literal(shown, " ");
}

/* A numeric reply about `name`, which may be empty, with a sentence. */
static void say_numeric(struct shown *shown, unsigned numeric, const struct irc_text *name,
                        enum word_irc word)
{
    add_numeric(shown, numeric);
    if (name != NULL && name->bytes > 0) {
        shown_add(shown, name->text, name->bytes);
        shown_add_literal(shown, " ");
    }
    shown_add_literal(shown, ":");
    add_word(shown, word, NULL, 0);
}

static void seal(struct shown *shown)
{
    if (shown->bytes > 0) {
        shown->text[shown->bytes++] = '\r';
        shown->text[shown->bytes++] = '\n';
    }
}

/* --- Time ---------------------------------------------------------------------------- */

#if LWCHAT_CLOCK
static void put_digits(char *out, uint32_t number, unsigned digits)
{
    for (; digits > 0; digits--) {
        out[digits - 1] = (char)('0' + number % 10);
        number /= 10;
    }
}

/* Puts the date of a day since 1970 as YYYY-MM-DD. */
static void put_date(char *out, uint32_t day)
{
    enum { DAYS_IN_4_YEARS = 1461, DAYS_TO_1970 = 719468, DAYS_IN_ERA = 146097 };
    /* Years begin in March, so that the leap day is the last: day 0 is 1 March of year 0. */
    uint32_t days = day + DAYS_TO_1970;
    uint32_t era = days / DAYS_IN_ERA, in_era = days % DAYS_IN_ERA;
    uint32_t year =
        (in_era - in_era / (DAYS_IN_4_YEARS - 1) + in_era / 36524 - in_era / (DAYS_IN_ERA - 1)) /
        365;
    uint32_t in_year = in_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * in_year + 2) / 153;

    put_digits(out + 8, in_year - (153 * month + 2) / 5 + 1, 2);
    month = month < 10 ? month + 3 : month - 9;
    put_digits(out + 5, month, 2);
    put_digits(out, year + era * 400 + (month <= 2), 4);
}
#endif

static bool has_times(const struct shown *shown)
{
#if LWCHAT_CLOCK
    return (shown->reader->framing.flags & FRAMING_TIMES) != 0 && shown->chat->has_clock;
#else
    (void)shown;
    return false;
#endif
}

/* The tag of server-time: https://ircv3.net/specs/extensions/server-time */
static void add_time(struct shown *shown, const struct log_record *record)
{
#if LWCHAT_CLOCK
    char text[] = "@time=1970-01-01T00:00:00.000Z ";
    enum { DATE = 6, HOUR = 17, MINUTE = 20, SECOND = 23 };

    if (has_times(shown)) {
        put_date(text + DATE, record->time_s / (24 * 60 * 60));
        put_digits(text + HOUR, record->time_s / (60 * 60) % 24, 2);
        put_digits(text + MINUTE, record->time_s / 60 % 60, 2);
        put_digits(text + SECOND, record->time_s % 60, 2);
        shown_add(shown, text, sizeof text - 1);
    }
#else
    (void)shown;
    (void)record;
#endif
}

/* --- Records ------------------------------------------------------------------------- */

/*
 * Adds a user's text and the end of the line; what does not fit follows in more lines that begin
 * like this one, the first in `shown`. Its tags do not count.
 */
static void add_said(struct shown *shown, size_t tags, const char *text, size_t bytes,
                     const char *end)
{
    size_t head = shown->bytes, end_bytes = strlen(end);
    size_t most = room_left(shown, tags) - end_bytes;

    for (;;) {
        size_t left = LWCHAT_SHOWN_BYTES - LWCHAT_SEAL_BYTES - shown->bytes - end_bytes;
        size_t room = most < left ? most : left;
        size_t copied, part = text_part(text, bytes, room, &copied);
        char *to = shown->text + shown->bytes;
        if (part >= room / 2 || part == bytes) {
            copied = text_copy(to, room, text, part);
        } else {
            /* A single character, with very many joined to it. */
            part = text_cut(text, bytes, room);
            memcpy(to, text, part);
            copied = text_clean(to, part, room);
        }
        shown->bytes += copied;
        shown_add(shown, end, end_bytes);
        text += part;
        bytes -= part;
        if (bytes == 0 || left < head + end_bytes + LWCHAT_SEAL_BYTES + copied + TEXT_CLOSE_BYTES) {
            return;
        }
        seal(shown);
        shown_add(shown, shown->text, head);
    }
}

static void show_said(struct shown *shown, uint32_t position, const struct log_record *record)
{
    bool acts = record->kind == LOG_ACTION;
    bool old = log_before(position, shown->reader->since);
    const char *end = "";

    add_time(shown, record);
    size_t tags = shown->bytes;
    if (old && tags == 0) {
        /* Not as if it were said now: by the server, with its time. */
        add_server(shown);
        shown_add_literal(shown, "NOTICE ");
        add_room(shown, room_of(shown));
        shown_add_literal(shown, " :");
        size_t before = shown->bytes;
        plain_add_time(shown, record);
        if (shown->bytes == before) {
            add_word(shown, I_EARLIER, NULL, 0);
        }
        shown_add_literal(shown, acts ? "* " : "<");
        shown_add(shown, log_nick(record), record->nick_bytes);
        shown_add_literal(shown, acts ? " " : "> ");
    } else {
        add_sender(shown, log_nick(record), record->nick_bytes);
        shown_add_literal(shown, "PRIVMSG ");
        add_room(shown, room_of(shown));
        shown_add_literal(shown, acts ? " :\001ACTION " : " :");
        end = acts ? "\001" : "";
    }
    add_said(shown, tags, log_text(record), record->text_bytes, end);
}

static void show_private(struct shown *shown, const struct log_record *record)
{
    /* The text is the addressee's nick, NUL, and what was said. */
    const char *text = log_text(record);
    size_t nick_bytes = (size_t)((const char *)memchr(text, '\0', record->text_bytes) - text);
    bool own = record->from == session_number(shown->chat, shown->reader);

    if (own && !(shown->reader->framing.flags & FRAMING_ECHO)) {
        return;
    }
    add_time(shown, record);
    size_t tags = shown->bytes;
    add_sender(shown, log_nick(record), record->nick_bytes);
    shown_add_literal(shown, "PRIVMSG ");
    shown_add(shown, text, nick_bytes);
    shown_add_literal(shown, " :");
    add_said(shown, tags, text + nick_bytes + 1, record->text_bytes - nick_bytes - 1, "");
}

/* A notice to a whole room, about the person that its first argument names. */
static void show_event(struct shown *shown, const struct log_record *record)
{
    const char *nick = log_text(record);
    const char *nul = memchr(nick, '\0', record->text_bytes);
    size_t nick_bytes = nul == NULL ? record->text_bytes : (size_t)(nul - nick);
    const char *more = nul == NULL ? nick : nul + 1;
    size_t more_bytes = nul == NULL ? 0 : record->text_bytes - nick_bytes - 1;

    add_time(shown, record);
    size_t tags = shown->bytes;
    add_sender(shown, nick, nick_bytes);
    switch (record->word) {
    case W_JOINED:
        shown_add_literal(shown, "JOIN ");
        add_room(shown, room_of(shown));
        break;
    case W_LEFT:
        shown_add_literal(shown, "PART ");
        add_room(shown, room_of(shown));
        break;
    case W_LEFT_SAYING:
        shown_add_literal(shown, "QUIT :");
        if (ignore_farewell(shown->reader, record) == 0) {
            add_some(shown, tags, more, more_bytes);
        }
        break;
    case W_RENAMED:
        shown_add_literal(shown, "NICK ");
        shown_add(shown, more, more_bytes);
        break;
    default:
        shown_add_literal(shown, "QUIT :");
        add_word(shown, I_WAS_KICKED, NULL, 0);
        break;
    }
}

/* --- Sentences ----------------------------------------------------------------------- */

static const struct {
    uint8_t word;
    uint16_t numeric;
} numerics[] = {
    {W_NO_NICK, 401},       {W_ROOM_BAD, 403},   {W_NOT_IN, 404},      {W_TOO_LONG, 417},
    {W_NO_COMMAND, 421},    {W_NICK_BAD, 432},   {W_NICK_LONG, 432},   {W_NICK_TAKEN, 433},
    {W_NICK_RESERVED, 433}, {W_ROOMS_FULL, 437}, {W_NOT_ENTERED, 451}, {W_NEEDS_MORE, 461},
};

static unsigned numeric_of(enum word_chat word)
{
    for (unsigned i = 0; i < sizeof numerics / sizeof numerics[0]; i++) {
        if (numerics[i].word == word) {
            return numerics[i].numeric;
        }
    }
    return 0;
}

/* The first argument as a parameter: up to its first blank, and without a command's slash. */
static void add_argument(struct shown *shown, const char *arguments, size_t bytes)
{
    size_t begin = bytes > 1 && arguments[0] == '/';
    size_t end = begin;

    while (end < bytes && arguments[end] != '\0' && arguments[end] != ' ') {
        end++;
    }
    if (end > begin && arguments[begin] != ':') {
        shown_add(shown, arguments + begin, end - begin);
    } else {
        shown_add_literal(shown, "*");
    }
}

/* Adds the sentence without what marks it in a line, as much as fits. */
static void add_sentence(struct shown *shown, enum word_chat word, const char *arguments,
                         size_t bytes)
{
    size_t begin = shown->bytes;
    char *text = shown->text + begin;

    plain_say(shown, word, arguments, bytes);
    size_t left = shown->bytes - begin;
    if (left > 4 && (memcmp(text, "!!! ", 4) == 0 || memcmp(text, "*** ", 4) == 0)) {
        left -= 4;
        memmove(text, text + 4, left);
    }
    shown->bytes = begin;
    add_some(shown, 0, text, left);
}

static void say(struct shown *shown, enum word_chat word, const char *arguments, size_t bytes)
{
    unsigned numeric = numeric_of(word);

    if (word == W_YOU_ARE) {
        /* The new nick, and the old one. */
        size_t new_bytes = (size_t)((const char *)memchr(arguments, '\0', bytes) - arguments);
        const char *old = arguments + new_bytes + 1;
        size_t old_bytes = bytes - new_bytes - 1;
        if (old_bytes != new_bytes || memcmp(old, arguments, new_bytes) != 0) {
            add_sender(shown, old, old_bytes);
            shown_add_literal(shown, "NICK ");
            shown_add(shown, arguments, new_bytes);
        }
        return;
    }
    if (numeric != 0) {
        add_numeric(shown, numeric);
        if (word != W_TOO_LONG && word != W_NOT_ENTERED) {
            add_argument(shown, arguments, bytes);
            shown_add_literal(shown, " ");
        }
    } else {
        bool kills = word == W_YOU_WERE_KICKED || word == W_YOU_WERE_KICKED_FOR;
        add_server(shown);
        shown_add_literal(shown, kills ? "KILL " : "NOTICE ");
        add_reader(shown);
        shown_add_literal(shown, " ");
    }
    shown_add_literal(shown, ":");
    add_sentence(shown, word, arguments, bytes);
}

static void show(struct shown *shown, uint32_t position, const struct log_record *record)
{
    switch (record->kind) {
    case LOG_MESSAGE:
    case LOG_ACTION:
        show_said(shown, position, record);
        break;
    case LOG_PRIVATE:
        show_private(shown, record);
        break;
    default:
        if (record->to == LOG_NOBODY && record->room != LOG_EVERY_ROOM) {
            show_event(shown, record);
        } else if (record->to == LOG_NOBODY) {
            /* Not to the reader's nick: these lines are rendered once for all. */
            add_server(shown);
            shown_add_literal(shown, "NOTICE ");
            add_room(shown, room_of(shown));
            shown_add_literal(shown, " :");
            add_sentence(shown, (enum word_chat)record->word, log_text(record), record->text_bytes);
        } else {
            say(shown, (enum word_chat)record->word, log_text(record), record->text_bytes);
        }
        break;
    }
}

/* It may be partly sent when the server stops, and must be the same then. */
static void end(struct shown *shown)
{
    shown_add_literal(shown, "ERROR :");
    add_word(shown, shown->reader->kicked ? I_KICKED : I_GOODBYE, NULL, 0);
    seal(shown);
}

/* --- Answers ------------------------------------------------------------------------- */

/* Steps of an answer that ends with the names in the room: then NAMES plus the next session. */
enum { LEFT_ROOMS = 250, JOINS = LEFT_ROOMS + 1, NAMES = 256 };
_Static_assert(LWCHAT_MAX_ROOMS <= LEFT_ROOMS, "a step for each room");

static void end_answer(struct chat_place *place)
{
    place->answer = ANSWER_NONE;
    place->step = 0;
}

static bool is_here(const struct chat_session *other, const struct chat_session *reader)
{
    return other->state == CHAT_ACTIVE && other->room == reader->room;
}

/* The next person from session `from` on, in the reader's room; CHAT_SESSIONS: nobody. */
static unsigned next_here(const struct shown *shown, unsigned from)
{
    while (from < CHAT_SESSIONS && !is_here(&shown->chat->session[from], shown->reader)) {
        from++;
    }
    return from;
}

static void show_names(struct shown *shown, struct chat_place *place)
{
    const struct room *room = room_of(shown);
    const struct irc_text name = {room->name, room->name_bytes};
    unsigned next = next_here(shown, (unsigned)place->step - NAMES);
    size_t begin;

    if (next == CHAT_SESSIONS) {
        say_numeric(shown, 366, &name, I_END_NAMES);
        end_answer(place);
        return;
    }
    add_numeric(shown, 353);
    shown_add_literal(shown, "= ");
    add_room(shown, room);
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
    add_sender(shown, shown->reader->nick, shown->reader->nick_bytes);
    shown_add_literal(shown, "JOIN ");
    add_room(shown, room_of(shown));
    place->step = NAMES + 1;
}

/* It has come to a room from another, or was in it already: then IRC says nothing. */
static void show_entered(struct shown *shown, struct chat_place *place)
{
    if (place->step == 0) {
        end_answer(place);
    } else if (place->step <= LEFT_ROOMS) {
        add_sender(shown, shown->reader->nick, shown->reader->nick_bytes);
        shown_add_literal(shown, "PART ");
        add_room(shown, &shown->chat->room[place->step - 1]);
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
    add_numeric(shown, 251);
    shown_add_literal(shown, ":");
    add_word(shown, I_PEOPLE, arguments.text, arguments.bytes);
}

/* RFC 2812 section 5.1, and https://modern.ircdocs.horse/#rplisupport-parameters */
static void show_support(struct shown *shown)
{
    add_numeric(shown, 5);
    shown_add_literal(shown, "CASEMAPPING=ascii CHANLIMIT=#:1 CHANMODES=,,,nt CHANNELLEN=");
    add_number(shown, LWCHAT_ROOM_BYTES);
    shown_add_literal(shown, " CHANTYPES=# MAXTARGETS=1 NETWORK=");
    shown_add_literal(shown, shown->chat->config.name);
    shown_add_literal(shown, " NICKLEN=");
    add_number(shown, NICK_CHARACTERS);
    shown_add_literal(shown, " PREFIX= TOPICLEN=0 UTF8ONLY :");
    add_word(shown, I_SUPPORTED, NULL, 0);
}

static void show_greeting(struct shown *shown, struct chat_place *place)
{
    const struct chat_session *reader = shown->reader;
    const char *server = shown->chat->config.name;

    switch (place->step++) {
    case 0:
        add_numeric(shown, 1);
        shown_add_literal(shown, ":");
        add_word(shown, I_HELLO, reader->nick, reader->nick_bytes);
        break;
    case 1:
        add_numeric(shown, 2);
        shown_add_literal(shown, ":");
        add_word(shown, I_HOST, server, strlen(server));
        break;
    case 2:
        say_numeric(shown, 3, NULL, I_CREATED);
        break;
    case 3:
        add_numeric(shown, 4);
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
        say_numeric(shown, 422, NULL, I_NO_MOTD);
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
    const struct room *room = room_of(shown);

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
    bool requests = irc_is(what, "req"), known = true;

    for (struct irc_text left = list; requests && irc_next_word(&left, &word);) {
        bool minus = word.text[0] == '-';
        known = known && irc_find_extension(word.text + minus, word.bytes - minus) < IRC_EXTENSIONS;
    }
    add_server(shown);
    shown_add_literal(shown, "CAP ");
    add_reader(shown);
    shown_add_literal(shown, !requests ? (irc_is(what, "list") ? " LIST :" : " LS :")
                             : known   ? " ACK :"
                                       : " NAK :");
    if (requests) {
        add_some(shown, 0, list.text, list.bytes);
        return false;
    }
    static const uint8_t flags[] = {
        [IRC_ECHO_MESSAGE] = FRAMING_ECHO, [IRC_SERVER_TIME] = FRAMING_TIMES};
    bool all = !irc_is(what, "list");
    size_t begin = shown->bytes;
    for (unsigned i = 0; i < IRC_EXTENSIONS; i++) {
        const char *name = irc_extensions[i];
        if (irc_find_extension(name, strlen(name)) == i &&
            (all || (shown->reader->framing.flags & flags[i]) != 0)) {
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

    add_server(shown);
    shown_add_literal(shown, "PONG ");
    shown_add_literal(shown, shown->chat->config.name);
    shown_add_literal(shown, " :");
    add_some(shown, 0, token->text, token->bytes);
    return false;
}

/* The modes of a room, or one's own: they never change. */
static bool answer_mode(struct question *question)
{
    struct shown *shown = question->shown;
    const struct irc_text *name = &question->message.parameter[0];
    const struct irc_text *modes = &question->message.parameter[1];

    if (name->text[0] != '#') {
        add_numeric(shown, 221);
        shown_add_literal(shown, "+");
    } else if (!is_own_room(shown, name)) {
        say_numeric(shown, 403, name, I_NO_ROOM);
    } else if (modes->bytes == 0) {
        add_numeric(shown, 324);
        add_room(shown, room_of(shown));
        shown_add_literal(shown, " +nt");
    } else if (irc_is(modes, "b") || irc_is(modes, "+b")) {
        say_numeric(shown, 368, name, I_END_BANS);
    } else {
        say_numeric(shown, 482, name, I_NOT_OPERATOR);
    }
    return false;
}

static bool answer_topic(struct question *question)
{
    bool asks = question->message.parameters == 1;

    say_numeric(question->shown, asks ? 331 : 482, &question->message.parameter[0],
                asks ? I_NO_TOPIC : I_NOT_OPERATOR);
    return false;
}

static bool answer_names(struct question *question)
{
    const struct irc_text *name = &question->message.parameter[0];

    if (name->bytes > 0 && !is_own_room(question->shown, name)) {
        say_numeric(question->shown, 366, name, I_END_NAMES);
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
    bool here = is_here(other, shown->reader);

    add_numeric(shown, 352);
    if (here) {
        add_room(shown, room_of(shown));
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
    say_numeric(shown, 315, mask, I_END_WHO);
    return false;
}

static void add_about(struct shown *shown, unsigned numeric, const struct chat_session *person)
{
    add_numeric(shown, numeric);
    shown_add(shown, person->nick, person->nick_bytes);
    shown_add_literal(shown, " ");
}

/* The step is the next of these lines. */
static bool answer_whois(struct question *question)
{
    enum { USER, ROOM, HOST, RANK, END };
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
        say_numeric(shown, 318, nick, I_END_WHOIS);
        return false;
    }
    if (person == NULL) {
        say(shown, W_NO_NICK, nick->text, nick->bytes);
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
        add_room(shown, &chat->room[person->room]);
        break;
    case HOST:
        add_about(shown, 312, person);
        shown_add_literal(shown, chat->config.name);
        shown_add_literal(shown, " :");
        add_word(shown, I_SERVER, NULL, 0);
        break;
    case RANK:
        add_about(shown, 313, person);
        shown_add_literal(shown, ":");
        add_word(shown, I_OPERATOR, NULL, 0);
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
        say_numeric(shown, 323, NULL, I_END_LIST);
        return false;
    }
    add_numeric(shown, step == 0 ? 321 : 322);
    if (step == 0) {
        shown_add_literal(shown, "Channel :Users Name");
    } else {
        add_room(shown, &rooms[step - 1]);
        shown_add_literal(shown, " ");
        add_number(shown, rooms[step - 1].people);
        shown_add_literal(shown, " :");
    }
    return true;
}

static bool answer_user(struct question *question)
{
    bool more = question->message.parameters < 4;

    say_numeric(question->shown, more ? 461 : 462, more ? &question->message.command : NULL,
                more ? I_NEEDS_MORE : I_AGAIN);
    return false;
}

static bool answer_motd(struct question *question)
{
    say_numeric(question->shown, 422, NULL, I_NO_MOTD);
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
        say(shown, W_NOT_ENTERED, NULL, 0);
        return false;
    }
    if (i == ANSWERS || ((answers[i].needs & ARGUMENT) && question.message.parameters == 0)) {
        say_numeric(shown, 461, &question.message.command, I_NEEDS_MORE);
        return false;
    }
    return answers[i].answer(&question);
}

static bool list(struct shown *shown, struct chat_place *place)
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

const struct dialect dialect_irc = {
    .feed = irc_feed,
    .list = list,
    .show = show,
    .say = say,
    .seal = seal,
    .end = end,
    .unended = FRAMING_NOTHING,
    .introduces = true,
    .opening = OPENING_IRC,
    .refusal = "ERROR :",
};

#endif

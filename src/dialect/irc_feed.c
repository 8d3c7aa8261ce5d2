/*
 * What an IRC client sends (RFC 2812, IRCv3). Each message becomes a line of the chat: a command of
 * the chat, something said in a room, or a question, which list() in irc.c answers.
 */
#include "irc.h"

#include "core/text.h"

#include <string.h>

#if LWCHAT_IRC

/* What a client has introduced itself with, and whether it may still do so. */
enum {
    NICK = 1,
    USER = 2,
    NEGOTIATES = 4, /* between CAP LS and CAP END */
    ENTERED = 8
};

/* A line that becomes a command of the chat may get longer by so much. */
enum { SPARE_BYTES = 8, LINE_BYTES = LWCHAT_LINE_BYTES - SPARE_BYTES };

enum { CTCP = 0x01 };

const char *const irc_extensions[] = {
    [IRC_ECHO_MESSAGE] = "echo-message",
    [IRC_SERVER_TIME] = "server-time",
};

/* --- Parsing ------------------------------------------------------------------- */

static void skip_blanks(const char **at, const char *end)
{
    while (*at < end && **at == ' ') {
        (*at)++;
    }
}

static void skip_word(const char **at, const char *end)
{
    while (*at < end && **at != ' ') {
        (*at)++;
    }
}

static struct irc_text take_word(const char **at, const char *end)
{
    const char *begin = *at;

    skip_word(at, end);
    struct irc_text word = {begin, (size_t)(*at - begin)};
    skip_blanks(at, end);
    return word;
}

void irc_split(struct irc_message *message, const char *line, size_t bytes)
{
    const char *at = line, *end = line + bytes;

    memset(message, 0, sizeof *message);
    for (unsigned i = 0; i < IRC_PARAMETERS; i++) {
        message->parameter[i].text = end;
    }
    skip_blanks(&at, end);
    if (at < end && *at == '@') {
        (void)take_word(&at, end);
    }
    if (at < end && *at == ':') {
        (void)take_word(&at, end);
    }
    message->command = take_word(&at, end);
    while (at < end && message->parameters < IRC_PARAMETERS) {
        struct irc_text *parameter = &message->parameter[message->parameters++];
        if (*at == ':') {
            *parameter = (struct irc_text){at + 1, (size_t)(end - at - 1)};
            return;
        }
        *parameter = take_word(&at, end);
    }
}

bool irc_is(const struct irc_text *text, const char *word)
{
    return text_is(text->text, text->bytes, word);
}

unsigned irc_find_extension(const char *name, size_t bytes)
{
    unsigned i = 0;

    while (i < IRC_EXTENSIONS && !text_is(name, bytes, irc_extensions[i])) {
        i++;
    }
    return i == IRC_SERVER_TIME && !LWCHAT_CLOCK ? (unsigned)IRC_EXTENSIONS : i;
}

bool irc_next_word(struct irc_text *list, struct irc_text *word)
{
    const char *at = list->text, *end = list->text + list->bytes;

    skip_blanks(&at, end);
    *word = take_word(&at, end);
    *list = (struct irc_text){at, (size_t)(end - at)};
    return word->bytes > 0;
}

void irc_use_first(struct irc_text *names)
{
    const char *comma = names->bytes == 0 ? NULL : memchr(names->text, ',', names->bytes);

    names->bytes = comma == NULL ? names->bytes : (size_t)(comma - names->text);
}

/* --- What a message means --------------------------------------------------------- */

/* The line being read, and what is known of its peer. */
struct hearing {
    struct framing *framing;
    struct framing_line *line;
    struct irc_message message;
};

/* Replaces the line by `words`, followed by `rest`, which is a part of it. */
static void become(struct hearing *hearing, enum framing_meaning meaning, const char *words,
                   const struct irc_text *rest)
{
    struct framing_line *line = hearing->line;
    size_t words_bytes = strlen(words);
    size_t bytes = rest->bytes;

    memmove(line->text + words_bytes, rest->text, bytes);
    memcpy(line->text, words, words_bytes);
    line->bytes = (uint16_t)(words_bytes + bytes);
    line->meaning = meaning;
}

/* CASEMAPPING=ascii: in any case it is the same room. */
static void lower(const struct hearing *hearing, const struct irc_text *name)
{
    char *at = hearing->line->text + (name->text - hearing->line->text);

    for (size_t i = 0; i < name->bytes; i++) {
        at[i] = text_lower(at[i]);
    }
}

static bool is_room(const struct irc_text *name)
{
    return name->bytes > 0 && name->text[0] == '#';
}

/* Whether the peer has introduced itself by now, which it does once. */
static bool is_introduced(struct framing *framing)
{
    if (framing->introduced != (NICK | USER)) {
        return false;
    }
    framing->introduced |= ENTERED;
    return true;
}

static bool take_nick(struct hearing *hearing)
{
    struct framing *framing = hearing->framing;
    struct irc_text *nick = &hearing->message.parameter[0];

    if (nick->bytes > 0) {
        framing->introduced |= NICK;
    }
    if (nick->bytes > 0 && (is_introduced(framing) || (framing->introduced & ENTERED))) {
        become(hearing, FRAMING_ENTER, "", nick);
    } else {
        become(hearing, FRAMING_COMMAND, "/nick ", nick);
    }
    return true;
}

static bool ask(struct hearing *hearing)
{
    hearing->line->meaning = FRAMING_ASK;
    return true;
}

/* Whether the peer enters the chat with this message, which has no more to say. */
static bool enter(struct hearing *hearing)
{
    if (!is_introduced(hearing->framing)) {
        return false;
    }
    become(hearing, FRAMING_ENTER, "", &(struct irc_text){hearing->line->text, 0});
    return true;
}

static bool take_user(struct hearing *hearing)
{
    if ((hearing->framing->introduced & USER) || hearing->message.parameters < 4) {
        return ask(hearing);
    }
    hearing->framing->introduced |= USER;
    return enter(hearing);
}

static void request_extensions(struct framing *framing, struct irc_text list)
{
    static const uint8_t flags[] = {
        [IRC_ECHO_MESSAGE] = FRAMING_ECHO, [IRC_SERVER_TIME] = FRAMING_TIMES};
    uint8_t on = 0, off = 0;
    struct irc_text word;

    while (irc_next_word(&list, &word)) {
        bool minus = word.text[0] == '-';
        unsigned i = irc_find_extension(word.text + minus, word.bytes - minus);
        if (i == IRC_EXTENSIONS) {
            return; /* all or nothing */
        }
        *(minus ? &off : &on) |= flags[i];
    }
    framing->flags = (uint8_t)((framing->flags | on) & ~off);
}

static bool take_cap(struct hearing *hearing)
{
    struct framing *framing = hearing->framing;
    const struct irc_text *what = &hearing->message.parameter[0];

    if (irc_is(what, "end")) {
        framing->introduced &= (uint8_t)~NEGOTIATES;
        return enter(hearing);
    }
    if (irc_is(what, "req")) {
        request_extensions(framing, hearing->message.parameter[1]);
    }
    if (!(framing->introduced & ENTERED) && (irc_is(what, "req") || irc_is(what, "ls"))) {
        framing->introduced |= NEGOTIATES;
    }
    return ask(hearing);
}

static bool take_join(struct hearing *hearing)
{
    struct irc_text *room = &hearing->message.parameter[0];

    irc_use_first(room);
    lower(hearing, room);
    if (irc_is(room, "0")) { /* leaves all rooms */
        become(hearing, FRAMING_COMMAND, "/join #lobby", &(struct irc_text){room->text, 0});
    } else {
        become(hearing, FRAMING_COMMAND, "/join ", room);
    }
    return true;
}

static bool take_part(struct hearing *hearing)
{
    struct irc_text *room = &hearing->message.parameter[0];

    if (room->bytes == 0) {
        return ask(hearing);
    }
    irc_use_first(room);
    lower(hearing, room);
    become(hearing, FRAMING_LEAVE, "", room);
    return true;
}

static bool take_quit(struct hearing *hearing)
{
    become(hearing, FRAMING_COMMAND, "/quit ", &hearing->message.parameter[0]);
    return true;
}

/* --- What is said ------------------------------------------------------------------ */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hexadecimal(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The length of a colour at `at`: up to `most` digits, perhaps a comma, and as many again. */
static size_t colour_bytes(const char *at, size_t bytes, bool (*belongs)(char), size_t most)
{
    size_t n = 0, m = 1;

    while (n < bytes && n < most && belongs(at[n])) {
        n++;
    }
    if (n == 0 || n == bytes || at[n] != ',') {
        return n;
    }
    while (n + m < bytes && m <= most && belongs(at[n + m])) {
        m++;
    }
    return m > 1 ? n + m : n;
}

/*
 * Removes the codes of colours and fonts (https://modern.ircdocs.horse/formatting). They are not
 * text: as '?' they would only make it hard to read. @return the new length.
 */
static size_t remove_format(char *text, size_t bytes)
{
    size_t n = 0;

    for (size_t at = 0; at < bytes;) {
        char c = text[at++];
        if (c == 0x03) {
            at += colour_bytes(text + at, bytes - at, is_digit, 2);
        } else if (c == 0x04) {
            at += colour_bytes(text + at, bytes - at, is_hexadecimal, 6);
        } else if (c == '\0' || memchr("\x02\x0F\x11\x16\x1D\x1E\x1F", c, 7) == NULL) {
            text[n++] = c;
        }
    }
    return n;
}

/* Takes a CTCP message: only ACTION has a meaning. @return false for any other. */
static bool take_action(struct irc_text *text)
{
    static const char action[] = "\001ACTION";
    size_t bytes = sizeof action - 1;

    if (text->bytes < bytes || memcmp(text->text, action, bytes) != 0 ||
        (text->bytes > bytes && text->text[bytes] != ' ' && text->text[bytes] != CTCP)) {
        return false;
    }
    bytes += text->bytes > bytes && text->text[bytes] == ' ';
    text->text += bytes;
    text->bytes -= bytes;
    if (text->bytes > 0 && text->text[text->bytes - 1] == CTCP) {
        text->bytes--;
    }
    return true;
}

/* Moves the text behind its target and `between`. @return where both begin. */
static struct irc_text join_to_target(struct hearing *hearing, const struct irc_text *text,
                                      const char *between)
{
    const struct irc_text *target = &hearing->message.parameter[0];
    char *to = hearing->line->text + (target->text - hearing->line->text) + target->bytes;
    size_t bytes = strlen(between);

    memmove(to + bytes, text->text, text->bytes);
    memcpy(to, between, bytes);
    return (struct irc_text){target->text, target->bytes + bytes + text->bytes};
}

static bool take_said(struct hearing *hearing)
{
    struct irc_text *target = &hearing->message.parameter[0];
    struct irc_text text = hearing->message.parameter[1];
    bool acts = false;

    irc_use_first(target);
    text.bytes = target->bytes == 0 ? 0 : text.bytes; /* its first word must not be the target */
    if (text.bytes > 0 && text.text[0] == CTCP) {
        acts = take_action(&text);
        if (!acts) {
            return false;
        }
    }
    text.bytes = remove_format(hearing->line->text + (text.text - hearing->line->text), text.bytes);
    if (is_room(target)) {
        lower(hearing, target);
        struct irc_text both = join_to_target(hearing, &text, " ");
        become(hearing, acts ? FRAMING_DO_IN : FRAMING_SAY_IN, "", &both);
    } else {
        /* In private, the chat has no actions. */
        struct irc_text both = join_to_target(hearing, &text, acts ? " * " : " ");
        become(hearing, FRAMING_COMMAND, "/msg ", &both);
    }
    return true;
}

/* Any other command may be one of the chat's, which are in lower case. */
static bool take_command(struct hearing *hearing)
{
    const struct irc_message *message = &hearing->message;
    const char *end = hearing->line->text + hearing->line->bytes;
    struct irc_text all = {message->command.text, (size_t)(end - message->command.text)};

    if (message->parameters > 0) {
        const struct irc_text *last = &message->parameter[message->parameters - 1];
        if (last->text[-1] == ':') {
            char *colon = hearing->line->text + (last->text - hearing->line->text) - 1;
            memmove(colon, colon + 1, last->bytes);
            all.bytes--;
        }
    }
    lower(hearing, &message->command);
    become(hearing, FRAMING_COMMAND, "/", &all);
    return true;
}

/* A page in a browser must not be able to speak through it: the request ends the connection. */
static bool take_request(struct hearing *hearing)
{
    if (hearing->framing->introduced & ENTERED) {
        return take_command(hearing);
    }
    become(hearing, FRAMING_COMMAND, "/quit", &(struct irc_text){hearing->line->text, 0});
    return true;
}

#if LWCHAT_PASSWORD
/* All of the rest, as people type spaces without a colon. */
static bool take_pass(struct hearing *hearing)
{
    const struct irc_text *first = &hearing->message.parameter[0];
    const char *end = hearing->line->text + hearing->line->bytes;

    become(hearing, FRAMING_PASSWORD, "",
           &(struct irc_text){first->text, (size_t)(end - first->text)});
    return true;
}
#endif

static bool is_nothing(struct hearing *hearing)
{
    (void)hearing;
    return false;
}

/* @return false if nothing is to be done. */
static bool take_message(struct hearing *hearing)
{
    static const struct {
        const char *name;
        bool (*take)(struct hearing *hearing);
    } takes[] = {
        {"nick", take_nick},
        {"user", take_user},
        {"cap", take_cap},
#if LWCHAT_PASSWORD
        {"pass", take_pass},
#else
        {"pass", is_nothing},
#endif
        {"pong", is_nothing},
        {"away", is_nothing},
        {"ping", ask},
        {"join", take_join},
        {"part", take_part},
        {"quit", take_quit},
        {"privmsg", take_said},
        {"notice", take_said},
        {"mode", ask},
        {"who", ask},
        {"whois", ask},
        {"names", ask},
        {"list", ask},
        {"topic", ask},
        {"motd", ask},
        {"get", take_request},
        {"post", take_request},
    };

    for (unsigned i = 0; i < sizeof takes / sizeof takes[0]; i++) {
        if (irc_is(&hearing->message.command, takes[i].name)) {
            return takes[i].take(hearing);
        }
    }
    return hearing->message.command.bytes > 0 && take_command(hearing);
}

/* --- Lines ----------------------------------------------------------------------- */

static enum framing_event end_line(struct framing *framing, struct framing_line *line)
{
    struct hearing hearing = {.framing = framing, .line = line};
    bool skipped = (framing->flags & FRAMING_SKIP) != 0;

    framing->flags &= (uint8_t)~FRAMING_SKIP;
    if (!skipped) {
        irc_split(&hearing.message, line->text, line->bytes);
        if (take_message(&hearing)) {
            return FRAMING_LINE;
        }
    }
    line->bytes = 0;
    return FRAMING_MORE;
}

size_t irc_feed(struct framing *framing, const uint8_t *in, size_t bytes, struct framing_line *line,
                enum framing_event *event)
{
    size_t used = 0;

    *event = FRAMING_MORE;
    while (used < bytes && *event == FRAMING_MORE) {
        uint8_t byte = in[used++];
        if (byte == '\n' || byte == '\r') {
            *event = end_line(framing, line);
        } else if (byte == '\0' || (framing->flags & FRAMING_SKIP)) {
            continue;
        } else if (line->bytes == LINE_BYTES) {
            line->bytes = 0;
            framing->flags |= FRAMING_SKIP;
            *event = FRAMING_TOO_LONG;
        } else {
            line->text[line->bytes++] = (char)byte;
        }
    }
    return used;
}

#endif

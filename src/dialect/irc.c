/*
 * IRC clients (RFC 2812, RFC 1459, https://modern.ircdocs.horse/). A room is a channel, and
 * everybody is in exactly one. What happened is sent as the messages that other servers would send;
 * sentences of the chat are numeric replies where IRC has one, and notices otherwise.
 *
 * Text that is longer than a line goes out in several messages, each with its sender.
 */
#include "core/date.h"
#include "core/ignore.h"
#include "core/text.h"
#include "dialect.h"
#include "irc_line.h"
#include "plain.h"

#include <string.h>

#if LWCHAT_IRC

/* --- Time ---------------------------------------------------------------------------- */

#if LWCHAT_CLOCK
static bool has_times(const struct shown *shown)
{
    return (shown->reader->framing.flags & FRAMING_TIMES) != 0 && shown->chat->has_clock;
}
#endif

/* The tag of server-time: https://ircv3.net/specs/extensions/server-time */
static void add_time(struct shown *shown, const struct log_record *record)
{
#if LWCHAT_CLOCK
    enum { DATE = 6 };

    if (has_times(shown)) {
        char text[] = "@time=1970-01-01T00:00:00.000Z ";
        date_write(text + DATE, record->time_s, 'T');
        shown_add(shown, text, sizeof text - 1);
    }
#else
    (void)shown;
    (void)record;
#endif
}

static void seal(struct shown *shown)
{
    if (shown->bytes > 0) {
        shown->text[shown->bytes++] = '\r';
        shown->text[shown->bytes++] = '\n';
    }
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
    size_t most = irc_room_left(shown, tags) - end_bytes;

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
        irc_add_server(shown);
        shown_add_literal(shown, "NOTICE ");
        irc_add_room(shown, irc_room_of(shown));
        shown_add_literal(shown, " :");
        size_t before = shown->bytes;
        plain_add_time(shown, record);
        if (shown->bytes == before) {
            irc_add_word(shown, I_EARLIER, NULL, 0);
        }
        shown_add_literal(shown, acts ? "* " : "<");
        shown_add(shown, log_nick(record), record->nick_bytes);
        shown_add_literal(shown, acts ? " " : "> ");
    } else {
        irc_add_sender(shown, log_nick(record), record->nick_bytes);
        shown_add_literal(shown, "PRIVMSG ");
        irc_add_room(shown, irc_room_of(shown));
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
    uint16_t reader = (uint16_t)session_number(shown->chat, shown->reader);

    if (record->to != reader && !(shown->reader->framing.flags & FRAMING_ECHO)) {
        return; /* its own message to somebody else */
    }
    add_time(shown, record);
    size_t tags = shown->bytes;
    irc_add_sender(shown, log_nick(record), record->nick_bytes);
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
    irc_add_sender(shown, nick, nick_bytes);
    switch (record->word) {
    case W_JOINED:
        shown_add_literal(shown, "JOIN ");
        irc_add_room(shown, irc_room_of(shown));
        break;
    case W_LEFT:
        shown_add_literal(shown, "PART ");
        irc_add_room(shown, irc_room_of(shown));
        break;
    case W_LEFT_SAYING:
        shown_add_literal(shown, "QUIT :");
        if (ignore_farewell(shown->reader, record) == 0) {
            irc_add_some(shown, tags, more, more_bytes);
        }
        break;
    case W_RENAMED:
        shown_add_literal(shown, "NICK ");
        shown_add(shown, more, more_bytes);
        break;
    default:
        shown_add_literal(shown, "QUIT :");
        irc_add_word(shown, I_WAS_KICKED, NULL, 0);
        break;
    }
}

/* --- Sentences ----------------------------------------------------------------------- */

enum { PASSWORD_MISMATCH = 464 };

static const struct {
    uint8_t word;
    uint16_t numeric;
} numerics[] = {
    {W_NO_NICK, 401},
    {W_ROOM_BAD, 403},
    {W_NOT_IN, 404},
    {W_TOO_LONG, 417},
    {W_NO_COMMAND, 421},
    {W_NICK_BAD, 432},
    {W_NICK_LONG, 432},
    {W_NICK_TAKEN, 433},
    {W_NICK_RESERVED, 433},
    {W_ROOMS_FULL, 437},
    {W_NOT_ENTERED, 451},
    {W_NEEDS_MORE, 461},
#if LWCHAT_PASSWORD
    {W_PASSWORD_LAST, PASSWORD_MISMATCH},
    {W_PASSWORD_WAIT, PASSWORD_MISMATCH},
    {W_PASSWORD_LATE, PASSWORD_MISMATCH},
    {W_PASSWORD_NEEDED, PASSWORD_MISMATCH},
#endif
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

/* The first argument as a parameter, without a command's slash. */
static void add_argument(struct shown *shown, const char *arguments, size_t bytes)
{
    const char *nul = memchr(arguments, '\0', bytes);
    size_t argument_bytes = nul == NULL ? bytes : (size_t)(nul - arguments);
    size_t slash = argument_bytes > 1 && arguments[0] == '/';

    irc_add_name(shown, arguments + slash, argument_bytes - slash);
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
    irc_add_some(shown, 0, text, left);
}

void irc_say(struct shown *shown, enum word_chat word, const char *arguments, size_t bytes)
{
    unsigned numeric = numeric_of(word);

    if (word == W_YOU_ARE) {
        /* The new nick, and the old one. */
        size_t new_bytes = (size_t)((const char *)memchr(arguments, '\0', bytes) - arguments);
        const char *old = arguments + new_bytes + 1;
        size_t old_bytes = bytes - new_bytes - 1;
        if (old_bytes != new_bytes || memcmp(old, arguments, new_bytes) != 0) {
            irc_add_sender(shown, old, old_bytes);
            shown_add_literal(shown, "NICK ");
            shown_add(shown, arguments, new_bytes);
        }
        return;
    }
    if (numeric != 0) {
        irc_add_numeric(shown, numeric);
        if (word != W_TOO_LONG && word != W_NOT_ENTERED && numeric != PASSWORD_MISMATCH) {
            add_argument(shown, arguments, bytes);
            shown_add_literal(shown, " ");
        }
    } else {
        bool kills = word == W_YOU_WERE_KICKED || word == W_YOU_WERE_KICKED_FOR;
        irc_add_server(shown);
        shown_add_literal(shown, kills ? "KILL " : "NOTICE ");
        irc_add_reader(shown);
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
            irc_add_server(shown);
            shown_add_literal(shown, "NOTICE ");
            irc_add_room(shown, irc_room_of(shown));
            shown_add_literal(shown, " :");
            add_sentence(shown, (enum word_chat)record->word, log_text(record), record->text_bytes);
        } else {
            irc_say(shown, (enum word_chat)record->word, log_text(record), record->text_bytes);
        }
        break;
    }
}

/* It may be partly sent when the server stops, and must be the same then. */
static void show_end(struct shown *shown)
{
    shown_add_literal(shown, "ERROR :");
    bool kicked = shown->reader->kicked && !session_is_locked(shown->reader);
    irc_add_word(shown, kicked ? I_KICKED : I_GOODBYE, NULL, 0);
    seal(shown);
}

const struct dialect dialect_irc = {
    .feed = irc_feed,
    .list = irc_list,
    .show = show,
    .say = irc_say,
    .seal = seal,
    .end = show_end,
    .unended = FRAMING_NOTHING,
    .introduces = true,
    .opening = OPENING_IRC,
    .refusal = "ERROR :",
};

#endif

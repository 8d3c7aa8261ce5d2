/*
 * One object a line, for bots, loggers and bridges (RFC 8259).
 *
 *     {"say":"TEXT"}   {"cmd":"/COMMAND"}   {"resume":{"start":ID,"seq":N}}
 *     {"say":"TEXT","from":"NICK@SERVER"}   {"do":"TEXT"}   {"ping":N}         with LWCHAT_BRIDGE
 *
 * An object is parsed as it arrives, and only the decoded value of its string is stored: the limit
 * of a line is in decoded bytes. The parser's state is at the front of the incomplete line.
 *
 * A record's number, "seq", is its position in the log, which only grows, followed by the low bits
 * of its room's message count: even when the log has lost a record, its number tells how many
 * messages came after it.
 */
#include "dialect.h"
#include "json.h"

#include "core/ignore.h"
#include "core/text.h"
#include "plain.h"

#include <string.h>

#if LWCHAT_JSON

/* --- Input -------------------------------------------------------------------- */

enum place {
    BEFORE_OBJECT,
    BEFORE_FIRST_KEY,
    BEFORE_KEY,
    IN_STRING,
    AFTER_BACKSLASH,
    IN_UNIT, /* the hexadecimal digits of \u */
    BEFORE_LOW_BACKSLASH,
    BEFORE_LOW_U,
    BEFORE_COLON,
    BEFORE_VALUE,
    IN_NUMBER,
    AFTER_VALUE,
    AFTER_OBJECT
};

/* Those of an object, and then those of a request to resume. */
enum key {
    KEY_NONE,
    KEY_SAY,
    KEY_CMD,
#if LWCHAT_BRIDGE
    KEY_DO,
    KEY_PING,
    KEY_FROM,
#endif
#if LWCHAT_PASSWORD
    KEY_PASSWORD,
#endif
    KEY_RESUME,
    KEY_START,
    KEY_SEQ,
    KEYS
};
static const char *const key_names[KEYS] = {"",         "say",   "cmd",
#if LWCHAT_BRIDGE
                                            "do",       "ping",  "from",
#endif
#if LWCHAT_PASSWORD
                                            "password",
#endif
                                            "resume",   "start", "seq"};

enum { KEY_BYTES = LWCHAT_PASSWORD ? 8 : 6 };

struct state {
    uint64_t number; /* the one being parsed */
    uint64_t start, seq;
    uint16_t unit; /* of \u, so far */
    uint16_t high; /* the high surrogate before it, or 0 */
    uint8_t place; /* enum place */
    uint8_t digits;
    uint8_t key;   /* enum key of the current value */
    uint16_t seen; /* a bit for each key */
#if LWCHAT_BRIDGE
    uint16_t from, from_end; /* the name's offsets in the line; the text is before or after it */
#endif
    bool in_key; /* the current string is a key */
    bool in_resume;
    uint8_t key_bytes;
    char key_text[KEY_BYTES];
};

/* The state, followed by the text and a name, must fit in a line buffer. */
enum { NAME_BYTES = LWCHAT_BRIDGE ? LWCHAT_BRIDGED_BYTES : 0 };
_Static_assert(sizeof(struct state) + LWCHAT_LINE_BYTES + NAME_BYTES <= LWCHAT_SHOWN_BYTES,
               "a line fits");

enum verdict { GOES_ON, WRONG, TOO_LONG };

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static enum verdict put(struct state *state, struct framing_line *line, uint8_t byte)
{
    if (state->in_key) {
        if (state->key_bytes == KEY_BYTES) {
            return WRONG;
        }
        state->key_text[state->key_bytes++] = (char)byte;
        return GOES_ON;
    }
#if LWCHAT_BRIDGE
    if (state->key == KEY_FROM) {
        if (line->bytes - state->from == NAME_BYTES) {
            return WRONG;
        }
        line->text[line->bytes++] = (char)byte;
        state->from_end = line->bytes;
        return GOES_ON;
    }
    size_t others = sizeof *state + state->from_end - state->from;
#else
    size_t others = sizeof *state;
#endif
    if (line->bytes == others + LWCHAT_LINE_BYTES) {
        return TOO_LONG;
    }
    line->text[line->bytes++] = (char)byte;
    return GOES_ON;
}

static enum verdict put_point(struct state *state, struct framing_line *line, uint32_t point)
{
    enum verdict verdict = GOES_ON;
    char text[4];
    size_t bytes = text_encode(text, point);

    for (size_t i = 0; i < bytes && verdict == GOES_ON; i++) {
        verdict = put(state, line, (uint8_t)text[i]);
    }
    return verdict;
}

/* \u is complete. A high surrogate must be followed by a low one. */
static enum verdict take_unit(struct state *state, struct framing_line *line)
{
    uint32_t point = state->unit;
    bool low = point >= 0xDC00 && point <= 0xDFFF;

    if (low != (state->high != 0)) {
        return WRONG;
    }
    if (point >= 0xD800 && point < 0xDC00) {
        state->high = (uint16_t)point;
        state->place = BEFORE_LOW_BACKSLASH;
        return GOES_ON;
    }
    if (low) {
        point = 0x10000 + ((uint32_t)(state->high - 0xD800) << 10) + (point - 0xDC00);
    }
    state->high = 0;
    state->place = IN_STRING;
    return put_point(state, line, point);
}

static enum verdict take_hex(struct state *state, struct framing_line *line, uint8_t byte)
{
    uint8_t lower = byte | 0x20;
    unsigned digit;

    if (byte >= '0' && byte <= '9') {
        digit = (unsigned)byte - '0';
    } else if (lower >= 'a' && lower <= 'f') {
        digit = (unsigned)lower - 'a' + 10;
    } else {
        return WRONG;
    }
    state->unit = (uint16_t)(((unsigned)state->unit << 4) | digit);
    return --state->digits > 0 ? GOES_ON : take_unit(state, line);
}

static enum verdict take_escape(struct state *state, struct framing_line *line, uint8_t byte)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";

    if (byte == 'u') {
        state->unit = 0;
        state->digits = 4;
        state->place = IN_UNIT;
        return GOES_ON;
    }
    const char *name = memchr(names, byte, sizeof names - 1);
    if (name == NULL) {
        return WRONG;
    }
    state->place = IN_STRING;
    return put(state, line, (uint8_t)values[name - names]);
}

#if LWCHAT_BRIDGE
/* True when `keys`, of an object that is not nested, go together. */
static bool are_partners(unsigned keys)
{
    unsigned others = keys & ~(1U << KEY_FROM);

    return (others & (others - 1)) == 0 &&
           (others == keys || (others & ~(1U << KEY_SAY | 1U << KEY_DO)) == 0);
}
#else
static bool are_partners(unsigned keys)
{
    return (keys & (keys - 1)) == 0;
}
#endif

/* A key is complete. It must be allowed here, and not have occurred before. */
static enum verdict take_key(struct state *state)
{
    unsigned first = state->in_resume ? KEY_START : KEY_SAY;
    unsigned last = state->in_resume ? KEY_SEQ : KEY_START - 1;

    state->in_key = false;
    for (unsigned key = first; key <= last; key++) {
        if (strlen(key_names[key]) == state->key_bytes &&
            memcmp(key_names[key], state->key_text, state->key_bytes) == 0) {
            bool again = state->seen & (1U << key);
            state->key = (uint8_t)key;
            state->seen |= (uint16_t)(1U << key);
            state->place = BEFORE_COLON;
            return again || (!state->in_resume && !are_partners(state->seen)) ? WRONG : GOES_ON;
        }
    }
    return WRONG;
}

static enum verdict take_in_string(struct state *state, struct framing_line *line, uint8_t byte)
{
    if (byte == '\\') {
        state->place = AFTER_BACKSLASH;
        return GOES_ON;
    }
    if (byte == '"') {
        state->place = AFTER_VALUE;
        return state->in_key ? take_key(state) : GOES_ON;
    }
    return byte < ' ' ? WRONG : put(state, line, byte);
}

static enum verdict begin_value(struct state *state, const struct framing_line *line, uint8_t byte)
{
    bool is_digit = byte >= '0' && byte <= '9';
    bool number = state->in_resume;

#if LWCHAT_BRIDGE
    number = number || state->key == KEY_PING;
    if (state->key == KEY_FROM) {
        state->from = state->from_end = line->bytes;
    }
#else
    (void)line;
#endif

    if (state->key == KEY_RESUME) {
        state->in_resume = byte == '{';
        state->place = BEFORE_FIRST_KEY;
        return state->in_resume ? GOES_ON : WRONG;
    }
    if (number) {
        state->number = byte - (uint64_t)'0';
        state->place = IN_NUMBER;
        return is_digit ? GOES_ON : WRONG;
    }
    state->place = IN_STRING;
    return byte == '"' ? GOES_ON : WRONG;
}

static enum verdict take_after_value(struct state *state, uint8_t byte)
{
    if (byte == ',') {
        state->place = BEFORE_KEY;
        return GOES_ON;
    }
    if (byte != '}') {
        return WRONG;
    }
    state->place = state->in_resume ? AFTER_VALUE : AFTER_OBJECT;
    state->in_resume = false;
    return GOES_ON;
}

static enum verdict take_number(struct state *state, uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        if (state->number == 0 || state->number > (UINT64_MAX - 9) / 10) {
            return WRONG; /* a leading zero, or too large */
        }
        state->number = state->number * 10 + (byte - (uint64_t)'0');
        return GOES_ON;
    }
    *(state->key == KEY_START ? &state->start : &state->seq) = state->number;
    state->place = AFTER_VALUE;
    return is_blank(byte) ? GOES_ON : take_after_value(state, byte);
}

static enum verdict expect(struct state *state, uint8_t byte, uint8_t expected, enum place next)
{
    state->place = (uint8_t)next;
    return byte == expected ? GOES_ON : WRONG;
}

static enum verdict take_between(struct state *state, const struct framing_line *line, uint8_t byte)
{
    if (is_blank(byte)) {
        return GOES_ON;
    }
    switch (state->place) {
    case BEFORE_OBJECT:
        return expect(state, byte, '{', BEFORE_FIRST_KEY);
    case BEFORE_FIRST_KEY:
    case BEFORE_KEY:
        /* {} is not valid, so a key must follow in either case. */
        state->in_key = true;
        state->key_bytes = 0;
        return expect(state, byte, '"', IN_STRING);
    case BEFORE_COLON:
        return expect(state, byte, ':', BEFORE_VALUE);
    case BEFORE_VALUE:
        return begin_value(state, line, byte);
    case AFTER_VALUE:
        return take_after_value(state, byte);
    default:
        return WRONG;
    }
}

static enum verdict take(struct state *state, struct framing_line *line, uint8_t byte)
{
    switch (state->place) {
    case IN_STRING:
        return take_in_string(state, line, byte);
    case AFTER_BACKSLASH:
        return take_escape(state, line, byte);
    case IN_UNIT:
        return take_hex(state, line, byte);
    case BEFORE_LOW_BACKSLASH:
        return expect(state, byte, '\\', BEFORE_LOW_U);
    case BEFORE_LOW_U:
        state->unit = 0;
        state->digits = 4;
        return expect(state, byte, 'u', IN_UNIT);
    case IN_NUMBER:
        return take_number(state, byte);
    default:
        return take_between(state, line, byte);
    }
}

static bool is_utf8(const char *text, size_t bytes)
{
    uint32_t point;

    while (bytes > 0) {
        int length = text_decode(text, bytes, &point);
        if (length < 0) {
            return false;
        }
        text += length;
        bytes -= (size_t)length;
    }
    return true;
}

/* The meaning of the object in a line that has ended. */
static enum framing_meaning meaning_of(const struct state *state, struct framing_line *line)
{
    bool numbers = (state->seen & 1U << KEY_START) && (state->seen & 1U << KEY_SEQ);

    line->begin = sizeof *state;
    line->start = state->start;
    line->seq = state->seq;
#if LWCHAT_BRIDGE
    line->from = state->from;
    line->from_bytes = state->from_end - state->from;
    if (state->from == line->begin) {
        line->begin = state->from_end; /* the name is first */
    } else if (line->from_bytes > 0) {
        line->bytes = state->from;
    }
    if (state->seen == 1U << KEY_FROM ||
        (line->from_bytes == 0 && (state->seen & 1U << KEY_FROM) != 0)) {
        return FRAMING_BAD;
    }
#endif
    if (state->place != AFTER_OBJECT ||
        !is_utf8(line->text + line->begin, line->bytes - line->begin)) {
        return FRAMING_BAD;
    }
    if (state->seen & 1U << KEY_RESUME) {
        return numbers ? FRAMING_RESUME : FRAMING_BAD;
    }
#if LWCHAT_PASSWORD
    if (state->seen & 1U << KEY_PASSWORD) {
        return FRAMING_PASSWORD;
    }
#endif
#if LWCHAT_BRIDGE
    if (state->seen & (1U << KEY_DO | 1U << KEY_PING)) {
        if ((state->seen & 1U << KEY_DO) != 0) {
            return FRAMING_DO;
        }
        return line->seq <= UINT16_MAX ? FRAMING_PING : FRAMING_BAD;
    }
#endif
    return (state->seen & 1U << KEY_SAY) != 0 ? FRAMING_SAY : FRAMING_COMMAND;
}

/* Skips up to the end of the line. @return the bytes used. */
static size_t skip(struct framing *framing, const uint8_t *in, size_t bytes)
{
    const uint8_t *newline = memchr(in, '\n', bytes);

    if (newline == NULL) {
        return bytes;
    }
    framing->flags &= (uint8_t)~FRAMING_SKIP;
    return (size_t)(newline + 1 - in);
}

static size_t feed(struct framing *framing, const uint8_t *in, size_t bytes,
                   struct framing_line *line, enum framing_event *event)
{
    struct state state = {.place = BEFORE_OBJECT};
    size_t used = framing->flags & FRAMING_SKIP ? skip(framing, in, bytes) : 0;

    *event = FRAMING_MORE;
    if (line->bytes > 0) {
        memcpy(&state, line->text, sizeof state);
    }
    while (used < bytes) {
        uint8_t byte = in[used++];
        if (byte == '\n' && state.place == BEFORE_OBJECT) {
            continue; /* an empty line */
        }
        if (line->bytes == 0) {
            line->bytes = sizeof state;
        }
        if (byte == '\n') {
            line->meaning = meaning_of(&state, line);
            *event = FRAMING_LINE;
            return used;
        }
        enum verdict verdict = take(&state, line, byte);
        if (verdict != GOES_ON) {
            line->meaning = FRAMING_BAD;
            line->bytes = verdict == TOO_LONG ? 0 : line->bytes;
            framing->flags |= FRAMING_SKIP;
            *event = verdict == TOO_LONG ? FRAMING_TOO_LONG : FRAMING_LINE;
            return used;
        }
    }
    if (state.place == BEFORE_OBJECT) {
        line->bytes = 0; /* nothing but blanks */
    } else {
        memcpy(line->text, &state, sizeof state);
    }
    return used;
}

/* --- Output ------------------------------------------------------------------- */

static void add_string(struct shown *shown, const char *text, size_t bytes)
{
    size_t begin = 0;

    /* Clean text has no control characters; only these two need to be escaped. */
    shown_add_literal(shown, "\"");
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '"' || text[i] == '\\') {
            shown_add(shown, text + begin, i - begin);
            shown_add_literal(shown, "\\");
            begin = i;
        }
    }
    shown_add(shown, text + begin, bytes - begin);
    shown_add_literal(shown, "\"");
}

static void add_key(struct shown *shown, const char *key)
{
    shown_add_literal(shown, shown->bytes == 0 ? "{\"" : ",\"");
    shown_add_literal(shown, key);
    shown_add_literal(shown, "\":");
}

static void add(struct shown *shown, const char *key, const char *text, size_t bytes)
{
    add_key(shown, key);
    add_string(shown, text, bytes);
}

static void add_literal(struct shown *shown, const char *key, const char *text)
{
    add(shown, key, text, strlen(text));
}

static void add_number(struct shown *shown, const char *key, uint64_t number)
{
    char digits[20];

    add_key(shown, key);
    shown_add(shown, digits, text_number64(digits, number));
}

static void end(struct shown *shown)
{
    shown_add_literal(shown, "}");
}

bool json_greet(struct shown *shown, unsigned step)
{
    const struct chat *chat = shown->chat;
    const struct chat_session *reader = shown->reader;
    const struct room *room = &chat->room[reader->room];

    if (step == 0) {
        add_number(shown, "time", chat_time_s(chat));
        add_literal(shown, "type", "hello");
        add_number(shown, "start", chat->config.start);
        add(shown, "room", room->name, room->name_bytes);
        add_literal(shown, "from", chat->config.name);
        add(shown, "to", reader->nick, reader->nick_bytes);
        end(shown);
    }
    return step == 0;
}

/* The peer is to send an object with "password", and may do so "count" times. */
static bool asks_password(enum word_chat word)
{
#if LWCHAT_PASSWORD
    return word == W_PASSWORD || word == W_PASSWORD_WRONG;
#else
    (void)word;
    return false;
#endif
}

void json_say(struct shown *shown, enum word_chat word, const char *arguments, size_t bytes)
{
    struct shown plain = {shown->chat, shown->reader, shown->text, 0, 0};
    size_t skipped = 0;

    plain_say(&plain, word, arguments, bytes);
    bool error = memcmp(plain.text, "!!! ", 4) == 0;
    if (error || memcmp(plain.text, "*** ", 4) == 0) {
        skipped = 4;
    }
    /* The text is moved to the buffer's end, and then copied forward from there in order. */
    size_t left = plain.bytes - skipped;
    char *text = shown->text + LWCHAT_SHOWN_BYTES - left;
    memmove(text, plain.text + skipped, left);
    bool missed = word == W_MISSED || word == W_HOLE;
#if LWCHAT_BRIDGE
    bool pong = word == W_PONG;
#else
    const bool pong = false;
#endif
    bool asks = asks_password(word);
    const char *type = asks     ? "password"
                       : error  ? "error"
                       : missed ? "missed"
                       : pong   ? "pong"
                                : "reply";
    add_literal(shown, "type", type);
    if (missed || asks || pong) {
        uint32_t count = 0;
        (void)text_parse_number(arguments, bytes, UINT32_MAX, &count);
        add_number(shown, "count", count);
    }
#if LWCHAT_BRIDGE
    if (pong && session_is_bridge(shown->reader)) {
        add_key(shown, "bridge");
        shown_add_literal(shown, "true");
    }
#endif
    add(shown, "text", text, left);
    end(shown);
}

/* Only records that a whole room reads have numbers, which rise for each reader. */
static void add_seq(struct shown *shown, uint32_t position, const struct log_record *record)
{
    if (record->to == LOG_NOBODY && record->room != LOG_EVERY_ROOM &&
        !log_before(position, shown->reader->told) && !session_has_no_numbers(shown->reader)) {
        uint16_t count = session_count(shown->reader, record->said, record->carried);
        add_number(shown, "seq", dialect_seq(&shown->chat->log, position, count));
    }
}

static void add_room(struct shown *shown, uint32_t position, const struct log_record *record)
{
    if (record->room == LOG_EVERY_ROOM) {
        return;
    }
    const struct room *room = &shown->chat->room[record->room];
    if (!log_before(position, room->born)) {
        add(shown, "room", room->name, room->name_bytes);
    }
}

/* A person joined, left or changed nick: the arguments are the nick and, for some, another text. */
static void show_event(struct shown *shown, const struct log_record *record)
{
    const char *nick = log_text(record);
    const char *nul = memchr(nick, '\0', record->text_bytes);
    size_t nick_bytes = nul == NULL ? record->text_bytes : (size_t)(nul - nick);

    add(shown, "from", nick, nick_bytes);
    if (nul != NULL && ignore_farewell(shown->reader, record) == 0) {
        add(shown, record->word == W_RENAMED ? "to" : "text", nul + 1,
            record->text_bytes - nick_bytes - 1);
    }
}

static const char *event_type(enum word_chat word)
{
    switch (word) {
    case W_JOINED:
        return "join";
    case W_LEFT:
    case W_LEFT_SAYING:
        return "leave";
    case W_RENAMED:
        return "nick";
    case W_KICKED:
        return "kick";
    default:
        return NULL;
    }
}

void json_show(struct shown *shown, uint32_t position, const struct log_record *record)
{
    const char *text = log_text(record);
    size_t bytes = record->text_bytes;
    const char *type = record->kind == LOG_MESSAGE   ? "message"
                       : record->kind == LOG_ACTION  ? "action"
                       : record->kind == LOG_PRIVATE ? "private"
                                                     : event_type((enum word_chat)record->word);

    if (type == NULL) {
        json_say(shown, (enum word_chat)record->word, text, bytes);
        return;
    }
    add_seq(shown, position, record);
    add_number(shown, "time", record->time_s);
    add_literal(shown, "type", type);
    add_room(shown, position, record);
    if (record->kind == LOG_NOTICE) {
        show_event(shown, record);
        end(shown);
        return;
    }
    add(shown, "from", log_nick(record), record->nick_bytes);
    if (record->kind == LOG_PRIVATE) {
        /* The text is the addressee's nick, NUL, and what was said. */
        size_t to_bytes = (size_t)((const char *)memchr(text, '\0', bytes) - text);
        add(shown, "to", text, to_bytes);
        text += to_bytes + 1;
        bytes -= to_bytes + 1;
    }
    add(shown, "text", text, bytes);
    end(shown);
}

static void seal(struct shown *shown)
{
    shown->text[shown->bytes++] = '\n';
}

const struct dialect dialect_json = {
    .feed = feed,
    .greet = json_greet,
    .show = json_show,
    .say = json_say,
    .seal = seal,
    .unended = FRAMING_BAD,
};

#endif

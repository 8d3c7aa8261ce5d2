#include "client_event.h"

#include <string.h>

#include "../core/text.h"
#include "../core/words.h"

bool client_string_is(struct client_string a, struct client_string b)
{
    return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.text, b.text, a.bytes) == 0);
}

/* --- JSON ----------------------------------------------------------------------- */

struct reader {
    char *at;
    char *end;
    bool wrong;
};

enum { DEEPEST = 8 };

static char next(struct reader *in)
{
    while (in->at < in->end && (*in->at == ' ' || *in->at == '\t' || *in->at == '\r')) {
        in->at++;
    }
    return in->at < in->end ? *in->at : '\0';
}

static void expect(struct reader *in, char byte)
{
    if (next(in) == byte) {
        in->at++;
    } else {
        in->wrong = true;
    }
}

static unsigned unit_of(struct reader *in)
{
    unsigned unit = 0;

    for (int i = 0; i < 4; i++) {
        char byte = in->at < in->end ? *in->at++ : '\0';
        char lower = (char)(byte | 0x20);
        if (byte >= '0' && byte <= '9') {
            unit = unit * 16 + (unsigned)(byte - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            unit = unit * 16 + (unsigned)(lower - 'a') + 10;
        } else {
            in->wrong = true;
            return '?';
        }
    }
    return unit;
}

/* The rest of an escape after its backslash. It never takes more room than the escape did. */
static char *put_escape(struct reader *in, char *out)
{
    static const char names[] = "bfnrt";
    char byte = in->at < in->end ? *in->at++ : '\0';

    if (byte == '\0') {
        in->wrong = true;
    } else if (byte == 'u') {
        unsigned unit = unit_of(in);
        if (unit >= 0xD800 && unit < 0xDC00 && in->end - in->at >= 6 && in->at[0] == '\\' &&
            in->at[1] == 'u') {
            in->at += 2;
            unsigned low = unit_of(in);
            bool pair = low >= 0xDC00 && low < 0xE000;
            unit = pair ? 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00) : '?';
        }
        return out + text_encode(out, unit);
    } else {
        *out++ = memchr(names, byte, sizeof names - 1) != NULL ? ' ' : byte;
    }
    return out;
}

static struct client_string read_string(struct reader *in)
{
    expect(in, '"');
    char *begin = in->at, *out = begin;

    while (!in->wrong && in->at < in->end && *in->at != '"') {
        if (*in->at == '\\') {
            in->at++;
            out = put_escape(in, out);
        } else {
            *out++ = *in->at++;
        }
    }
    expect(in, '"');
    size_t bytes = (size_t)(out - begin);
    return (struct client_string){begin, in->wrong ? 0 : text_clean(begin, bytes, bytes)};
}

static uint64_t read_number(struct reader *in)
{
    uint64_t number = 0;
    char *begin = in->at;

    while (in->at < in->end && *in->at >= '0' && *in->at <= '9') {
        in->wrong = in->wrong || number > (UINT64_MAX - 9) / 10;
        number = number * 10 + (uint64_t)(*in->at++ - '0');
    }
    in->wrong = in->wrong || in->at == begin;
    return number;
}

static void skip_value(struct reader *in)
{
    int depth = 0;

    do {
        char byte = next(in);
        if (byte == '"') {
            (void)read_string(in);
        } else if (byte == '\0' || depth > DEEPEST) {
            in->wrong = true;
        } else {
            depth += byte == '{' || byte == '[';
            depth -= byte == '}' || byte == ']';
            in->at++;
        }
    } while (!in->wrong && (depth > 0 || (next(in) != ',' && next(in) != '}')));
}

static bool read_type(struct client_event *event, struct client_string type)
{
    static const struct {
        const char *name;
        enum client_event_type type;
    } types[] = {{"hello", EVENT_HELLO},     {"message", EVENT_MESSAGE}, {"action", EVENT_ACTION},
                 {"private", EVENT_PRIVATE}, {"join", EVENT_JOIN},       {"leave", EVENT_LEAVE},
                 {"nick", EVENT_NICK},       {"kick", EVENT_KICK},       {"missed", EVENT_MISSED},
                 {"reply", EVENT_REPLY},     {"error", EVENT_ERROR},     {"pong", EVENT_PONG}};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (text_is(type.text, type.bytes, types[i].name)) {
            event->type = types[i].type;
            return true;
        }
    }
    return false;
}

/* Reads the value of a key. @return true if it is the type. */
static bool read_value(struct client_event *event, struct client_string key, struct reader *in)
{
    static const char *const names[] = {"room", "from", "to", "text"};
    struct client_string *const strings[] = {&event->room, &event->from, &event->to, &event->text};
    static const char *const numbers[] = {"seq", "start", "time"};
    bool is_string = next(in) == '"';

    for (size_t i = 0; is_string && i < sizeof names / sizeof names[0]; i++) {
        if (text_is(key.text, key.bytes, names[i])) {
            *strings[i] = read_string(in);
            return false;
        }
    }
    for (size_t i = 0; !is_string && i < sizeof numbers / sizeof numbers[0]; i++) {
        if (text_is(key.text, key.bytes, numbers[i])) {
            uint64_t number = read_number(in);
            event->seq = i == 0 ? number : event->seq;
            event->start = i == 1 ? number : event->start;
            event->time_s = i == 2 ? number : event->time_s;
            event->timed = event->timed || i == 2;
            return false;
        }
    }
#if LWCHAT_BRIDGE
    if (is_string && text_is(key.text, key.bytes, "server")) {
        event->server = read_string(in);
        return false;
    }
    if (!is_string && text_is(key.text, key.bytes, "count")) {
        event->count = read_number(in);
        return false;
    }
    event->bridge = event->bridge || text_is(key.text, key.bytes, "bridge");
#endif
    if (is_string && text_is(key.text, key.bytes, "type")) {
        return read_type(event, read_string(in));
    }
    skip_value(in);
    return false;
}

bool client_event_read(struct client_event *event, char *line, size_t bytes)
{
    struct reader in = {line, line + bytes, false};
    bool typed = false;

    memset(event, 0, sizeof *event);
    expect(&in, '{');
    do {
        struct client_string key = read_string(&in);
        expect(&in, ':');
        if (in.wrong) {
            break;
        }
        typed = read_value(event, key, &in) || typed;
        if (next(&in) != ',') {
            break;
        }
        in.at++;
    } while (!in.wrong);
    expect(&in, '}');
    return typed && !in.wrong;
}

/* --- Text -------------------------------------------------------------------------- */

static struct client_string after(struct client_string text, size_t bytes)
{
    return (struct client_string){text.text + bytes, text.bytes - bytes};
}

/* The sentence's literal text at `form`, up to an argument, braces or the end. */
static size_t literal(const char *form)
{
    size_t n = 0;

    while (form[n] != '\0' && form[n] != '%' && form[n] != '{' && form[n] != '}') {
        n++;
    }
    return n;
}

/* Where the argument before `form` ends in `text`: before its literal, or at the end. */
static size_t argument(struct client_string text, const char *form)
{
    size_t bytes = literal(form);

    for (size_t at = 0; bytes > 0 && at + bytes <= text.bytes; at++) {
        if (memcmp(text.text + at, form, bytes) == 0) {
            return at;
        }
    }
    return text.bytes;
}

/* Reads `text` as a sentence with at most two arguments. */
static bool matches(struct client_string text, const char *form, struct client_string found[2])
{
    while (*form != '\0') {
        size_t bytes = literal(form);
        if (bytes > 0) {
            if (text.bytes < bytes || memcmp(text.text, form, bytes) != 0) {
                return false;
            }
            text = after(text, bytes);
            form += bytes;
        } else if (*form == '%') {
            unsigned number = (unsigned)(form[1] - '1') % 2;
            form += 2;
            found[number] = (struct client_string){text.text, argument(text, form)};
            text = after(text, found[number].bytes);
            if (found[number].bytes == 0) {
                return false;
            }
        } else if (*form == '{') {
            /* A plural's ending may be left out. */
            bytes = literal(++form);
            bool plural = text.bytes >= bytes && memcmp(text.text, form, bytes) == 0;
            text = after(text, plural ? bytes : 0);
            form += bytes;
        } else {
            form++;
        }
    }
    return text.bytes == 0;
}

bool client_event_says(struct client_string text, int word, struct client_string *first,
                       struct client_string *second)
{
    for (int lang = 0; lang < WORDS_LANGUAGES; lang++) {
        struct client_string found[2] = {{NULL, 0}, {NULL, 0}};
        const char *form = words_chat[word].text[lang];
        if (matches(text, form + 4, found)) {
            if (first != NULL) {
                *first = found[0];
            }
            if (second != NULL) {
                *second = found[1];
            }
            return true;
        }
    }
    return false;
}

static bool is_nick(struct client_string text)
{
    return text.bytes > 0 && text.bytes <= LWCHAT_NICK_BYTES &&
           memchr(text.text, ' ', text.bytes) == NULL && (text.text[0] < '0' || text.text[0] > '9');
}

/* A notice about somebody, by its sentence. */
static bool is_about(struct client_event *event, struct client_string text)
{
    static const struct {
        int word;
        enum client_event_type type;
    } forms[] = {{W_JOINED, EVENT_JOIN},  {W_LEFT, EVENT_LEAVE},  {W_LEFT_SAYING, EVENT_LEAVE},
                 {W_RENAMED, EVENT_NICK}, {W_KICKED, EVENT_KICK}, {W_WELCOME, EVENT_HELLO}};

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct client_string who = {NULL, 0}, more = {NULL, 0};
        if (client_event_says(text, forms[i].word, &who, &more) && is_nick(who)) {
            event->type = forms[i].type;
            event->from = who;
            event->text = (struct client_string){NULL, 0};
            if (event->type == EVENT_NICK) {
                event->to = more;
            } else if (event->type == EVENT_HELLO) {
                event->to = who;
                event->from = (struct client_string){NULL, 0};
            } else {
                event->text = more;
            }
            return true;
        }
    }
    return false;
}

/* [alice] psst, or [-> bob] psst. */
static bool is_private(struct client_event *event, struct client_string line)
{
    static const char arrow[] = "-> ";
    const char *close = memchr(line.text, ']', line.bytes);
    size_t bytes = close == NULL ? 0 : (size_t)(close - line.text) - 1;
    struct client_string who = {line.text + 1, bytes};
    bool ours = bytes > 3 && memcmp(who.text, arrow, 3) == 0;

    who = ours ? after(who, 3) : who;
    if (close == NULL || !is_nick(who) || (size_t)(close - line.text) + 2 > line.bytes ||
        close[1] != ' ') {
        return false;
    }
    *(ours ? &event->to : &event->from) = who;
    event->type = EVENT_PRIVATE;
    event->text = after(line, (size_t)(close - line.text) + 2);
    return true;
}

/* alice> hello, or, after its "* ", alice waves. */
static bool is_said(struct client_event *event, struct client_string line, const char *mark,
                    enum client_event_type type)
{
    size_t bytes = argument(line, mark);
    struct client_string who = {line.text, bytes};

    if (bytes == line.bytes || !is_nick(who)) {
        return false;
    }
    event->type = type;
    event->from = who;
    event->text = after(line, bytes + strlen(mark));
    return true;
}

void client_event_recognise(struct client_event *event, const char *line, size_t bytes)
{
    const struct client_string whole = {line, bytes};
    struct client_string found[2] = {{NULL, 0}, {NULL, 0}};

    memset(event, 0, sizeof *event);
    event->text = whole;
    if (bytes >= 4 && memcmp(line, "*** ", 4) == 0) {
        struct client_string notice = after(whole, 4);
        event->type = EVENT_REPLY;
        event->text = notice;
        if (!is_about(event, notice) && client_event_says(notice, W_MISSED, NULL, NULL)) {
            event->type = EVENT_MISSED;
        }
    } else if (bytes >= 4 && memcmp(line, "!!! ", 4) == 0) {
        event->type = EVENT_ERROR;
        event->text = after(whole, 4);
    } else if (bytes > 0 && line[0] == '[' && is_private(event, whole)) {
        return;
    } else if (bytes > 2 && memcmp(line, "* ", 2) == 0 &&
               is_said(event, after(whole, 2), " ", EVENT_ACTION)) {
        return;
    } else if (is_said(event, whole, "> ", EVENT_MESSAGE)) {
        return;
    }
    for (int lang = 0; lang < WORDS_LANGUAGES && event->type == EVENT_LINE; lang++) {
        if (matches(whole, words_chat[W_CONNECTED].text[lang], found)) {
            event->type = EVENT_SERVER;
            event->from = found[0];
        }
    }
}

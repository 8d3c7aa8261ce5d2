#include "client_view.h"

#if LWCHAT_SCREEN

#include <string.h>

#include "../core/date.h"
#include "../core/text.h"
#include "../port.h"
#include "client_colour.h"

#define PLAIN "\033[m"
#define BOLD  "\033[1m"
#define DIM   "\033[2m"
#define RED   "\033[31m"
#define MARK  "\033[7m"

enum { DAY_S = 86400, END_BYTES = 8 /* reserved for the end of a line */ };

struct out {
    char *text;
    size_t bytes;
    size_t room;
    uint32_t colours;
};

static void put(struct out *out, const char *text, size_t bytes)
{
    size_t room = out->room - out->bytes;

    if (bytes == 0) {
        return;
    }
    bytes = text_cut(text, bytes, bytes < room ? bytes : room);
    memcpy(out->text + out->bytes, text, bytes);
    out->bytes += bytes;
}

static void put_text(struct out *out, const char *text)
{
    put(out, text, strlen(text));
}

/* Text of the server's, as much as there is room for, with nothing left open. */
static void put_string(struct out *out, struct client_string string)
{
    out->bytes +=
        text_copy(out->text + out->bytes, out->room - out->bytes, string.text, string.bytes);
}

/* A sequence that sets a colour; none on a screen without colours. */
static void put_style(struct out *out, const char *style)
{
    if (out->colours > 0) {
        put_text(out, style);
    }
}

static void put_nick(struct out *out, struct client_string nick)
{
    if (out->colours > 0) {
        char colour[COLOUR_BYTES];
        put(out, colour, colour_write(colour, colour_of(nick.text, nick.bytes), out->colours));
    }
    put_string(out, nick);
    put_style(out, PLAIN);
}

static void put_two_digits(struct out *out, uint32_t number)
{
    const char digits[2] = {(char)('0' + number / 10 % 10), (char)('0' + number % 10)};

    put(out, digits, sizeof digits);
}

static void put_clock(struct out *out, const struct client_view *view)
{
    put_style(out, view->mentions ? MARK : DIM);
    if (view->clock) {
        put_two_digits(out, view->local_s % DAY_S / 3600);
        put_text(out, ":");
        put_two_digits(out, view->local_s % 3600 / 60);
    }
    put_text(out, view->mentions ? "!" : view->clock ? " " : "");
    put_style(out, PLAIN);
}

static void put_indent(struct out *out)
{
    const char indent = PORT_INDENT;

    put(out, &indent, 1);
}

/* A sentence of the server's about somebody. */
static void put_sentence(struct out *out, const struct client_view *view, int word,
                         struct client_string more)
{
    char arguments[LWCHAT_NICK_BYTES + 1 + LWCHAT_LINE_BYTES];
    struct client_string who = view->event->from;
    size_t n = text_cut(who.text, who.bytes, LWCHAT_NICK_BYTES);
    size_t more_bytes = text_cut(more.text, more.bytes, LWCHAT_LINE_BYTES);

    memcpy(arguments, who.text, n);
    arguments[n++] = '\0';
    if (more.text != NULL) {
        memcpy(arguments + n, more.text, more_bytes);
    }
    const char *form = words_chat[word].text[view->lang];
    put(out, form, 4);
    put_indent(out);
    out->bytes += words_write(out->text + out->bytes, out->room - out->bytes, form + 4, arguments,
                              n + more_bytes);
}

static void put_private(struct out *out, const struct client_view *view)
{
    put_style(out, BOLD);
    put_text(out, view->mine ? "[-> " : "[");
    put_style(out, PLAIN);
    put_nick(out, view->mine ? view->event->to : view->event->from);
    put_style(out, BOLD);
    put_text(out, "] ");
    put_indent(out);
    put_string(out, view->event->text);
}

static void put_said(struct out *out, const struct client_view *view, bool names_me)
{
    const struct client_event *event = view->event;

    if (event->type == EVENT_ACTION) {
        put_text(out, "* ");
        put_nick(out, event->from);
        put_text(out, " ");
    } else if (view->mine && !names_me) {
        put_style(out, BOLD);
        put_text(out, "> ");
        put_style(out, PLAIN);
    } else {
        put_nick(out, event->from);
        put_text(out, "> ");
    }
    put_indent(out);
    put_string(out, event->text);
}

static void put_notice(struct out *out, const char *style, const char *mark,
                       struct client_string text)
{
    put_style(out, style);
    put_text(out, mark);
    put_indent(out);
    put_string(out, text);
}

static void put_event(struct out *out, const struct client_view *view, bool names_me)
{
    const struct client_event *event = view->event;

    switch (event->type) {
    case EVENT_MESSAGE:
    case EVENT_ACTION:
        put_said(out, view, names_me);
        break;
    case EVENT_PRIVATE:
        put_private(out, view);
        break;
    case EVENT_JOIN:
        put_style(out, DIM);
        put_sentence(out, view, W_JOINED, event->text);
        break;
    case EVENT_LEAVE:
        put_style(out, DIM);
        put_sentence(out, view, event->text.bytes > 0 ? W_LEFT_SAYING : W_LEFT, event->text);
        break;
    case EVENT_NICK:
        put_style(out, DIM);
        put_sentence(out, view, W_RENAMED, event->to);
        break;
    case EVENT_KICK:
        put_style(out, DIM);
        put_sentence(out, view, W_KICKED, event->text);
        break;
    case EVENT_ERROR:
        put_notice(out, RED, "!!! ", event->text);
        break;
    case EVENT_MISSED:
        put_notice(out, BOLD, "*** ", event->text);
        break;
    case EVENT_REPLY:
        put_notice(out, DIM, "*** ", event->text);
        break;
    default:
        put_string(out, event->text);
        break;
    }
}

size_t client_view_line(const struct client_view *view, char *text, size_t room)
{
    struct out out = {text, 0, room - END_BYTES, view->colours};

    if (room < CLIENT_VIEW_BYTES(0)) {
        return 0;
    }
    put_clock(&out, view);
    put_event(&out, view, false);
    out.room = room;
    put_style(&out, PLAIN);
    put_text(&out, view->mentions ? "\a\n" : "\n");
    return out.bytes;
}

/* --- The log ------------------------------------------------------------------------ */

size_t client_view_date(char *text, uint32_t local_s)
{
    date_write(text, local_s, ' ');
    text[DATE_BYTES] = ' ';
    return DATE_BYTES + 1;
}

size_t client_view_log(const struct client_view *view, char *text, size_t room)
{
    struct out out = {text, 0, room - END_BYTES, 0};

    if (room < CLIENT_VIEW_BYTES(0)) {
        return 0;
    }
    if (view->clock) {
        out.bytes = client_view_date(text, view->local_s);
    }
    if (view->event->room.bytes > 0) {
        put_string(&out, view->event->room);
        put_text(&out, " ");
    }
    put_event(&out, view, true);
    /* A log has no rows. */
    char *indent = memchr(text, PORT_INDENT, out.bytes);
    if (indent != NULL) {
        out.bytes--;
        memmove(indent, indent + 1, out.bytes - (size_t)(indent - text));
    }
    out.room = room;
    put_text(&out, "\n");
    return out.bytes;
}

/* --- Mentions ------------------------------------------------------------------------ */

/* Whether a byte belongs to a nick, or to a letter that is no ASCII. */
static bool in_nick(char c)
{
    char small = text_lower(c);

    return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           (c & 0x80) != 0;
}

bool client_view_mentions(struct client_string text, struct client_string nick)
{
    for (size_t at = 0; nick.bytes > 0 && at + nick.bytes <= text.bytes; at++) {
        size_t n = 0;
        while (n < nick.bytes && text_lower(text.text[at + n]) == text_lower(nick.text[n])) {
            n++;
        }
        if (n == nick.bytes && (at == 0 || !in_nick(text.text[at - 1])) &&
            (at + n == text.bytes || !in_nick(text.text[at + n]))) {
            return true;
        }
    }
    return false;
}

#endif

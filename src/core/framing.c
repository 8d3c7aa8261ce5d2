#include "framing.h"

#include "lwchat_config.h"
#include "text.h"

#include <string.h>

/* RFC 854, "TELNET COMMAND STRUCTURE". */
enum { SE = 240, SB = 250, WILL = 251, WONT = 252, DO = 253, DONT = 254, IAC = FRAMING_IAC };

/* An unended subnegotiation must not swallow the talk. */
enum { SUBNEGOTIATION_BYTES = 64 };

/* Places in an IAC sequence; after WILL, WONT, DO or DONT the place is that command. */
enum { OUTSIDE, AFTER_IAC, IN_SB, AFTER_SB_IAC };

static bool put(struct framing *framing, struct framing_line *line, uint8_t byte)
{
    if (framing->flags & FRAMING_SKIP) {
        return true;
    }
    if (line->bytes == LWCHAT_LINE_BYTES) {
        line->bytes = 0;
        framing->flags |= FRAMING_SKIP;
        return false;
    }
    line->text[line->bytes++] = (char)byte;
    return true;
}

static enum framing_event end_line(struct framing *framing, struct framing_line *line)
{
    bool skipped = framing->flags & FRAMING_SKIP;

    if (framing->flags & FRAMING_CR) {
        framing->flags |= FRAMING_CRLF;
    }
    framing->flags |= FRAMING_LINES;
    framing->flags &= (uint8_t) ~(FRAMING_CR | FRAMING_SKIP | FRAMING_RAW);
    if (skipped) {
        line->bytes = 0;
        return FRAMING_MORE;
    }
    return FRAMING_LINE;
}

static enum framing_event take_data(struct framing *framing, struct framing_line *line,
                                    uint8_t byte)
{
    if (byte == '\n') {
        return end_line(framing, line);
    }
    if (framing->flags & FRAMING_CR) {
        if (byte == '\r') {
            return FRAMING_MORE;
        }
        if (byte == '\0') {
            return end_line(framing, line);
        }
        framing->flags &= (uint8_t)~FRAMING_CR;
        if (!put(framing, line, '\r')) {
            return FRAMING_TOO_LONG;
        }
    }
    if (byte == '\r') {
        framing->flags |= FRAMING_CR;
        return FRAMING_MORE;
    }
    return put(framing, line, byte) ? FRAMING_MORE : FRAMING_TOO_LONG;
}

/* RFC 1143: an option that is off and stays off is answered once; a WONT or DONT never is. */
static enum framing_event take_option(struct framing *framing, struct framing_line *line,
                                      uint8_t option)
{
    uint8_t command = framing->telnet;

    framing->telnet = OUTSIDE;
    framing->flags |= FRAMING_LINES | FRAMING_CRLF;
    framing->flags &= (uint8_t)~FRAMING_RAW;
    if (command != WILL && command != DO) {
        return FRAMING_MORE;
    }
    line->refusal[0] = command == WILL ? DONT : WONT;
    line->refusal[1] = option;
    return FRAMING_REFUSE;
}

static enum framing_event take_command(struct framing *framing, struct framing_line *line,
                                       uint8_t byte)
{
    framing->telnet = OUTSIDE;
    if (byte == IAC) {
        return take_data(framing, line, IAC);
    }
    if (byte >= WILL) {
        framing->telnet = byte;
    } else if (byte == SB) {
        framing->telnet = IN_SB;
        framing->subnegotiation = 0;
    } else if (byte < SE) {
        /* No command at all: text in some old encoding, whose second byte may end the line. */
        enum framing_event first = take_data(framing, line, IAC);
        enum framing_event second = take_data(framing, line, byte);
        return first == FRAMING_MORE ? second : first;
    }
    return FRAMING_MORE;
}

static enum framing_event take(struct framing *framing, struct framing_line *line, uint8_t byte)
{
    switch (framing->telnet) {
    case OUTSIDE:
        if (byte == IAC) {
            framing->telnet = AFTER_IAC;
            return FRAMING_MORE;
        }
        return take_data(framing, line, byte);
    case AFTER_IAC:
        return take_command(framing, line, byte);
    case IN_SB:
    case AFTER_SB_IAC:
        framing->flags |= FRAMING_LINES | FRAMING_CRLF;
        framing->flags &= (uint8_t)~FRAMING_RAW;
        if (framing->telnet == AFTER_SB_IAC && byte == SE) {
            framing->telnet = OUTSIDE;
        } else if (++framing->subnegotiation >= SUBNEGOTIATION_BYTES) {
            framing->telnet = OUTSIDE;
        } else {
            framing->telnet = framing->telnet == IN_SB && byte == IAC ? AFTER_SB_IAC : IN_SB;
        }
        return FRAMING_MORE;
    default:
        return take_option(framing, line, byte);
    }
}

/* Bytes at the front of `in` that are plain text, whatever comes after them. */
static size_t plain_run(const uint8_t *in, size_t bytes)
{
    size_t n = text_plain((const char *)in, bytes);

    while (n < bytes && in[n] != '\n' && in[n] != '\r' && in[n] != IAC) {
        n++;
    }
    return n;
}

size_t framing_feed(struct framing *framing, const uint8_t *in, size_t bytes,
                    struct framing_line *line, enum framing_event *event)
{
    size_t used = 0;

    *event = FRAMING_MORE;
    while (used < bytes && *event == FRAMING_MORE) {
        if (framing->telnet == OUTSIDE && !(framing->flags & (FRAMING_CR | FRAMING_SKIP))) {
            size_t run = plain_run(in + used, bytes - used);
            size_t room = (size_t)(LWCHAT_LINE_BYTES - line->bytes);
            if (run > room) {
                run = room;
            }
            memcpy(line->text + line->bytes, in + used, run);
            line->bytes = (uint16_t)(line->bytes + run);
            used += run;
            if (used == bytes) {
                break;
            }
        }
        *event = take(framing, line, in[used++]);
    }
    return used;
}

void framing_end_unterminated(struct framing *framing)
{
    framing->flags &= (uint8_t) ~(FRAMING_CR | FRAMING_SKIP);
    if (framing->telnet == AFTER_IAC) {
        framing->telnet = OUTSIDE; /* it was no telnet, and is not the next message's */
    }
    if (!(framing->flags & FRAMING_LINES)) {
        framing->flags |= FRAMING_RAW;
    }
}

void framing_skip(struct framing *framing)
{
    framing->flags |= FRAMING_SKIP;
}

const char *framing_line_end(const struct framing *framing)
{
    if (framing->flags & FRAMING_RAW) {
        return "";
    }
    return framing->flags & FRAMING_CRLF ? "\r\n" : "\n";
}

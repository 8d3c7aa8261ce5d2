#include "framing.h"

#include "lwchat_config.h"
#include "telnet.h"
#include "text.h"

#include <string.h>

/* Control characters that edit the line, or are ignored. */
enum { EOT = 4, BS = 8, DEL = 127 };

/*
 * States in an IAC sequence; after WILL, WONT, DO or DONT the state is that command. In a
 * subnegotiation, the low five bits are the high bits of its length: one that never ends must not
 * swallow all further input.
 */
enum {
    OUTSIDE = 0,
    AFTER_IAC = 1,
    IN_SB = 0x40,
    AFTER_SB_IAC = 0x60,
    SB_PLACES = 0xE0,
    SB_BITS = 0x1F
};

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

/* Ends the line, or the skipping of one. An empty line is no event. */
static enum framing_event end_line(struct framing *framing, struct framing_line *line)
{
    bool skipped = framing->flags & FRAMING_SKIP;

    framing->flags &= (uint8_t)~FRAMING_SKIP;
    if (skipped) {
        line->bytes = 0;
    }
    while (line->bytes > 0 && line->text[line->bytes - 1] == '\0') {
        line->bytes--;
    }
    return line->bytes > 0 ? FRAMING_LINE : FRAMING_MORE;
}

/* The peer has turned out to end its lines. */
static void is_line_peer(struct framing *framing, uint8_t crlf)
{
    framing->flags |= FRAMING_LINES | crlf;
    framing->flags &= (uint8_t)~FRAMING_RAW;
}

/* A NUL ends a message, except for line peers: theirs are dropped at the start and at the end of a
 * line. */
static enum framing_event take_nul(struct framing *framing, struct framing_line *line)
{
    if (!(framing->flags & FRAMING_LINES)) {
        enum framing_event event = end_line(framing, line);
        framing->flags |= event == FRAMING_LINE ? FRAMING_RAW : 0;
        return event;
    }
    return line->bytes == 0 || put(framing, line, '\0') ? FRAMING_MORE : FRAMING_TOO_LONG;
}

static enum framing_event take_data(struct framing *framing, struct framing_line *line,
                                    uint8_t byte)
{
    bool after_cr = framing->flags & FRAMING_CR;

    framing->flags &= (uint8_t)~FRAMING_CR;
    switch (byte) {
    case '\n':
        if (!after_cr) {
            is_line_peer(framing, 0);
            return end_line(framing, line);
        }
        return FRAMING_MORE;
    case '\r':
        framing->flags |= FRAMING_CR;
        is_line_peer(framing, FRAMING_CRLF);
        return end_line(framing, line);
    case '\0':
        return take_nul(framing, line);
    case BS:
    case DEL:
        line->bytes = (uint16_t)text_erase(line->text, line->bytes);
        return FRAMING_MORE;
    case EOT:
        return FRAMING_MORE;
    default:
        return put(framing, line, byte) ? FRAMING_MORE : FRAMING_TOO_LONG;
    }
}

/* Whether it is to be refused. Echo is on while a password is typed, which hides it. */
static bool is_refused(const struct framing *framing, uint8_t command, uint8_t option)
{
#if LWCHAT_PASSWORD
    return !(framing->flags & FRAMING_HIDES) || command != TELNET_DO || option != TELNET_ECHO;
#else
    (void)framing;
    (void)command;
    (void)option;
    return true;
#endif
}

/* RFC 1143: an option that is off and stays off is answered once; a WONT or DONT never is. */
static enum framing_event take_option(struct framing *framing, struct framing_line *line,
                                      uint8_t option)
{
    uint8_t command = framing->telnet;

    framing->telnet = OUTSIDE;
    is_line_peer(framing, FRAMING_CRLF);
    if (command != TELNET_WILL && command != TELNET_DO) {
        return FRAMING_MORE;
    }
    bool refused = is_refused(framing, command, option);
    line->refusal[0] = !refused ? TELNET_WILL : command == TELNET_WILL ? TELNET_DONT : TELNET_WONT;
    line->refusal[1] = option;
    return FRAMING_ANSWER;
}

static enum framing_event take_command(struct framing *framing, struct framing_line *line,
                                       uint8_t byte)
{
    framing->telnet = OUTSIDE;
    if (byte == TELNET_IAC) {
        return take_data(framing, line, TELNET_IAC);
    }
    if (byte >= TELNET_WILL) {
        framing->telnet = byte;
    } else if (byte == TELNET_SB) {
        framing->telnet = IN_SB;
        framing->subnegotiation = 0;
    } else if (byte == TELNET_EC) {
        line->bytes = (uint16_t)text_erase(line->text, line->bytes);
    } else if (byte == TELNET_EL) {
        line->bytes = 0;
    } else if (byte == TELNET_AYT) {
        return FRAMING_ASKED;
    } else if (byte < TELNET_FIRST) {
        /* Not a command: text in some legacy encoding, whose second byte may end the line. */
        enum framing_event first = take_data(framing, line, TELNET_IAC);
        enum framing_event second = take_data(framing, line, byte);
        return first == FRAMING_MORE ? second : first;
    }
    return FRAMING_MORE;
}

/* Skips a subnegotiation; one that is far too long, only up to a newline. */
static enum framing_event skip_subnegotiation(struct framing *framing, uint8_t byte)
{
    uint8_t place = framing->telnet & SB_PLACES;
    uint8_t bits = framing->telnet & SB_BITS;

    is_line_peer(framing, FRAMING_CRLF);
    if (bits == SB_BITS) {
        framing->telnet = byte == '\n' ? OUTSIDE : framing->telnet;
    } else if (++framing->subnegotiation == 0) {
        bits++;
    }
    if (place == AFTER_SB_IAC && byte == TELNET_SE) {
        framing->telnet = OUTSIDE;
    } else if (framing->telnet != OUTSIDE) {
        framing->telnet = bits | (place == IN_SB && byte == TELNET_IAC ? AFTER_SB_IAC : IN_SB);
    }
    return FRAMING_MORE;
}

static enum framing_event take(struct framing *framing, struct framing_line *line, uint8_t byte)
{
    if (framing->telnet == OUTSIDE) {
        if (byte == TELNET_IAC) {
            framing->telnet = AFTER_IAC;
            return FRAMING_MORE;
        }
        return take_data(framing, line, byte);
    }
    if (framing->telnet == AFTER_IAC) {
        return take_command(framing, line, byte);
    }
    return framing->telnet < TELNET_WILL ? skip_subnegotiation(framing, byte)
                                         : take_option(framing, line, byte);
}

/* Bytes that neither end a line nor edit it, and are not telnet's. */
static bool is_text(uint8_t byte)
{
    if (byte >= ' ') {
        return byte < DEL || (byte > DEL && byte < TELNET_IAC);
    }
    return byte != '\n' && byte != '\r' && byte != '\0' && byte != BS && byte != EOT;
}

/* The length of the plain text at the front of `in`. */
static size_t plain_run(const uint8_t *in, size_t bytes)
{
    size_t n = text_plain((const char *)in, bytes);

    while (n < bytes && is_text(in[n])) {
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
    /* Use all of a two-byte line end, so that the next read does not begin with the rest of it. */
    if (*event == FRAMING_LINE && (framing->flags & FRAMING_CR) && used < bytes &&
        (in[used] == '\n' || in[used] == '\0')) {
        framing->flags &= (uint8_t)~FRAMING_CR;
        used++;
    }
    return used;
}

void framing_end_unterminated(struct framing *framing)
{
    framing->flags &= (uint8_t) ~(FRAMING_CR | FRAMING_SKIP);
    if (framing->telnet == AFTER_IAC) {
        framing->telnet = OUTSIDE; /* it was not telnet, and must not affect the next message */
    }
    if (!(framing->flags & FRAMING_LINES)) {
        framing->flags |= FRAMING_RAW;
    }
}

void framing_skip(struct framing *framing)
{
    framing->flags |= FRAMING_SKIP;
}

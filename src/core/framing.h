/**
 * @file
 * Splits a connection's stream of bytes, which may arrive in any pieces, into
 * lines. It does no I/O and stores no text: the caller lends the current line.
 * The kind of peer shows in what it sends:
 *
 *     LF, or CR with or      a line peer for good; CR is answered with CRLF
 *     without LF or NUL
 *     NUL                    the end of a C string, line peer or not
 *     telnet's options       a line peer with CRLF; each option is refused
 *     none of these          perhaps one that sends no line ends at all: the
 *                            caller, which has a clock, decides
 *
 * Empty lines cause no event. BS and DEL, and telnet's EC and EL, edit the
 * current line.
 */
#ifndef LWCHAT_FRAMING_H
#define LWCHAT_FRAMING_H

#include "dialect/websocket.h"
#include "lwchat_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What is known of the peer, and the state of its stream, as bits. */
enum framing_flag {
    FRAMING_LINES = 1, /**< it ends its lines: a line peer for good */
    FRAMING_CRLF = 2,  /**< it ends them with CRLF, or speaks telnet */
    FRAMING_RAW = 4,   /**< it does not end its messages */
    FRAMING_CR = 8, /**< the last byte was a CR, which ended a line: an LF or NUL belongs to it */
    FRAMING_SKIP = 16,   /**< the line was too long, or dropped: skip up to its end */
    FRAMING_ECHO = 32,   /**< it wants to read its own messages, too */
    FRAMING_TIMES = 64,  /**< it wants the time of each line */
    FRAMING_HIDES = 128, /**< a telnet client is to hide what is typed: it is the password */
    FRAMING_SHOWN = FRAMING_CRLF | FRAMING_TIMES /**< those that change how a line is shown */
};

struct framing {
    uint8_t flags;
    uint8_t telnet;         /**< state in an IAC sequence; 0: outside */
    uint8_t subnegotiation; /**< low bits of the length of one so far */
#if LWCHAT_IRC
    uint8_t introduced; /**< what an IRC client has introduced itself with */
#endif
#if LWCHAT_HTTP
    struct websocket websocket;
#endif
};

enum framing_event {
    FRAMING_MORE,     /**< all bytes are used; the line is not complete */
    FRAMING_LINE,     /**< the line is complete; its end is not in it */
    FRAMING_TOO_LONG, /**< the line has more than LWCHAT_LINE_BYTES; the rest is skipped */
    FRAMING_ASKED,    /**< telnet's AYT: "are you there?" */
    FRAMING_ANSWER,   /**< the peer is owed the output of its dialect's answer() */
    FRAMING_END       /**< the peer ends the connection, or must be ended */
};

/** The meaning of a line, as far as its form determines it. */
enum framing_meaning {
    FRAMING_TEXT,     /**< determined by its text: a command begins with a slash */
    FRAMING_SAY,      /**< a message, whatever it begins with */
    FRAMING_COMMAND,  /**< a command */
    FRAMING_RESUME,   /**< a request for what was said since `seq` */
    FRAMING_DO,       /**< what its sender does */
    FRAMING_PING,     /**< a request to be told when all that was said before is read */
    FRAMING_BAD,      /**< malformed */
    FRAMING_NOTHING,  /**< nothing: it counts only with its end */
    FRAMING_PASSWORD, /**< the password: without one that is asked for, nothing */
    /* With LWCHAT_INTRODUCTIONS: */
    FRAMING_ENTER,  /**< enters the chat, under this nick or, if empty, the one it chose before */
    FRAMING_SAY_IN, /**< a room, a space, and a message in it */
    FRAMING_DO_IN,  /**< a room, a space, and what its sender does */
    FRAMING_LEAVE,  /**< leaves the room */
    FRAMING_ASK     /**< a question that the dialect's list() answers */
};

/** The current line, lent by the caller, which keeps `text` and `bytes` between calls. */
struct framing_line {
    char *text;                   /**< LWCHAT_SHOWN_BYTES long */
    uint16_t bytes;               /**< length of the line so far; the caller sets 0 for a new one */
    uint16_t begin;               /**< FRAMING_LINE: offset of the line's content in `text` */
    uint8_t refusal[2];           /**< FRAMING_ANSWER: telnet reply after IAC (RFC 854, RFC 1143) */
    enum framing_meaning meaning; /**< FRAMING_LINE */
#if LWCHAT_JSON
    uint64_t start, seq; /**< FRAMING_RESUME; FRAMING_PING: its number in `seq` */
#endif
#if LWCHAT_BRIDGE
    uint16_t from;       /**< FRAMING_SAY and _DO: offset of the name under which it is said */
    uint16_t from_bytes; /**< 0: under the session's own */
#endif
};

/**
 * Uses bytes up to the first event.
 * @return how many were used, 1 or more; all of them when `*event` is
 *         FRAMING_MORE. `bytes` is 1 or more.
 */
size_t framing_feed(struct framing *framing, const uint8_t *in, size_t bytes,
                    struct framing_line *line, enum framing_event *event);

/** Ends a line without a line end. Marks the peer as unterminated unless it is a line peer. */
void framing_end_unterminated(struct framing *framing);

/** Drops the current line: the rest of it, up to its end, is skipped. */
void framing_skip(struct framing *framing);

#endif

/**
 * @file
 * From a stream of bytes to lines, for one connection, in any number of
 * pieces. It does no I/O and keeps no text: the caller lends the line under
 * way. What kind of peer this is shows in what it sends:
 *
 *     LF, or CR with or      a line peer for good; CR is answered with CRLF
 *     without LF or NUL
 *     NUL                    the end of a C string, line peer or not
 *     telnet's options       a line peer with CRLF; each option is refused
 *     none of these          perhaps one that sends no line ends at all: the
 *                            caller, which has a clock, says so
 *
 * Lines with nothing in them are no event. BS and DEL, and telnet's EC and EL,
 * edit the line as it comes.
 */
#ifndef LWCHAT_FRAMING_H
#define LWCHAT_FRAMING_H

#include "dialect/websocket.h"
#include "lwchat_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What has been seen of the peer, and where in its stream we are, as bits. */
enum framing_flag {
    FRAMING_LINES = 1, /**< it ends its lines: a line peer for good */
    FRAMING_CRLF = 2,  /**< it ends them with CRLF, or speaks telnet */
    FRAMING_RAW = 4,   /**< it does not end its messages */
    FRAMING_CR = 8,    /**< a CR came last, and has ended the line: an LF or NUL belongs to it */
    FRAMING_SKIP = 16  /**< the line is too long or was dropped: lost up to its end */
};

struct framing {
    uint8_t flags;
    uint8_t telnet;         /**< where in an IAC sequence; 0 is outside */
    uint8_t subnegotiation; /**< the low bits of the bytes of one so far */
#if LWCHAT_HTTP
    struct websocket websocket;
#endif
};

enum framing_event {
    FRAMING_MORE,     /**< all bytes are used; the line is not complete */
    FRAMING_LINE,     /**< the line is complete; its end is not in it */
    FRAMING_TOO_LONG, /**< the line has more than LWCHAT_LINE_BYTES; the rest is skipped */
    FRAMING_ASKED,    /**< telnet's AYT: is somebody there? */
    FRAMING_ANSWER,   /**< the peer is owed what its dialect's answer() renders */
    FRAMING_END       /**< the peer ends the connection, or has to be ended */
};

/** What a line says, where its form tells. */
enum framing_meaning {
    FRAMING_TEXT,    /**< its text does: a command begins with a slash */
    FRAMING_SAY,     /**< it is something said, whatever it begins with */
    FRAMING_COMMAND, /**< it is a command */
    FRAMING_RESUME,  /**< what was said since `seq` is asked for */
    FRAMING_BAD,     /**< it has not the form that it must have */
    FRAMING_NOTHING  /**< nothing: it counts only with its end */
};

/** The line under way, lent by the caller: it keeps `text` and `bytes` from call to call. */
struct framing_line {
    char *text;         /**< LWCHAT_SHOWN_BYTES long */
    uint16_t bytes;     /**< how much of the line is there; the caller sets 0 for a new one */
    uint16_t begin;     /**< FRAMING_LINE: where in `text` what it says begins */
    uint8_t refusal[2]; /**< FRAMING_ANSWER: what telnet is sent after IAC (RFC 854, RFC 1143) */
    enum framing_meaning meaning; /**< FRAMING_LINE */
#if LWCHAT_JSON
    uint64_t start, seq; /**< FRAMING_RESUME */
#endif
};

/**
 * Uses bytes up to the first event.
 * @return how many were used, 1 or more; all of them when `*event` is
 *         FRAMING_MORE. `bytes` is 1 or more.
 */
size_t framing_feed(struct framing *framing, const uint8_t *in, size_t bytes,
                    struct framing_line *line, enum framing_event *event);

/** Ends a line that the peer has left without an end. Says that it is such a peer unless it is a
 * line peer. */
void framing_end_unterminated(struct framing *framing);

/** Gives up the line under way: what comes of it up to its end is skipped. */
void framing_skip(struct framing *framing);

#endif

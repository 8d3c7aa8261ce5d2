/**
 * @file
 * The client's downstream path: from the server's bytes to lines that are
 * safe to show. It does no I/O and has no clock.
 */
#ifndef LWCHAT_CLIENT_DOWN_H
#define LWCHAT_CLIENT_DOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "../core/text.h"
#include "../lwchat_config.h"
#include "client_telnet.h"

/** How messages are delimited on the wire. */
enum client_framing {
    CLIENT_AUTO, /**< by newlines, unless the server has sent neither a newline nor telnet */
    CLIENT_LINE, /**< every message ends with a newline */
    CLIENT_RAW   /**< no newline; one message per segment, as far as TCP allows */
};

/**
 *     +-------+---------+-----------------+------+
 *     | shown | to show | incomplete line | free |
 *     +-------+---------+-----------------+------+
 *     0     shown     ready             bytes
 */
struct client_down {
    enum client_framing framing;
    bool raw;          /**< the server sends no line ends: what arrives at once is a message */
    bool newline_seen; /**< it has ended a line: in CLIENT_AUTO a line server for good, as is one
                          that sends telnet */
    bool open_line;    /**< the last output made ready was a line without its end */
    bool fin;          /**< the last output made ready was fin: the server will close */
    struct text_state state; /**< state of the text at its end */
    struct client_telnet telnet;
    size_t shown;
    size_t ready;
    size_t bytes;
    char text[LWCHAT_SHOWN_BYTES + 9 + TEXT_CLOSE_BYTES];
};

/** Resets `down` for a new connection. */
void client_down_start(struct client_down *down, enum client_framing framing);

/** Gets the clean lines to show now. @return their length in bytes. */
size_t client_down_look(const struct client_down *down, const char **text);

/** Notes that the first `bytes` of them were shown. */
void client_down_skip(struct client_down *down, size_t bytes);

/**
 * Gets the address for received bytes. Only when nothing is left to show. @return the free space
 * there in bytes, 1 or more.
 */
size_t client_down_room(struct client_down *down, char **where);

/**
 * Processes `bytes` bytes that were written there. Telnet answers to send may follow: see
 * `telnet`.
 */
void client_down_take(struct client_down *down, size_t bytes);

/**
 * True if there is an incomplete line. It is to be shown, through
 * client_down_quiet(), once the server has been silent for LWCHAT_QUIET_MS.
 */
bool client_down_waits(const struct client_down *down);

/**
 * Makes the incomplete line ready. If the server has sent neither a line end nor telnet, it is a
 * message, and the server counts as one that sends no line ends.
 */
void client_down_quiet(struct client_down *down);

/** Call it when the connection is closed: makes the rest ready, with a line end. */
void client_down_end(struct client_down *down);

/** Adds a clean line of the client's own to the output. What does not fit is dropped. */
void client_down_say(struct client_down *down, const char *line, size_t bytes);

#endif

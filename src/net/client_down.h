/**
 * @file
 * The client's way down: from the server's bytes to lines that are safe to
 * show. It does no I/O and knows no clock.
 */
#ifndef LWCHAT_CLIENT_DOWN_H
#define LWCHAT_CLIENT_DOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "../core/text.h"
#include "../lwchat_config.h"
#include "client_telnet.h"

/** How messages are told apart on the wire. */
enum client_framing {
    CLIENT_AUTO, /**< with newlines, unless the server has never sent one, and no telnet */
    CLIENT_LINE, /**< every message ends with a newline */
    CLIENT_RAW   /**< no newline; a message is a segment, as far as TCP allows */
};

/**
 *     +-------+---------+-----------------+------+
 *     | shown | to show | incomplete line | free |
 *     +-------+---------+-----------------+------+
 *     0     shown     ready             bytes
 */
struct client_down {
    enum client_framing framing;
    bool raw;                /**< the server ends no messages: what arrives at once is one */
    bool newline_seen;       /**< it has ended a line: in CLIENT_AUTO a line server for good,
                                  as is one that speaks telnet */
    bool open_line;          /**< the last thing made ready was a line without its end */
    bool fin;                /**< the last thing made ready was fin: the end follows */
    struct text_state state; /**< what it ended with */
    struct client_telnet telnet;
    size_t shown;
    size_t ready;
    size_t bytes;
    char text[LWCHAT_SHOWN_BYTES + 9 + TEXT_CLOSE_BYTES];
};

/** Makes `down` empty, for a new connection. */
void client_down_start(struct client_down *down, enum client_framing framing);

/** What is to be shown now: clean lines. @return how many bytes. */
size_t client_down_look(const struct client_down *down, const char **text);

/** Notes that the first `bytes` of what is to be shown have been. */
void client_down_skip(struct client_down *down, size_t bytes);

/** Where received bytes go. Only when nothing is left to show. @return room for how many, 1 or
 * more. */
size_t client_down_room(struct client_down *down, char **where);

/** Takes in `bytes` bytes that were put there. Telnet's may have to be answered: see `telnet`. */
void client_down_take(struct client_down *down, size_t bytes);

/**
 * True when a line is incomplete and is to be shown as it is, through
 * client_down_quiet(), once the server has been quiet for LWCHAT_QUIET_MS.
 */
bool client_down_waits(const struct client_down *down);

/**
 * Makes the incomplete line ready. From a server that has never ended a line,
 * nor spoken telnet, it is a message, and the server one that does not end them.
 */
void client_down_quiet(struct client_down *down);

/** The connection has ended: makes ready what is left, ended. */
void client_down_end(struct client_down *down);

/** Adds a clean line of the client's own to what is to be shown. What does not fit is left out. */
void client_down_say(struct client_down *down, const char *line, size_t bytes);

#endif

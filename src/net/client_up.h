/**
 * @file
 * The client's upstream path: from typed text to bytes to send. It does no
 * I/O and has no clock.
 */
#ifndef LWCHAT_CLIENT_UP_H
#define LWCHAT_CLIENT_UP_H

#include <stdbool.h>
#include <stddef.h>

#include "../lwchat_config.h"

#if LWCHAT_SCREEN
#define CLIENT_UP_BYTES (2 * LWCHAT_LINE_BYTES + 64)
#else
#define CLIENT_UP_BYTES (LWCHAT_LINE_BYTES + LWCHAT_NICK_BYTES + 16)
#endif

/**
 *     +------+---------+----------------+------+
 *     | sent | to send | to send later  | free |
 *     +------+---------+----------------+------+
 *     0    sent      ready            bytes
 */
struct client_up {
    bool ended;    /**< end of console input */
    bool torn;     /**< the last choice was a line without its end */
    bool was_torn; /**< and so was the one before it */
    bool open;     /**< the last bytes sent were unterminated text: a line would be joined to it */
    bool fin;      /**< the last choice ends with a farewell: fin or /quit */
#if LWCHAT_SCREEN
    bool json; /**< the lines are objects: see client_object.h */
#endif
    size_t sent;
    size_t ready;
    size_t taken; /**< bytes to drop once `ready` bytes are sent */
    size_t bytes;
    char text[CLIENT_UP_BYTES];
};

/** True if a typed line is the farewell: fin or /quit. */
bool client_up_is_farewell(const char *line, size_t bytes);

/** Prepares `up` for a new connection. Keeps what was typed ahead. */
void client_up_start(struct client_up *up);

/** Turns lines that were chosen, but not completely sent, back into typed text. */
void client_up_unsend(struct client_up *up);

/** Gets the address for typed bytes. @return the free space there in bytes; 0 if it is full. */
size_t client_up_room(struct client_up *up, char **where);

/** Adds `bytes` bytes that were written there. */
void client_up_take(struct client_up *up, size_t bytes);

/** Appends bytes, for which there must be room: as much as CLIENT_UP_BYTES while it is empty. */
void client_up_put(struct client_up *up, const char *text, size_t bytes);

/** Inserts /nick NAME before the typed text. Only while there is nothing to send. */
void client_up_nick(struct client_up *up, const char *nick);

/** Appends the farewell to the typed text. Only when all of that is sent. */
void client_up_farewell(struct client_up *up);

/** Drops the typed text, except for what has been partly sent. */
void client_up_stop(struct client_up *up);

/**
 * Chooses what to send next: all complete lines up to a farewell (after a
 * line end, if unterminated text was sent last), or, if `raw`, one message
 * without its end, of at most 1024 bytes and without splitting a code point.
 * A line longer than the limit is sent in pieces. At the end of the input the
 * last line needs no end.
 *
 * @return false if there is nothing to send.
 */
bool client_up_choose(struct client_up *up, bool raw);

/** Gets the bytes to send now. @return how many. */
size_t client_up_look(const struct client_up *up, const char **text);

/** Notes that the first `bytes` of them were sent. */
void client_up_skip(struct client_up *up, size_t bytes);

/** Gets the next typed line, without its end. @return false if none is complete. */
bool client_up_line(struct client_up *up, char **line, size_t *bytes);

/** Drops the first `bytes` bytes of the typed text. */
void client_up_drop(struct client_up *up, size_t bytes);

#endif

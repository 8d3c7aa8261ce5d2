/**
 * @file
 * The client's way up: from what is typed to what is sent. It does no I/O and
 * knows no clock.
 */
#ifndef LWCHAT_CLIENT_UP_H
#define LWCHAT_CLIENT_UP_H

#include <stdbool.h>
#include <stddef.h>

#include "../lwchat_config.h"

/**
 *     +------+---------+----------------+------+
 *     | sent | to send | to send later  | free |
 *     +------+---------+----------------+------+
 *     0    sent      ready            bytes
 */
struct client_up {
    bool ended;    /**< the console gives no more */
    bool torn;     /**< what was chosen last was a line without its end */
    bool was_torn; /**< and so was what was chosen before it */
    bool open;     /**< what was sent last was text without an end: a line would join it */
    bool fin;      /**< what was chosen last ends with a farewell: fin or /quit */
    size_t sent;
    size_t ready;
    size_t taken; /**< bytes that go once those to send are sent */
    size_t bytes;
    char text[LWCHAT_LINE_BYTES + LWCHAT_NICK_BYTES + 16];
};

/** Makes `up` ready for a new connection. Keeps what was typed ahead. */
void client_up_start(struct client_up *up);

/** Makes the lines that were chosen, but not sent whole, typed text again. */
void client_up_unsend(struct client_up *up);

/** Where typed bytes go. @return room for how many; 0 when it is full. */
size_t client_up_room(struct client_up *up, char **where);

/** Takes in `bytes` bytes that were put there. */
void client_up_take(struct client_up *up, size_t bytes);

/** Puts /nick NAME before what was typed. Only while nothing is to be sent. */
void client_up_nick(struct client_up *up, const char *nick);

/** Puts the farewell behind what was typed. Only when that is all sent. */
void client_up_farewell(struct client_up *up);

/** Drops what was typed, but not what is half sent. */
void client_up_stop(struct client_up *up);

/**
 * Chooses what is to be sent next: all complete lines up to a farewell (after a
 * line's end, where text without one was sent last), or,
 * `raw`, one message without its end, at most 1024 bytes and no code point cut
 * in two. A line longer than any may be goes in pieces. The last one needs no
 * end.
 *
 * @return false when there is nothing.
 */
bool client_up_choose(struct client_up *up, bool raw);

/** What is to be sent now. @return how many bytes. */
size_t client_up_look(const struct client_up *up, const char **text);

/** Notes that the first `bytes` of what is to be sent have been. */
void client_up_skip(struct client_up *up, size_t bytes);

/** The next typed line, without its end. @return false when none is complete. */
bool client_up_line(struct client_up *up, char **line, size_t *bytes);

/** Drops the first `bytes` bytes of what was typed. */
void client_up_drop(struct client_up *up, size_t bytes);

#endif

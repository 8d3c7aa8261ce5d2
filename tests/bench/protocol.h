/**
 * @file
 * The differences between servers: how to join, what surrounds a text when it
 * is sent, and which lines are not messages. With all of them, a delivered line
 * ends with the text.
 */
#ifndef LWCHAT_BENCH_PROTOCOL_H
#define LWCHAT_BENCH_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

struct protocol {
    const char *name;
    const char *hello;  /**< sent on connecting, with %u for the client's number; may be NULL */
    const char *joined; /**< in the line that confirms joining; NULL if there is none */
    const char *missed; /**< the text before the number of messages that were missed, or NULL */
    const char *before; /**< sent before a text */
    const char *after;  /**< sent after a text */
    const char *leave;  /**< sent by clients that must hear nothing; NULL if that is impossible */
    bool (*is_notice)(const char *line, size_t bytes);
};

/** @return the protocol called `name`: lwchat, ncat, select or irc; NULL if there is none. */
const struct protocol *protocol_find(const char *name);

#endif

/**
 * @file
 * What the servers differ in: how one joins, what is put around a text to send
 * it, and which lines are no messages. A delivered line ends with the text in
 * all of them.
 */
#ifndef LWCHAT_BENCH_PROTOCOL_H
#define LWCHAT_BENCH_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

struct protocol {
    const char *name;
    const char *hello;  /**< sent on connecting, with %u for the client's number; may be NULL */
    const char *joined; /**< in the line that says that one is in; NULL when nothing says so */
    const char
        *missed; /**< what stands before the number of messages that one has missed, or NULL */
    const char *before; /**< the text, when sent */
    const char *after;  /**< it */
    const char *leave;  /**< sent by those who shall hear nothing; NULL where none can */
    bool (*is_notice)(const char *line, size_t bytes);
};

/** @return the protocol called `name`: lwchat, ncat, select or irc; NULL when there is none. */
const struct protocol *protocol_find(const char *name);

#endif

/**
 * @file
 * Whom and what the client has heard of: the people in its room, and the rooms. It
 * completes their names, and the chat's commands. It does no I/O.
 */
#ifndef LWCHAT_CLIENT_PEOPLE_H
#define LWCHAT_CLIENT_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "../lwchat_config.h"
#include "../port.h"
#include "client_event.h"

/** Names in the order in which they were added; when it is full, more are not. */
struct client_names {
    size_t count;
    struct {
        unsigned char bytes;
        char text[LWCHAT_NICK_BYTES];
    } name[LWCHAT_MAX_SESSIONS];
};

/** All zeros: nobody. */
struct client_people {
    struct client_names people, rooms;
};

/** Adds a name, unless it is there already. */
void client_names_add(struct client_names *names, struct client_string name);

/** Removes a name, if it is there. */
void client_names_remove(struct client_names *names, struct client_string name);

#if LWCHAT_SCREEN
/**
 * Completes the word before the cursor: a command at the start of the line, a room after a #, and
 * else a nick, of any case. If several begin alike, the word is completed as far as all agree, and
 * they are listed.
 *
 * @param bytes  of `line` before the cursor
 */
void client_people_complete(const struct client_people *people, const char *line, size_t bytes,
                            struct port_completion *completion);
#endif

#endif

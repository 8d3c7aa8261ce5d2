/**
 * @file
 * Finds servers on the link, and has the user choose one. With LWCHAT_SCREEN only.
 */
#ifndef LWCHAT_CLIENT_FIND_H
#define LWCHAT_CLIENT_FIND_H

#include <stdint.h>

#include "../core/address_text.h"
#include "../core/words.h"

/** Where the chosen server is. */
struct client_place {
    char host[ADDRESS_TEXT_BYTES + 1];
    uint16_t port;
};

/**
 * Asks for servers for a second, and lists those that have answered on the console. A single one is
 * chosen; of several, the user chooses on a screen.
 * @return 0 and the server in `*place`; LWCHAT_GONE if the user has left instead; LWCHAT_NOT_FOUND
 *         if there is none or, without a screen, more than one: a line has said so.
 */
int client_find(struct client_place *place, enum words_language lang);

#endif

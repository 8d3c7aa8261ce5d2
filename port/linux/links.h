/**
 * @file
 * Multicast DNS on all links of this machine, by its own sockets: for the user-mode network, which
 * reaches none of them.
 */
#ifndef LINKS_H
#define LINKS_H

#include <stddef.h>

#include "lwchat_address.h"

/**
 * Sends a packet to the group on each link. The loop's waits end when there are answers, until
 * links_close().
 * @return 0; LWCHAT_FAILED; LWCHAT_UNREACHABLE if there is no link.
 */
int links_ask(const void *question, size_t bytes);

/** As port_hear(). */
int links_hear(void *answer, size_t bytes, struct lwchat_address *from);

void links_close(void);

#endif

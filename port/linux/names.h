/**
 * @file
 * Name resolution by this machine: its hosts file and its own resolver.
 */
#ifndef LWCHAT_LINUX_NAMES_H
#define LWCHAT_LINUX_NAMES_H

#include "lwchat_address.h"

/**
 * Looks up `host` in a thread of its own, since the system's resolver blocks. Call
 * it again with the same name while it returns LWCHAT_AGAIN.
 * @param wake  an eventfd to write to when the answer is available
 * @return 0 and the address in `*ip`, an IPv4 one if it has any; LWCHAT_AGAIN;
 *         LWCHAT_NOT_FOUND.
 */
int names_look_up(const char *host, struct lwchat_address *ip, int wake);

/** Cancels the notification: from now on `wake` is not written to. */
void names_forget(void);

#endif

/**
 * @file
 * Names as this machine knows them: its hosts file, and its own resolver.
 */
#ifndef LWCHAT_LINUX_NAMES_H
#define LWCHAT_LINUX_NAMES_H

#include <stdint.h>

/**
 * Looks `host` up in a thread of its own, once, since the system's look-up
 * waits. Ask again with the same name while it gives LWCHAT_AGAIN.
 * @param wake  an eventfd to be written to when the answer is there
 * @return 0 and the IPv4 address in `*ip`, in host byte order; LWCHAT_AGAIN;
 *         LWCHAT_NOT_FOUND.
 */
int names_look_up(const char *host, uint32_t *ip, int wake);

/** Nobody waits for an answer any more: `wake` is written to no longer. */
void names_forget(void);

#endif

/**
 * @file
 * The host's sockets of the user-mode network: one for each connection, as many
 * as the system gives descriptors for; and how their connections end.
 *
 *     peer <-- socket <-- libslirp <-- lwIP      lwIP has ended its side, and forgets
 *              [....]     [......]               the connection; but not all that it
 *                                                said was taken: it drains
 *     peer <-- socket     libslirp               all was taken: it is over, and
 *              [    ]     [      ]               libslirp keeps it for 10 s more
 *
 * Connections are named by their peers, as libslirp shows them to lwIP, and by
 * the port of the host that these have connected to.
 */
#ifndef LWCHAT_LINUX_HOST_SOCKETS_H
#define LWCHAT_LINUX_HOST_SOCKETS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "lwchat_config.h"

/** As many as are ever wanted: for each connection one, and some are closing. */
#define HOST_SOCKETS (2 * LWCHAT_MAX_CONNECTIONS + 64)

/**
 * Has the system give as many descriptors as are wanted, if it does. Call it once.
 * @param self  how libslirp shows this machine
 */
void host_sockets_start(struct in_addr self);

/** How many sockets there may be, HOST_SOCKETS at most. */
unsigned host_sockets_most(void);

/** How many descriptors the system gives to this program. */
unsigned long host_sockets_descriptors(void);

/** `fd` is a new one, or no longer one. */
void host_sockets_add(int fd);
void host_sockets_remove(int fd);

/** True when there may be no more. */
bool host_sockets_full(void);

/** Call it before libslirp says which it watches. */
void host_sockets_watch_none(void);

/** libslirp watches `fd`. @param writes  it has something to write to it */
void host_sockets_watch(int fd, bool writes);

/** lwIP has ended its side. */
void host_sockets_finish(const struct sockaddr_in *peer, uint16_t port);

/** True for a connection that drains, for 10 s at most. */
bool host_sockets_drains(const struct sockaddr_in *peer, uint16_t port);

/**
 * Finds a connection that is over, or has drained for too long.
 * @param from  where to go on looking; 0 at first
 * @param peer  whose it is
 * @param port  the host's port
 * @return false when there are no more.
 */
bool host_sockets_next(int *from, struct sockaddr_in *peer, uint16_t *port);

/** What the system has taken, and the peers have not acknowledged: see port_unacknowledged(). */
uint32_t host_sockets_unacknowledged(bool *silent);

#endif

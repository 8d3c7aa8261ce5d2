/**
 * @file
 * The host's sockets of the user-mode network, one for each connection, as many
 * as the file descriptor limit allows; and how their connections end.
 *
 *     peer <-- socket <-- libslirp <-- lwIP      lwIP has closed its side and
 *              [....]     [......]               forgotten the connection, but data
 *                                                is still buffered: it drains
 *     peer <-- socket     libslirp               the buffers are empty: it is over,
 *              [    ]     [      ]               but libslirp keeps it for 10 s
 *
 * A connection is identified by its peer's address, as libslirp presents it to
 * lwIP, and by the port of the host that the peer has connected to.
 */
#ifndef LWCHAT_LINUX_HOST_SOCKETS_H
#define LWCHAT_LINUX_HOST_SOCKETS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "lwchat_config.h"
#include "segment.h"

/** The most sockets that are ever needed: one per connection, and as many that are closing. */
#define HOST_SOCKETS (2 * LWCHAT_MAX_CONNECTIONS + 64)

/**
 * Raises the file descriptor limit as far as needed and allowed. Call it once.
 * @param self   the address under which libslirp presents this machine's loopback addresses
 * @param self6  the same of IPv6
 */
void host_sockets_start(struct lwchat_address self, struct lwchat_address self6);

/** How many sockets there may be, HOST_SOCKETS at most. */
unsigned host_sockets_most(void);

/** This program's file descriptor limit. */
unsigned long host_sockets_descriptors(void);

/** Adds or removes a socket. */
void host_sockets_add(int fd);
void host_sockets_remove(int fd);

/** True when there may be no more sockets. */
bool host_sockets_full(void);

/** Clears the set of watched sockets. Call it before slirp_pollfds_fill(). */
void host_sockets_watch_none(void);

/** Records that libslirp watches `fd`. @param writes  true when it has data to write to it */
void host_sockets_watch(int fd, bool writes);

/** Records that lwIP has closed its side. */
void host_sockets_finish(const struct segment_end *peer, uint16_t port);

/** True while a connection drains, for 10 s at most. */
bool host_sockets_drains(const struct segment_end *peer, uint16_t port);

/**
 * Finds the next connection that is over, or has drained for too long.
 * @param from  where to continue the search, which is updated; 0 at first
 * @param peer  set to the connection's peer
 * @param port  set to the host's port
 * @return false when there are no more.
 */
bool host_sockets_next(int *from, struct segment_end *peer, uint16_t *port);

/** Bytes that the kernel has accepted but peers have not acknowledged: port_unacknowledged(). */
uint32_t host_sockets_unacknowledged(bool *silent);

#endif

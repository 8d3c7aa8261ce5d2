/**
 * @file
 * Ports of the host that lead to lwIP through libslirp: the chat's, and those for
 * browsers and IRC clients.
 *
 *     peer -> host:host_port -> libslirp -> guest:guest_port
 *
 * libslirp owns the listeners: it polls and closes them. This file has it open
 * them, and sets their options. A client forwards nothing. As with libslirp
 * itself, only the loop may call these functions.
 */
#ifndef LWCHAT_LINUX_FORWARD_H
#define LWCHAT_LINUX_FORWARD_H

#include <netinet/in.h>
#include <slirp/libslirp.h>
#include <stdbool.h>
#include <stdint.h>

#include "port.h"

enum { FORWARD_CHAT, FORWARD_BROWSERS, FORWARD_IRC, FORWARD_PROXY, FORWARD_PORTS };

struct forward {
    struct in_addr host;    /**< the address that the host listens at */
    struct in_addr guest;   /**< lwIP's */
    struct in6_addr guest6; /**< lwIP's, for who comes over IPv6 */
    bool has_v6;            /**< it also listens at ::1, as `localhost` may be that */
    struct forward_port {
        uint16_t host_port;
        uint16_t guest_port; /**< 0: not forwarded */
        int listener;        /**< libslirp's descriptor; -1 until it is open */
        int listener6;       /**< the same at ::1 */
        bool optional;       /**< a default: failing to open it is no error */
        const char *option;  /**< the option that sets the host port, for messages */
    } ports[FORWARD_PORTS];
};

/**
 * Determines which ports to forward. Opens nothing.
 * @param detail  "ADDR:PORT" for the chat; NULL for 127.0.0.1 and its own port
 * @param config  for its ports `serve`, `http` and `irc`; 0 is not forwarded
 * @param guest   lwIP's address
 * @param guest6  its IPv6 address
 * @return 0, or LWCHAT_BAD_ARGUMENT with its reason set.
 */
int forward_plan(struct forward *forward, const char *detail, const struct port_config *config,
                 struct in_addr guest, struct in6_addr guest6);

/**
 * Has `slirp` listen at each port. An optional one that cannot be opened is
 * reported and left out.
 * @return 0, or a negative lwchat_error with its reason set; listeners that were
 *         opened by then remain until slirp_cleanup().
 */
int forward_open(struct forward *forward, Slirp *slirp);

/** Forgets the listeners, which slirp_cleanup() has closed. */
void forward_close(struct forward *forward);

/** True for a server, once its port is open. */
bool forward_is_open(const struct forward *forward);

/** True when `fd` is one of the listeners. */
bool forward_listens(const struct forward *forward, int fd);

/** The host's port that leads to `guest_port`; the chat's if none does, as for a client. */
uint16_t forward_host_port(const struct forward *forward, uint16_t guest_port);

/** The port of lwIP's that `host_port`, which is forwarded, leads to. */
uint16_t forward_guest_port(const struct forward *forward, uint16_t host_port);

#endif

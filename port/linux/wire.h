/**
 * @file
 * The interface between the loop and the medium of its frames: a TAP interface
 * (tap.c), a user-mode network (user.c) or a stream socket (stream.c).
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addresses.h"
#include "lwip/err.h"
#include "lwip/pbuf.h"
#include "port.h"

/** The default addresses of a wire; NULL for none. */
struct wire_defaults {
    const char *server;     /**< "ADDR/PREFIX" for a server */
    const char *client;     /**< "ADDR/PREFIX" for a client */
    const char *gateway;    /**< "ADDR" */
    const char *dns;        /**< "ADDR" */
    const char *localhost;  /**< "ADDR" of the machine that the program runs on */
    const char *ip6;        /**< IPv6 "ADDR" of this end, where nobody else gives one */
    const char *localhost6; /**< IPv6 "ADDR" of the machine that the program runs on */
};

/** A kind of wire. All functions except `send` are called from the loop's thread. */
struct wire {
    const struct wire_defaults *defaults;

    /** True when the address can change at run time. */
    bool moves;

    /**
     * Opens the wire.
     * @param detail     the text after "tap:", "user:" or "stream:", or NULL
     * @param addresses  the addresses of this end
     * @return 0, or a negative lwchat_error with its reason set.
     */
    int (*open)(const char *detail, const struct port_config *config,
                const struct addresses *addresses);

    /** A file descriptor that is readable while frames wait, or -1. It may change: ask before each
     * wait. */
    int (*input)(void);

    /** Does pending work, without sleeping. */
    void (*turn)(void);

    /** Takes the next received frame, which the caller owns, or NULL. */
    struct pbuf *(*receive)(void);

    /**
     * True, once the wire is open, when the kernel computes TCP checksums: lwIP must
     * not, and received frames marked FRAME_CHECKED do not have theirs yet. NULL:
     * never.
     */
    bool (*offloads)(void);

    /** Sends a frame. Called from any thread, with the core lock held. Never blocks. */
    err_t (*send)(struct pbuf *frame);

    /**
     * Sleeps until the wire or the epoll `watch` is ready, or `timeout_ms` has
     * passed.
     * @return false when only the wire is known to be ready.
     */
    bool (*sleep)(int watch, int timeout_ms);

    /** The name of the interface or socket, once it is open, from which the MAC is derived. NULL: a
     * random MAC. */
    const char *(*name)(void);

    /** Writes a short description, for people. */
    void (*describe)(char *text, size_t bytes);

    /** Sets where peers reach `reach->port`. @return false when that is the interface's address. */
    bool (*reach)(struct port_reach *reach);

    /** True while the interface is gone; turn() looks for it from time to time. NULL: never. */
    bool (*lost)(void);

    /** True while the interface exists but is down; reports changes to the user. NULL: never. */
    bool (*down)(void);

    /** How many connections it can carry, once it is open. NULL: no limit but lwIP's. */
    unsigned (*connections)(void);

    /** See port_unacknowledged(). NULL: frames go to the peers themselves. */
    uint32_t (*unacknowledged)(bool *silent);

    void (*close)(void);
};

extern const struct wire wire_stream;
extern const struct wire wire_tap;
extern const struct wire wire_user;

#endif

/**
 * @file
 * The seam between the loop and what carries its frames: a TAP interface
 * (tap.c) or a user-mode network (user.c).
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

/** Addresses that a wire suggests; NULL for none. */
struct wire_defaults {
    const char *server;    /**< "ADDR/PREFIX" for a server */
    const char *client;    /**< "ADDR/PREFIX" for a client */
    const char *gateway;   /**< "ADDR" */
    const char *dns;       /**< "ADDR" */
    const char *localhost; /**< "ADDR" of the machine that this runs on */
};

/** A kind of wire. All is called from the loop's thread, but `send`. */
struct wire {
    const struct wire_defaults *defaults;

    /** True when the address can change while it runs. */
    bool moves;

    /**
     * Opens it.
     * @param detail     what stands after "tap:" or "user:", or NULL
     * @param addresses  of this end
     * @return 0, or a negative lwchat_error with its reason set.
     */
    int (*open)(const char *detail, const struct port_config *config,
                const struct addresses *addresses);

    /** A file descriptor that is readable while frames wait, or -1. It may change: ask before each
     * wait. */
    int (*input)(void);

    /** Moves what moves by itself, without sleeping. */
    void (*turn)(void);

    /** The next frame that has come, or NULL. */
    struct pbuf *(*receive)(void);

    /**
     * True, once it is open, when check sums of TCP are the system's to make,
     * and those of a received frame marked FRAME_CHECKED are not there yet.
     * NULL: never.
     */
    bool (*offloads)(void);

    /** Sends a frame, from any thread that holds the core lock. Never blocks. */
    err_t (*send)(struct pbuf *frame);

    /**
     * Sleeps until the wire, or the epoll `watch`, has something, or
     * `timeout_ms` has passed.
     * @return false when it knows that it was only the wire.
     */
    bool (*sleep)(int watch, int timeout_ms);

    /** The interface's name, once it is open: the station's MAC follows from it. NULL: from
     * nothing. */
    const char *(*name)(void);

    /** One short text that names it, for people. */
    void (*describe)(char *text, size_t bytes);

    /** Where peers reach `port`, when that is not the interface's address. @return false: it is. */
    bool (*reach)(struct port_reach *reach);

    /** True while it has gone: turn() looks for it, now and then. NULL: it never goes. */
    bool (*lost)(void);

    /** True while it is there, and carries nothing. It tells of it. NULL: never. */
    bool (*down)(void);

    /** How many connections it can carry, once it is open. NULL: as many as lwIP. */
    unsigned (*connections)(void);

    /** See port_unacknowledged(). NULL: it carries frames. */
    uint32_t (*unacknowledged)(bool *silent);

    void (*close)(void);
};

extern const struct wire wire_tap;
extern const struct wire wire_user;

#endif

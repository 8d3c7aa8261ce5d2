/**
 * @file
 * What a port provides: the network's bring-up, the one wait, the console, the
 * clock, entropy, and a panic. This is the whole contract; port/README.md
 * shows how to fulfil it on a new board.
 *
 * All of it is called from the one thread that runs the application's loop
 * (the `run` of port_start()), unless a function says otherwise.
 */
#ifndef LWCHAT_PORT_H
#define LWCHAT_PORT_H

#include "lwchat_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How to bring the network up. A member that is NULL or 0 takes the port's default. */
struct port_config {
    const char *net;     /**< Linux: "user", "user:HOSTADDR:HOSTPORT" or "tap:IFNAME" */
    const char *address; /**< "ADDR/PREFIX" */
    const char *gateway; /**< "ADDR" */
    const char *dns;     /**< "ADDR" of a name server */
    const char *mac;     /**< Linux: the station's address on a TAP, "02:00:00:12:34:56" */
    const char *fault;   /**< faults to put on the wire, for tests */
    uint32_t timeout_s;  /**< how long to wait for a network that has gone; 0: for ever */
    uint16_t mtu;        /**< bytes */
    uint16_t serve;      /**< TCP port that a server will listen on; 0 for a client */
    bool dhcp;           /**< ask for a lease instead of using `address` */
    bool french;         /**< say in French what the port says; otherwise in English */
    bool verbose;        /**< tell with port_complain() what was brought up */
#if LWCHAT_HTTP
    uint16_t http;   /**< another one, for browsers; 0: none */
    bool http_asked; /**< without it there is to be no server */
#endif
};

/** Where peers reach what listens here, for people to read. */
struct port_reach {
    char address[40]; /**< NUL-terminated */
    uint16_t port;
};

/** One of lwIP's pools or its heap. */
struct port_pool {
    const char *name;   /**< static storage */
    uint32_t used;      /**< now: elements, or bytes for the heap */
    uint32_t most;      /**< high-water mark since the start */
    uint32_t available; /**< size of the pool */
};

/**
 * Brings the stack and the network interface up, then runs `run(arg)` in the
 * task or thread that is to own the sockets, and takes it all down again.
 * Called once, from main().
 *
 * @return what `run` returned (0 or positive), or a negative lwchat_error when
 *         the network could not be brought up, or has gone for good: then
 *         port_reason() says why.
 *         On a board it does not return.
 */
int port_start(const struct port_config *config, int (*run)(void *arg), void *arg);

/**
 * One line, without its end, that says why port_start() failed and what to do
 * about it. Static storage.
 */
const char *port_reason(void);

/**
 * Moves frames between the wire and lwIP, and sleeps when there is nothing to
 * move. Returns as soon as frames were given to lwIP, the console has input
 * or takes output again after it was full, port_stopping() turned true, or
 * `timeout_ms` has passed. 0 never sleeps: it moves what is there.
 */
void port_wait(uint32_t timeout_ms);

/** Milliseconds since some start; wraps at 2^32. */
uint32_t port_now_ms(void);

/**
 * The time of day: UTC in seconds since 1970, and what to add for local time.
 * @return false when it is not known.
 */
bool port_clock(uint32_t *utc_s, int32_t *local_s);

/** Fills `buffer` with `bytes` random bytes, the best that the port has. From any thread. */
void port_entropy(void *buffer, size_t bytes);

/**
 * How many people the port can serve at once, of `wanted`. Where that is fewer
 * it says why with port_complain(). Call it once, when the network is up.
 * @return 1 to `wanted`.
 */
uint16_t port_places(uint16_t wanted);

/** Writes where peers reach a listener on TCP port `listening`, and the port they use, to `reach`.
 */
void port_reach(struct port_reach *reach, uint16_t listening);

/** Room for what port_address() writes. */
#define PORT_ADDRESS_BYTES 36

/**
 * Writes the interface's address now, as /ip takes it: "ADDR/PREFIX GATEWAY",
 * or "ADDR/PREFIX" where there is no gateway, or "" while there is no address.
 * On a user-mode network this is not where peers reach it: see port_reach().
 */
void port_address(char text[PORT_ADDRESS_BYTES]);

/**
 * True while the interface's address is about to go, by itself: for a second it
 * still serves, so that those who are connected to it can be told. Writes the
 * one that comes to `text`, without a prefix; "" when it is not known.
 */
bool port_leaves(char text[PORT_ADDRESS_BYTES]);

/**
 * Sets the interface's address, as the console's /ip ADDR/PREFIX [GATEWAY]
 * does. `gateway` may be NULL. Ends a DHCP client that is running. It may take
 * 250 ms, in which the port asks whether somebody has the address. "dhcp" in
 * place of an address has a DHCP client ask for one; the port tells with
 * port_complain() when it comes, as it does whenever the address changes
 * or is lost by itself.
 *
 * @return 0, LWCHAT_BAD_ARGUMENT, LWCHAT_IN_USE, LWCHAT_NO_MEMORY or LWCHAT_UNSUPPORTED.
 */
int port_set_address(const char *address, const char *gateway);

/**
 * Looks `host` up as the machine that the port runs on knows it. Ask again with
 * the same name, after each wait, while it gives LWCHAT_AGAIN.
 *
 * @return 0 and the address in `*ip`, in host byte order; LWCHAT_AGAIN;
 *         LWCHAT_NOT_FOUND; LWCHAT_UNREACHABLE when it is a machine that the
 *         network does not lead to; LWCHAT_UNSUPPORTED when the network's name
 *         server is to be asked.
 */
int port_resolve(const char *host, uint32_t *ip);

/**
 * How many bytes the port has acknowledged to lwIP for peers that have not
 * acknowledged them: 0 where frames go to the peers themselves.
 * @param silent  true when such a peer owes an answer
 */
uint32_t port_unacknowledged(bool *silent);

/**
 * True while so much of the memory for what has come and is still to be read is in use that those
 * who are no longer connected must not keep theirs.
 */
bool port_reading_is_short(void);

/**
 * The pool with number `index`, counted from 0.
 * @return false when there is none with that number.
 */
bool port_pool(unsigned index, struct port_pool *pool);

/** True once the operator's machine asks the program to end (SIGINT, SIGTERM, SIGHUP). */
bool port_stopping(void);

/**
 * Reads from the console: bytes as typed, lines ended by '\n' (a console with
 * line editing gives whole lines only).
 *
 * @return the number of bytes, at most `bytes`; LWCHAT_AGAIN when there is
 *         nothing now; LWCHAT_GONE at the end of input, from then on always.
 */
int port_console_read(char *buffer, size_t bytes);

/**
 * Writes to the console without blocking. Lines end with '\n'. A line that
 * somebody is typing stays intact below what is written.
 *
 * @return the number of bytes taken, from 0 (full for now) to `bytes`;
 *         LWCHAT_GONE when nobody can ever read it.
 */
int port_console_write(const char *text, size_t bytes);

/**
 * Writes one diagnostic line to where errors go (standard error; the UART),
 * adding the line's end. May block for as long as that takes.
 */
void port_complain(const char *line);

/** Ends the program for a broken invariant: says where, then restarts the board or aborts. */
_Noreturn void port_panic(const char *file, int line, const char *what);

#endif

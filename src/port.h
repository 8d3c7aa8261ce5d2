/**
 * @file
 * What a port provides: network bring-up, the one wait, the console, the
 * clock, entropy, and a panic handler. This is the whole contract;
 * port/README.md shows how to implement it for a new board.
 *
 * All functions are called from the one thread that runs the application's
 * loop (the `run` of port_start()), unless their documentation says
 * otherwise.
 */
#ifndef LWCHAT_PORT_H
#define LWCHAT_PORT_H

#include "lwchat_address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How to bring the network up. The port's default applies to a member that is NULL or 0. */
struct port_config {
    const char *net;     /**< Linux: what --net takes, such as "user" or "tap:IFNAME" */
    const char *address; /**< "ADDR/PREFIX" */
    const char *gateway; /**< "ADDR" */
#if LWCHAT_IPV6
    const char *ip6; /**< "ADDR/64", an IPv6 address besides those that routers announce */
#endif
    const char *dns;    /**< "ADDR" of a name server */
    const char *mac;    /**< Linux: the MAC address on a TAP, "02:00:00:12:34:56" */
    const char *fault;  /**< faults to inject on the wire, for tests */
    uint32_t timeout_s; /**< how long to wait for a network that has disappeared; 0: forever */
    uint16_t mtu;       /**< bytes */
    uint16_t serve;     /**< TCP port that a server will listen on; 0 for a client */
    bool dhcp;          /**< request a lease instead of using `address` */
    bool french;        /**< the port's own messages are in French; otherwise in English */
    bool verbose;       /**< report with port_complain() what was brought up */
#if LWCHAT_HTTP
    uint16_t http;   /**< a second port, for browsers; 0: none */
    bool http_asked; /**< fail if the server cannot listen on it */
    uint16_t irc;    /**< a port for IRC clients; 0: none */
    bool irc_asked;  /**< fail if the server cannot listen on it */
#endif
#if LWCHAT_PROXY
    uint16_t proxy; /**< a port for a proxy; 0: none */
#endif
#if LWCHAT_MDNS
    const char *hostname; /**< the server's name on its link, without ".local" */
#endif
};

/** Where peers reach a listener of this program, in text form. */
struct port_reach {
    char address[40]; /**< NUL-terminated */
    uint16_t port;
};

/** One of lwIP's pools or its heap. */
struct port_pool {
    const char *name;   /**< static storage */
    uint32_t used;      /**< in use now: elements, or bytes for the heap */
    uint32_t most;      /**< high-water mark since start-up */
    uint32_t available; /**< size of the pool */
};

/**
 * Brings the stack and the network interface up, runs `run(arg)` in the task
 * or thread that is to own the sockets, and shuts everything down again.
 * Called once, from main().
 *
 * @return what `run` returned (0 or positive), or a negative lwchat_error
 *         when the network could not be brought up or has been lost for good;
 *         port_reason() then says why. On a board it does not return.
 */
int port_start(const struct port_config *config, int (*run)(void *arg), void *arg);

/**
 * One line, without a line end, that says why port_start() failed and what to
 * do about it. Static storage.
 */
const char *port_reason(void);

/**
 * Moves frames between the wire and lwIP, and sleeps when there are none.
 * Returns as soon as frames were passed to lwIP, the console has input or is
 * writable again after it was full, port_stopping() became true, or
 * `timeout_ms` has passed. With 0 it never sleeps: it moves what is pending.
 */
void port_wait(uint32_t timeout_ms);

/** Makes port_wait() return soon. From any task or thread, but not from an interrupt handler. */
void port_wake(void);

#if LWCHAT_WAIT_IN_POLL
/**
 * For a port that does not learn of frames: the longest time in ms for which the loop may sleep in
 * lwip_poll(), instead of port_wait(); 0 if port_wait() does sleep. From any task.
 */
uint32_t port_poll_ms(void);
#endif

/** Milliseconds since an arbitrary point in time; wraps at 2^32. */
uint32_t port_now_ms(void);

/**
 * The time of day: UTC in seconds since 1970, and the offset of local time
 * from it in seconds.
 * @return false if it is not known.
 */
bool port_clock(uint32_t *utc_s, int32_t *local_s);

/** Fills `buffer` with `bytes` random bytes from the best source that the port has. Thread-safe. */
void port_entropy(void *buffer, size_t bytes);

/**
 * How many people the port can serve at once, out of `wanted`. If that is
 * fewer it says why with port_complain(). Call it once, when the network is
 * up.
 * @return 1 to `wanted`.
 */
uint16_t port_places(uint16_t wanted);

/**
 * Writes to `reach` the address and port at which peers reach a listener on TCP port `listening`.
 */
void port_reach(struct port_reach *reach, uint16_t listening);

#if LWCHAT_MDNS
/** What a server offers on its link. */
struct port_service {
    const char *name; /**< the server's name; must stay valid */
    uint16_t port;    /**< TCP port of the chat */
    uint16_t http;    /**< TCP port of the page; 0: none */
    uint16_t people;
};

/**
 * Announces a server on its link, or what has changed: only `people` may, which is announced at a
 * limited rate. NULL: it no longer serves.
 */
void port_publish(const struct port_service *service);

/** True when the server is HOST.local on its link. `host` is in lower case. */
bool port_is_on_link(const char *host);
#endif

/** Size of the buffer for port_address() in bytes. */
#define PORT_ADDRESS_BYTES 36

/**
 * Writes the interface's current address in the form that /ip accepts:
 * "ADDR/PREFIX GATEWAY", "ADDR/PREFIX" without a gateway, or "" without an
 * address. On a user-mode network peers do not reach it at this address: see
 * port_reach().
 */
void port_address(char text[PORT_ADDRESS_BYTES]);

#if LWCHAT_IPV6
/**
 * Gets address number `index`, counted from 0, of the IPv6 addresses that peers can use.
 * @return false past the last.
 */
bool port_address6(unsigned index, struct lwchat_address *address);

/** A number that changes whenever these addresses do. */
unsigned port_address6_changes(void);
#endif

/**
 * True while the interface is about to give up its address without being told
 * to. The address still works for a second, so that connected peers can be
 * told. Writes the next address to `text`, without a prefix, or "" if it is
 * not known.
 */
bool port_leaves(char text[PORT_ADDRESS_BYTES]);

/**
 * Sets the interface's address, as the console's /ip ADDR/PREFIX [GATEWAY] does; an IPv6 address is
 * used besides the others, once it was probed for a second. `gateway` may be
 * NULL. Stops a running DHCP client. May take up to 250 ms, during which the port checks whether
 * another host uses the address. "auto" in place of an address asks a DHCP server for one. The port
 * reports with port_complain() when a lease arrives, and whenever the address changes or is lost
 * later.
 *
 * @return 0, LWCHAT_BAD_ARGUMENT, LWCHAT_IN_USE, LWCHAT_NO_MEMORY, or LWCHAT_UNSUPPORTED
 *         where the address is fixed, as on a user-mode network.
 */
int port_set_address(const char *address, const char *gateway);

/**
 * Looks `host` up with the resolver of the machine that the port runs on; "localhost" and "::1" are
 * that machine.
 * While it returns LWCHAT_AGAIN, call it again with the same name after each
 * wait.
 *
 * @return 0 and the address in `*ip`; LWCHAT_AGAIN;
 *         LWCHAT_NOT_FOUND; LWCHAT_UNREACHABLE if the network has no route to
 *         that machine; LWCHAT_UNSUPPORTED if the caller must ask the network's
 *         name server, or use multicast DNS for a .local name.
 */
int port_resolve(const char *host, struct lwchat_address *ip);

#if LWCHAT_SCREEN
/**
 * Sends a packet with a question to the group of multicast DNS, from a port of its own, on all
 * links of the machine that the port runs on. NULL: no more answers are wanted.
 * @return 0; LWCHAT_UNSUPPORTED if the caller must send it on the network itself;
 *         LWCHAT_UNREACHABLE if there is no link.
 */
int port_ask(const void *question, size_t bytes);

/**
 * Receives an answer to it, without waiting, and cuts it to `bytes` bytes. port_wait() returns when
 * there is one.
 * @param from  set to who sent it
 * @return its length, or LWCHAT_AGAIN.
 */
int port_hear(void *answer, size_t bytes, struct lwchat_address *from);
#endif

/**
 * How many bytes the port has acknowledged to lwIP on behalf of peers that
 * have not acknowledged them yet; 0 where frames go to the peers directly.
 * @param silent  set to true if such a peer owes an acknowledgement
 */
uint32_t port_unacknowledged(bool *silent);

/**
 * True while received data that is still unread takes so much memory that connections whose peers
 * are gone must release theirs.
 */
bool port_reading_is_short(void);

/**
 * Fills in the pool with number `index`, counted from 0.
 * @return false if there is none with that number.
 */
bool port_pool(unsigned index, struct port_pool *pool);

/** True once the operating system has asked the program to end (SIGINT, SIGTERM, or SIGHUP unless
 * that reopens a log). */
bool port_stopping(void);

/**
 * Reads from the console: bytes as typed, lines ended by '\n' (only whole
 * lines from a console with line editing).
 *
 * @return the number of bytes, at most `bytes`; LWCHAT_AGAIN if there is no
 *         input now; LWCHAT_GONE at the end of input, and on every call after
 *         that.
 */
int port_console_read(char *buffer, size_t bytes);

/**
 * Writes to the console without blocking. Lines end with '\n'. A line that is
 * being typed stays intact below the output.
 *
 * @return the number of bytes accepted, from 0 (full for now) to `bytes`;
 *         LWCHAT_GONE if the output is closed for good.
 */
int port_console_write(const char *text, size_t bytes);

/**
 * Writes one diagnostic line, and a line end, to standard error or the UART.
 * May block until it is written, on a board; on a PC, one that has no room is dropped.
 */
void port_complain(const char *line);

#if LWCHAT_FILES
/** Size of a boot ID. */
#define PORT_BOOT_ID_BYTES 36

/** Fills `id` with the system's boot ID, which changes with each boot. */
void port_boot_id(char id[PORT_BOOT_ID_BYTES]);

/** What to tell the service manager, if there is one. */
enum port_phase {
    PORT_READY,   /**< the server can be joined */
    PORT_BUSY,    /**< still running: only `status` has changed */
    PORT_STOPPING /**< it ends; without a status */
};

/** Tells the service manager, with a status line for people. */
void port_notify(enum port_phase phase, const char *status);

/**
 * Reads a file whole. Also before port_start().
 * @return its length, at most `bytes`; LWCHAT_FAILED if it cannot be read or is longer:
 *         port_reason() is then the cause alone.
 */
int port_file_read(const char *path, char *text, size_t bytes);

/**
 * Opens or creates a regular file for the history, which only one program at a time can open. Only
 * its owner can read it, if it is new. Fails, too, if its folder is not writable for
 * port_history_renew().
 * @param path  must stay valid
 * @return 0, or LWCHAT_FAILED: port_reason() says why.
 */
int port_history_open(const char *path);

/** Its content, which stays valid until port_history_cut(). `bytes` is set to its length. */
const char *port_history_content(size_t *bytes);

/**
 * Cuts the file to its first `whole` bytes. From now on it is written.
 * @return 0, or LWCHAT_FAILED: port_reason() says why.
 */
int port_history_cut(size_t whole);

/**
 * Appends to the file. @return 0, or LWCHAT_FAILED: its disk is full or fails, or it is too large;
 * only a part may be written, and port_history_tear() is next. port_reason() is the cause alone.
 */
int port_history_write(const char *data, size_t bytes);

/**
 * Cuts off the part that was not written whole, and one more byte, so that the file ends torn.
 * Needs no room on the disk. port_history_renew() is next.
 * @return 0, or LWCHAT_FAILED.
 */
int port_history_tear(void);

/** The length of the file. */
uint64_t port_history_bytes(void);

/**
 * Begins a new file beside it, to which port_history_write() then appends.
 * @return 0, or LWCHAT_FAILED: port_reason() is the cause alone.
 */
int port_history_renew(void);

/**
 * Puts the new file in the old one's place if it is `whole`, so that a power failure leaves one of
 * them. Waits for the disk.
 * @return 0, or LWCHAT_FAILED: the new one is removed, and the old one is the file again.
 *         port_reason() is the cause alone.
 */
int port_history_replace(bool whole);
#endif

#if LWCHAT_SCREEN
/*
 * A console on which a person reads and types: the client's terminal. There text for
 * port_console_write() may contain sequences that set colours (SGR), BEL, and PORT_INDENT.
 */

/** In text for a screen: where the rows begin that follow the first of a line. */
#define PORT_INDENT '\x1f'

/** How a word that is being typed goes on. */
struct port_completion {
    size_t begin; /**< where the word begins in the line */
    size_t bytes; /**< 0: leave it as it is */
    char text[80];
    size_t list_bytes; /**< words to list, as it can go on in several ways; 0: none */
    char list[1024];
};

/**
 * True when the console is a screen.
 * @param colours  set to how many it shows; 0: none, or the user wants none (NO_COLOR)
 */
bool port_screen(uint32_t *colours);

/** Whether typed lines stay on the screen, as "> LINE". They do, unless the client shows them. */
void port_screen_echo(bool echoes);

/** Whether what is typed is not shown: a password. What was not read by then is dropped. */
void port_screen_hide(bool hides);

/** Sets the line above the one that is typed; it is cut to the screen's width. No bytes: none. */
void port_screen_status(const char *text, size_t bytes);

/** Sets the function that completes the word at the end of the `bytes` bytes of `line`. */
void port_screen_complete(void (*complete)(void *context, const char *line, size_t bytes,
                                           struct port_completion *completion),
                          void *context);
#endif

#if LWCHAT_SCREEN || LWCHAT_FILES
/**
 * Opens a regular file that port_log_write() appends to; only its owner can read it, if it is new.
 * @param path     must stay valid
 * @param reopens  SIGHUP does not end the program, but makes port_log_reopen() reopen it
 * @return 0, or LWCHAT_FAILED: port_reason() says why.
 */
int port_log_open(const char *path, bool reopens);

/**
 * Reopens that file if the system has asked for it since the last call.
 * @return 0; LWCHAT_AGAIN if it has not; LWCHAT_FAILED if it cannot be opened, and the old one is
 *         kept: port_reason() says why.
 */
int port_log_reopen(void);

/**
 * Appends to that file. @return the number of bytes written. If they are fewer, its disk is full or
 * fails: port_reason() is then the cause alone.
 */
size_t port_log_write(const char *text, size_t bytes);
#endif

/** Ends the program after a broken invariant: reports where, then restarts the board or aborts. */
_Noreturn void port_panic(const char *file, int line, const char *what);

#endif

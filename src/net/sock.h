/**
 * @file
 * Sockets as the two loops need them: non-blocking, errors as
 * negative lwchat_error values, and a single wait. sock.c implements this
 * with lwIP; an implementation on other sockets (for measurements or
 * simulation) replaces sock.c as a whole.
 *
 * A socket is a small number, 0 or more, that fits in 16 bits. All sockets belong to the thread
 * that runs the loop.
 */
#ifndef LWCHAT_SOCK_H
#define LWCHAT_SOCK_H

#include "../lwchat_address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** An address and a TCP port. */
struct sock_address {
    struct lwchat_address ip;
    uint16_t port;
};

/** Conditions of a socket, as bits. */
enum sock_condition {
    SOCK_READABLE = 1, /**< data, end of stream, or a connection to accept */
    SOCK_WRITABLE = 2, /**< the send buffer has room, or connecting has succeeded */
    SOCK_BROKEN = 4    /**< reset, aborted or not open; reported even if not in `want` */
};

/** One socket's entry in the set for sock_wait(). */
struct sock_poll {
    int16_t sock;  /**< a negative one is skipped */
    uint8_t want;  /**< SOCK_READABLE, SOCK_WRITABLE, both, or 0 */
    uint8_t ready; /**< set by sock_wait() */
};

/**
 * Opens a listening socket on all local addresses, IPv6 ones too with LWCHAT_IPV6.
 * @param backlog  connections that may wait to be accepted
 * @return the socket; LWCHAT_IN_USE or LWCHAT_NO_MEMORY.
 */
int sock_listen(uint16_t port, int backlog);

/**
 * Sets the backlog of `listener` to `backlog` connections, at least 1. SYNs beyond it are not
 * answered, and their senders retransmit them. lwIP ignores it without TCP_LISTEN_BACKLOG.
 */
void sock_set_backlog(int listener, int backlog);

/**
 * Accepts the next connection waiting on `listener`. It is ready for use: it does not delay small
 * segments (TCP_NODELAY), and an idle peer is probed (keepalive).
 *
 * @param peer  filled in on success; not NULL
 * @return the socket; LWCHAT_AGAIN if none waits; LWCHAT_GONE if the waiting one was reset, or
 *         lwIP had no memory for it (another may wait); LWCHAT_NO_MEMORY if the stack has no free
 *         socket now (the connection stays in the backlog until it is accepted or gives up).
 */
int sock_accept(int listener, struct sock_address *peer);

/**
 * Starts to connect. The socket becomes SOCK_WRITABLE or SOCK_BROKEN when
 * that has completed; sock_connected() then returns the result.
 * @return the socket; LWCHAT_NO_MEMORY or LWCHAT_UNREACHABLE; LWCHAT_AGAIN while no IPv6 address is
 *         ready to connect from.
 */
int sock_connect(const struct sock_address *to);

/** @return 0 when connected; LWCHAT_AGAIN while connecting; another error on failure. */
int sock_connected(int sock);

/**
 * Looks up a host: an address in text form, or a name, which is
 * resolved by the port or else by DNS, or NAME.local by multicast DNS where LWCHAT_SCREEN is set.
 * While it returns LWCHAT_AGAIN, call it again with the same name after each wait.
 * @return 0 and the address in `*ip`; LWCHAT_AGAIN; LWCHAT_NOT_FOUND;
 *         LWCHAT_UNREACHABLE.
 */
int sock_resolve(const char *host, struct lwchat_address *ip);

#if LWCHAT_SCREEN
/**
 * Sends a packet with a question to the group of multicast DNS, on all links of the machine if its
 * sockets are used, from a port of its own. NULL: no more answers are wanted.
 * @return 0, or a negative error if it was not sent: try again later.
 */
int sock_ask(const void *question, size_t bytes);

/**
 * Receives an answer to it, cut to `bytes` bytes. sock_wait() returns when there is one.
 * @param from  set to who sent it
 * @return its length, or LWCHAT_AGAIN.
 */
int sock_hear(void *answer, size_t bytes, struct lwchat_address *from);
#endif

/**
 * Copies received data without consuming it: the next call returns the same
 * bytes, unless sock_skip() has consumed them.
 * @return the number of bytes, at most `bytes`; LWCHAT_AGAIN if there are
 *         none now; 0 if the peer has closed its side; LWCHAT_GONE if the
 *         connection was reset and all data received before that is consumed.
 */
int sock_peek(int sock, void *buffer, size_t bytes);

/** True once the peer has closed its side or reset the connection, whatever is still unread. */
bool sock_has_ended(int sock);

/**
 * Consumes `bytes` bytes that sock_peek() has returned, and opens the receive window by as many.
 * They are written to `buffer` once more.
 */
void sock_skip(int sock, void *buffer, size_t bytes);

/** Whether the send buffer has room now, as SOCK_WRITABLE says. */
bool sock_is_writable(int sock);

/**
 * Sends as much as the send buffer has room for.
 * @return the number of bytes accepted, at most `bytes`; LWCHAT_AGAIN if
 *         there is no room; LWCHAT_GONE.
 */
int sock_send(int sock, const void *data, size_t bytes);

/** Closes our side (FIN) after all data sent. @return 0, LWCHAT_AGAIN or LWCHAT_GONE. */
int sock_finish(int sock);

/** True once the peer has acknowledged all that was sent, including our FIN. */
bool sock_delivered(int sock);

/**
 * Number of bytes sent but not acknowledged by the peer, not counting our FIN. For the client,
 * which has one connection.
 * @param silent  set to true while an acknowledgement is outstanding; false for a peer that
 *         answers but whose receive window is closed
 * @return the number, or LWCHAT_GONE if the connection is gone.
 */
int sock_unacknowledged(int sock, bool *silent);

/**
 * Closes the socket. To lose no data, call it only after sock_finish() and
 * sock_peek() returned 0.
 */
void sock_close(int sock);

/**
 * Closes the socket immediately with a reset (RST). Never waits.
 * @return the number of received bytes that were not consumed.
 */
size_t sock_abort(int sock);

/**
 * Moves frames until a socket of `set` is ready, the port has an event
 * (console, stop), or `timeout_ms` has passed. It may return early with
 * nothing ready.
 * @return how many of `set` are ready.
 */
int sock_wait(struct sock_poll *set, size_t count, uint32_t timeout_ms);

/* --- From any task, but not from an interrupt handler ----------------------- */

/** Makes sock_wait() return soon. */
void sock_wake(void);

/** Keeps all other tasks out until sock_unlock(): for a few instructions. Does not nest. */
void sock_lock(void);

/** Ends what sock_lock() began. */
void sock_unlock(void);

#endif

/**
 * @file
 * Sockets as the two loops need them: never blocking, IPv4, one negative error
 * enum, and one wait. sock.c does it with lwIP; another layer on other sockets
 * (to measure, or to simulate) replaces sock.c whole.
 *
 * A socket is a small number, 0 or more. All of them belong to the thread that
 * runs the loop.
 */
#ifndef LWCHAT_SOCK_H
#define LWCHAT_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** An IPv4 address in host byte order and a TCP port: 192.168.7.2 is 0xC0A80702. */
struct sock_address {
    uint32_t ip;
    uint16_t port;
};

/** Conditions of a socket, as bits. */
enum sock_condition {
    SOCK_READABLE = 1, /**< data, the peer's end, or a connection to accept */
    SOCK_WRITABLE = 2, /**< the send buffer has room, or connecting has ended */
    SOCK_BROKEN = 4    /**< reset, aborted or not open; reported unasked */
};

/** What sock_wait() is asked about one socket, and its answer. */
struct sock_poll {
    int sock;      /**< a negative one is skipped */
    int16_t want;  /**< SOCK_READABLE, SOCK_WRITABLE, both, or 0 */
    int16_t ready; /**< what is so */
};

/**
 * Opens a listening socket on every address of this host.
 * @param backlog  connections that may wait to be accepted
 * @return the socket; LWCHAT_IN_USE or LWCHAT_NO_MEMORY.
 */
int sock_listen(uint16_t port, int backlog);

/**
 * Sets how many connections may wait on `listener`, 1 at least. Further ones are not answered
 * until there is room: their systems ask again. Without TCP_LISTEN_BACKLOG lwIP ignores it.
 */
void sock_set_backlog(int listener, int backlog);

/**
 * Takes the next connection that waits on `listener`, ready for use: it does
 * not delay small segments (TCP_NODELAY), and probes an idle peer.
 *
 * @param peer  filled in on success; not NULL
 * @return the socket; LWCHAT_AGAIN when none waits; LWCHAT_GONE when the one
 *         that waited is gone, or lwIP had no memory for it (another may wait); LWCHAT_NO_MEMORY
 *         when the stack has no room for one now (it stays in, or leaves, the
 *         backlog).
 */
int sock_accept(int listener, struct sock_address *peer);

/**
 * Begins to connect. The socket becomes SOCK_WRITABLE or SOCK_BROKEN when it
 * has ended; sock_connected() then says how.
 * @return the socket; LWCHAT_NO_MEMORY or LWCHAT_UNREACHABLE.
 */
int sock_connect(const struct sock_address *to);

/** @return 0 when connected; LWCHAT_AGAIN while it is not known; the reason when it failed. */
int sock_connected(int sock);

/**
 * Looks a host up: an address in dotted form, or a name, which the port may
 * know; else by DNS.
 * Ask again with the same name, after each wait, while it gives LWCHAT_AGAIN.
 * @return 0 and the address in `*ip`; LWCHAT_AGAIN; LWCHAT_NOT_FOUND;
 *         LWCHAT_UNREACHABLE.
 */
int sock_resolve(const char *host, uint32_t *ip);

/**
 * Copies what has arrived without taking it: the same bytes come again until
 * sock_skip() takes them.
 * @return the number of bytes, at most `bytes`; LWCHAT_AGAIN when there are
 *         none now; 0 when the peer has ended its side; LWCHAT_GONE when it was
 *         reset, and all that had come before is taken.
 */
int sock_peek(int sock, void *buffer, size_t bytes);

/** Takes `bytes` bytes that sock_peek() has shown, and lets the peer send as many more. */
void sock_skip(int sock, size_t bytes);

/**
 * Sends what the send buffer has room for.
 * @return the number of bytes taken, at most `bytes`; LWCHAT_AGAIN when there
 *         is room for none; LWCHAT_GONE.
 */
int sock_send(int sock, const void *data, size_t bytes);

/** Ends our side (FIN) after everything sent. @return 0, LWCHAT_AGAIN or LWCHAT_GONE. */
int sock_finish(int sock);

/** True once the peer has acknowledged all that was sent, our end included. */
bool sock_delivered(int sock);

/**
 * How many bytes were sent that the peer has not acknowledged, our end not counted. For a client,
 * which has one connection.
 * @param silent  true when it owes an answer: one that answers, but has no room, is not silent
 * @return LWCHAT_GONE when the connection is.
 */
int sock_unacknowledged(int sock, bool *silent);

/**
 * Closes the socket. To lose nothing that was sent, call it after
 * sock_finish() gave 0 and sock_peek() gave 0.
 */
void sock_close(int sock);

/**
 * Closes the socket at once with a reset (RST). Never waits.
 * @return how many bytes had come and were not taken.
 */
size_t sock_abort(int sock);

/**
 * Waits until a socket of `set` is ready, the port has something (console,
 * stop), or `timeout_ms` has passed, moving frames meanwhile. It may return
 * early with nothing ready.
 * @return how many of `set` are ready.
 */
int sock_wait(struct sock_poll *set, size_t count, uint32_t timeout_ms);

#endif

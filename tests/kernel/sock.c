/*
 * sock.h on the kernel's own sockets, instead of src/net/sock.c: to measure
 * the cost of lwIP, and to test the loop without it. It is as fast as this loop
 * allows: one epoll set, updated only on changes, and one recv() for arriving
 * data, as peeked bytes are kept here and not in the kernel.
 */
#include "net/sock.h"

#include "kernel.h"
#include "lwchat_config.h"
#include "lwchat_error.h"
#include "port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DESCRIPTORS = 4 * LWCHAT_MAX_CONNECTIONS, EVENTS = 512 };

/** The state of a descriptor. */
struct known {
    uint32_t events; /* that epoll watches for */
    bool watched;    /* by epoll */
    uint32_t round;  /* the last wait that it was part of */
    size_t place;    /* in that wait's set */
    uint8_t *rest;   /* peeked and not consumed; malloc'ed */
    size_t rest_bytes;
};

static struct known known[DESCRIPTORS];
static size_t rests; /* descriptors with a rest */
static int watch = -1;
static uint32_t round_number;

/* The data of the last recv(). */
static struct {
    int sock; /* its socket; -1: none */
    size_t from;
    size_t bytes;
    uint8_t data[LWCHAT_RECEIVE_BYTES];
} fresh = {.sock = -1};

static int error_of(int number)
{
    switch (number) {
    case EAGAIN:
    case EINPROGRESS:
    case EINTR:
        return LWCHAT_AGAIN;
    case EADDRINUSE:
        return LWCHAT_IN_USE;
    case ENOMEM:
    case ENOBUFS:
    case EMFILE:
    case ENFILE:
        return LWCHAT_NO_MEMORY;
    case ECONNREFUSED:
        return LWCHAT_REFUSED;
    case ETIMEDOUT:
        return LWCHAT_TIMED_OUT;
    case ENETUNREACH:
    case EHOSTUNREACH:
        return LWCHAT_UNREACHABLE;
    default:
        return LWCHAT_GONE;
    }
}

static void set_option(int sock, int option, int value)
{
    (void)setsockopt(sock, IPPROTO_TCP, option, &value, sizeof value);
}

/* Closes a descriptor beyond the table; the loop never needs that many. */
static bool fits(int sock)
{
    if (sock >= DESCRIPTORS) {
        close(sock);
        return false;
    }
    return true;
}

static void prepare(int sock)
{
    int on = 1;

    (void)fcntl(sock, F_SETFL, O_NONBLOCK);
    set_option(sock, TCP_NODELAY, 1);
    (void)setsockopt(sock, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    set_option(sock, TCP_KEEPIDLE, LWCHAT_KEEPALIVE_IDLE_S);
    set_option(sock, TCP_KEEPINTVL, LWCHAT_KEEPALIVE_INTERVAL_S);
    set_option(sock, TCP_KEEPCNT, LWCHAT_KEEPALIVE_PROBES);
}

int sock_listen(uint16_t port, int backlog)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1;
    int sock = socket(AF_INET, SOCK_STREAM, 0);

    if (sock < 0 || !fits(sock)) {
        return sock < 0 ? error_of(errno) : LWCHAT_NO_MEMORY;
    }
    (void)fcntl(sock, F_SETFL, O_NONBLOCK);
    (void)setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    /* Loopback only: this server is for tests. */
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(sock, (struct sockaddr *)&here, sizeof here) < 0 || listen(sock, backlog) < 0) {
        int error = error_of(errno);
        close(sock);
        return error;
    }
    return sock;
}

void sock_set_backlog(int listener, int backlog)
{
    (void)listen(listener, backlog);
}

int sock_accept(int listener, struct sock_address *peer)
{
    struct sockaddr_in from = {0};
    socklen_t bytes = sizeof from;
    int sock = accept(listener, (struct sockaddr *)&from, &bytes);

    if (sock < 0) {
        return errno == EMFILE || errno == ENFILE ? LWCHAT_NO_MEMORY : LWCHAT_AGAIN;
    }
    if (!fits(sock)) {
        return LWCHAT_NO_MEMORY;
    }
    prepare(sock);
    peer->ip = address_v4(ntohl(from.sin_addr.s_addr));
    peer->port = ntohs(from.sin_port);
    return sock;
}

int sock_connect(const struct sock_address *to)
{
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(to->port)};
    int sock = socket(AF_INET, SOCK_STREAM, 0);

    if (sock < 0 || !fits(sock)) {
        return sock < 0 ? error_of(errno) : LWCHAT_NO_MEMORY;
    }
    prepare(sock);
    there.sin_addr.s_addr = htonl(to->ip.low);
    if (connect(sock, (struct sockaddr *)&there, sizeof there) < 0 && errno != EINPROGRESS) {
        int error = error_of(errno);
        close(sock);
        return error;
    }
    return sock;
}

int sock_connected(int sock)
{
    struct sockaddr_in peer = {0};
    socklen_t peer_bytes = sizeof peer;
    int error = 0;
    socklen_t bytes = sizeof error;

    (void)getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &bytes);
    if (error != 0) {
        return error_of(error);
    }
    return getpeername(sock, (struct sockaddr *)&peer, &peer_bytes) == 0 ? LWCHAT_OK : LWCHAT_AGAIN;
}

int sock_resolve(const char *host, struct lwchat_address *ip)
{
    struct in_addr address;

    if (inet_pton(AF_INET, host, &address) != 1) {
        return LWCHAT_NOT_FOUND;
    }
    *ip = address_v4(ntohl(address.s_addr));
    return LWCHAT_OK;
}

/* Saves what is left of `fresh`, so that another socket can be read. */
static void put_aside(void)
{
    size_t left = fresh.bytes - fresh.from;

    if (fresh.sock >= 0 && left > 0) {
        struct known *of = &known[fresh.sock];
        of->rest = malloc(left);
        if (of->rest == NULL) {
            port_panic(__FILE__, __LINE__, "no memory");
        }
        memcpy(of->rest, fresh.data + fresh.from, left);
        of->rest_bytes = left;
        rests++;
    }
    fresh.sock = -1;
}

static void forget_rest(int sock)
{
    rests -= known[sock].rest != NULL;
    free(known[sock].rest);
    known[sock].rest = NULL;
    known[sock].rest_bytes = 0;
}

int sock_peek(int sock, void *buffer, size_t bytes)
{
    struct known *of = &known[sock];

    if (fresh.sock != sock) {
        put_aside();
        fresh.from = 0;
        fresh.bytes = of->rest_bytes;
        if (of->rest != NULL) {
            memcpy(fresh.data, of->rest, of->rest_bytes);
            forget_rest(sock);
        }
        fresh.sock = sock;
    }
    if (fresh.from == fresh.bytes) {
        ssize_t n = recv(sock, fresh.data, sizeof fresh.data, 0);
        fresh.sock = n > 0 ? sock : -1;
        if (n <= 0) {
            return n < 0 ? error_of(errno) : 0;
        }
        fresh.from = 0;
        fresh.bytes = (size_t)n;
    }
    size_t left = fresh.bytes - fresh.from;
    left = left < bytes ? left : bytes;
    memcpy(buffer, fresh.data + fresh.from, left);
    return (int)left;
}

void sock_skip(int sock, void *buffer, size_t bytes)
{
    (void)buffer;
    if (fresh.sock == sock) {
        fresh.from += bytes;
    }
}

bool sock_is_writable(int sock)
{
    struct pollfd state = {.fd = sock, .events = POLLOUT};

    return poll(&state, 1, 0) > 0 && (state.revents & POLLOUT) != 0;
}

int sock_send(int sock, const void *data, size_t bytes)
{
    ssize_t n = send(sock, data, bytes, MSG_NOSIGNAL);

    return n < 0 ? error_of(errno) : (int)n;
}

int sock_finish(int sock)
{
    return shutdown(sock, SHUT_WR) < 0 ? LWCHAT_GONE : LWCHAT_OK;
}

bool sock_has_ended(int sock)
{
    struct pollfd poll_ended = {.fd = sock, .events = POLLRDHUP};

    return poll(&poll_ended, 1, 0) > 0;
}

bool sock_delivered(int sock)
{
    int queued = 0;

    return ioctl(sock, SIOCOUTQ, &queued) < 0 || queued == 0;
}

void sock_close(int sock)
{
    if (fresh.sock == sock) {
        fresh.sock = -1;
    }
    forget_rest(sock);
    known[sock] = (struct known){0};
    close(sock);
}

size_t sock_abort(int sock)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(sock, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    sock_close(sock);
    return 0;
}

/* --- Waiting --------------------------------------------------------------- */

/* @return false if `fd` is a file, which is always ready and not supported by epoll. */
static bool watch_for(int fd, uint32_t events)
{
    struct known *of = &known[fd];
    struct epoll_event event = {.events = events, .data = {.fd = fd}};

    if (watch < 0) {
        watch = epoll_create1(EPOLL_CLOEXEC);
    }
    if (!of->watched || of->events != events) {
        int how = of->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
        if (epoll_ctl(watch, how, fd, &event) < 0) {
            return errno != EPERM;
        }
        of->watched = true;
        of->events = events;
    }
    return true;
}

/* @return whether something is ready without waiting. */
static bool prepare_set(struct sock_poll *set, size_t count)
{
    bool ready = false;

    for (size_t i = 0; i < count; i++) {
        struct sock_poll *poll = &set[i];
        poll->ready = 0;
        if (poll->sock < 0) {
            continue;
        }
        struct known *of = &known[poll->sock];
        of->round = round_number;
        of->place = i;
        (void)watch_for(poll->sock, (poll->want & SOCK_READABLE ? EPOLLIN : 0U) |
                                        (poll->want & SOCK_WRITABLE ? EPOLLOUT : 0U));
        if (of->rest != NULL && (poll->want & SOCK_READABLE)) {
            poll->ready = SOCK_READABLE;
            ready = true;
        }
    }
    return ready;
}

static void mark(struct sock_poll *poll, uint32_t events)
{
    unsigned ready = (unsigned)poll->ready;

    ready |= (events & EPOLLIN) != 0 ? SOCK_READABLE : 0;
    ready |= (events & EPOLLOUT) != 0 ? SOCK_WRITABLE : 0;
    ready |= (events & EPOLLERR) != 0 ? SOCK_BROKEN : 0;
    /* Data sent before the end can still be read. */
    ready |= (events & EPOLLHUP) != 0 ? (unsigned)poll->want & SOCK_READABLE : 0;
    poll->ready = (uint8_t)ready;
}

int sock_wait(struct sock_poll *set, size_t count, uint32_t timeout_ms)
{
    static struct epoll_event events[EVENTS];
    int console = kernel_console_fd();
    int ready = 0;

    put_aside();
    round_number++;
    if (prepare_set(set, count)) {
        timeout_ms = 0;
    }
    if (console >= 0 && !watch_for(console, EPOLLIN)) {
        kernel_console_ready();
        timeout_ms = 0;
    }
    int found = epoll_wait(watch, events, EVENTS, (int)timeout_ms);
    for (int i = 0; i < found; i++) {
        int fd = events[i].data.fd;
        if (fd == console) {
            kernel_console_ready();
        } else if (known[fd].round == round_number) {
            mark(&set[known[fd].place], events[i].events);
        } else {
            /* No longer in any set. */
            (void)epoll_ctl(watch, EPOLL_CTL_DEL, fd, NULL);
            known[fd].watched = false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        ready += set[i].ready != 0;
    }
    return ready;
}

/* --- Other tasks: there are none -------------------------------------------- */

void sock_lock(void)
{
}

void sock_unlock(void)
{
}

void sock_wake(void)
{
}

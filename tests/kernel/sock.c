/*
 * sock.h on the kernel's own sockets, in the place of src/net/sock.c: to measure
 * what lwIP costs, and to test the loop without it.
 */
#include "net/sock.h"

#include "kernel.h"
#include "lwchat_config.h"
#include "lwchat_error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

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

static void prepare(int sock)
{
    int on = 1;

    (void)fcntl(sock, F_SETFL, O_NONBLOCK);
    (void)setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(sock, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

int sock_listen(uint16_t port, int backlog)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1;
    int sock = socket(AF_INET, SOCK_STREAM, 0);

    if (sock < 0) {
        return error_of(errno);
    }
    (void)fcntl(sock, F_SETFL, O_NONBLOCK);
    (void)setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(sock, (struct sockaddr *)&here, sizeof here) < 0 || listen(sock, backlog) < 0) {
        int error = error_of(errno);
        close(sock);
        return error;
    }
    return sock;
}

int sock_accept(int listener, struct sock_address *peer)
{
    struct sockaddr_in from;
    socklen_t bytes = sizeof from;
    int sock = accept(listener, (struct sockaddr *)&from, &bytes);

    if (sock < 0) {
        return errno == EMFILE || errno == ENFILE ? LWCHAT_NO_MEMORY : LWCHAT_AGAIN;
    }
    prepare(sock);
    peer->ip = ntohl(from.sin_addr.s_addr);
    peer->port = ntohs(from.sin_port);
    return sock;
}

int sock_connect(const struct sock_address *to)
{
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(to->port)};
    int sock = socket(AF_INET, SOCK_STREAM, 0);

    if (sock < 0) {
        return error_of(errno);
    }
    prepare(sock);
    there.sin_addr.s_addr = htonl(to->ip);
    if (connect(sock, (struct sockaddr *)&there, sizeof there) < 0 && errno != EINPROGRESS) {
        int error = error_of(errno);
        close(sock);
        return error;
    }
    return sock;
}

int sock_connected(int sock)
{
    struct pollfd poll_one = {.fd = sock, .events = POLLOUT};
    int error = 0;
    socklen_t bytes = sizeof error;

    if (poll(&poll_one, 1, 0) == 0) {
        return LWCHAT_AGAIN;
    }
    (void)getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &bytes);
    return error == 0 ? LWCHAT_OK : error_of(error);
}

int sock_resolve(const char *host, uint32_t *ip)
{
    struct in_addr address;

    if (inet_pton(AF_INET, host, &address) != 1) {
        return LWCHAT_NOT_FOUND;
    }
    *ip = ntohl(address.s_addr);
    return LWCHAT_OK;
}

int sock_peek(int sock, void *buffer, size_t bytes)
{
    ssize_t n = recv(sock, buffer, bytes, MSG_PEEK);

    return n < 0 ? error_of(errno) : (int)n;
}

void sock_skip(int sock, size_t bytes)
{
    char scratch[4096];

    while (bytes > 0) {
        ssize_t n = recv(sock, scratch, bytes < sizeof scratch ? bytes : sizeof scratch, 0);
        if (n <= 0) {
            return;
        }
        bytes -= (size_t)n;
    }
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

void sock_close(int sock)
{
    close(sock);
}

void sock_abort(int sock)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(sock, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(sock);
}

int sock_wait(struct sock_poll *set, size_t count, uint32_t timeout_ms)
{
    static struct pollfd polls[LWCHAT_MAX_CONNECTIONS + 2];
    int ready = 0;

    for (size_t i = 0; i < count; i++) {
        polls[i] = (struct pollfd){.fd = set[i].sock,
                                   .events = (short)((set[i].want & SOCK_READABLE ? POLLIN : 0) |
                                                     (set[i].want & SOCK_WRITABLE ? POLLOUT : 0))};
    }
    polls[count] = (struct pollfd){.fd = kernel_console_fd(), .events = POLLIN};
    (void)poll(polls, (nfds_t)count + 1, (int)timeout_ms);
    for (size_t i = 0; i < count; i++) {
        short got = polls[i].revents;
        set[i].ready =
            (int16_t)((got & POLLIN ? SOCK_READABLE : 0) | (got & POLLOUT ? SOCK_WRITABLE : 0) |
                      (got & (POLLERR | POLLNVAL) ? SOCK_BROKEN : 0));
        if (got & POLLHUP) {
            set[i].ready |= set[i].want & SOCK_READABLE;
        }
        ready += set[i].ready != 0;
    }
    return ready;
}

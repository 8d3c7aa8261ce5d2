#include "host_sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h> /* netinet/tcp.h has a TCP_MSS of its own */
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "port.h"

enum {
    /* As long as libslirp itself waits when the peer has closed first. */
    DRAIN_MS = 10000,
    /* Descriptors that are opened later: listeners, the loop's, the console's. */
    LATER = 15,
    DESCRIPTORS = HOST_SOCKETS + 64,
    /* TCP states: <netinet/tcp.h>, which names them, conflicts with lwIP. */
    FIN_WAIT1_STATE = 4,
    TIME_WAIT_STATE = 6,
    CLOSE_STATE = 7,
    LAST_ACK_STATE = 9,
    CLOSING_STATE = 11
};

/** Indexed by descriptor. */
static struct host_socket {
    struct segment_end peer;
    uint16_t port; /* of the host */
    bool open;
    bool connected; /* its peer is known, as it is for an accepted connection */
    bool watched;
    bool writes;   /* libslirp has data to write to it */
    bool finished; /* lwIP has closed its side */
    uint32_t finished_ms;
} sockets[DESCRIPTORS];

static unsigned used, most;
static int beyond; /* no descriptor from this one on is a socket */
static struct lwchat_address this_machine, this_machine6;

static struct host_socket *find(int fd)
{
    return fd >= 0 && fd < DESCRIPTORS ? &sockets[fd] : NULL;
}

/* --- How many -------------------------------------------------------------- */

unsigned long host_sockets_descriptors(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

static unsigned count_open(unsigned long descriptors)
{
    unsigned open = 0;

    for (int fd = 0; fd < DESCRIPTORS && (unsigned long)fd < descriptors; fd++) {
        open += fcntl(fd, F_GETFD) >= 0 || errno != EBADF;
    }
    return open;
}

void host_sockets_start(struct lwchat_address self, struct lwchat_address self6)
{
    struct rlimit limit;
    unsigned long descriptors;
    unsigned others;

    this_machine = self;
    this_machine6 = self6;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    descriptors = host_sockets_descriptors();
    others = count_open(descriptors) + LATER;
    most = HOST_SOCKETS;
    if (descriptors < others + most) {
        most = descriptors > others ? (unsigned)(descriptors - others) : 0;
    }
}

unsigned host_sockets_most(void)
{
    return most;
}

bool host_sockets_full(void)
{
    return used >= most;
}

/* --- Which ------------------------------------------------------------------- */

union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* As libslirp presents it: loopback addresses are this machine. @return false for other families.
 */
static bool read_end(const union any_address *from, struct segment_end *end)
{
    if (from->any.sa_family == AF_INET) {
        end->port = ntohs(from->v4.sin_port);
        end->ip = address_v4(ntohl(from->v4.sin_addr.s_addr));
    } else if (from->any.sa_family == AF_INET6) {
        end->port = ntohs(from->v6.sin6_port);
        end->ip = address_read_v6(&from->v6.sin6_addr);
    } else {
        return false;
    }
    if (address_is_loopback(end->ip)) {
        end->ip = address_is_v4(end->ip) ? this_machine : this_machine6;
    }
    return true;
}

void host_sockets_add(int fd)
{
    struct host_socket *new = find(fd);
    union any_address peer = {.any = {0}}, own = {.any = {0}};
    socklen_t bytes = sizeof(peer), own_bytes = sizeof(own);
    struct segment_end end;

    used += fd >= 0;
    if (new == NULL) {
        return;
    }
    *new = (struct host_socket){.open = true, .watched = true};
    if (getpeername(fd, &peer.any, &bytes) == 0 && read_end(&peer, &new->peer)) {
        new->connected = getsockname(fd, &own.any, &own_bytes) == 0 && read_end(&own, &end);
        new->port = new->connected ? end.port : 0;
    }
    if (fd >= beyond) {
        beyond = fd + 1;
    }
}

void host_sockets_remove(int fd)
{
    struct host_socket *old = find(fd);

    used -= fd >= 0 && used > 0;
    if (old != NULL) {
        *old = (struct host_socket){.open = false};
    }
    while (beyond > 0 && !sockets[beyond - 1].open) {
        beyond--;
    }
}

void host_sockets_watch_none(void)
{
    for (int fd = 0; fd < beyond; fd++) {
        sockets[fd].watched = sockets[fd].writes = false;
    }
}

void host_sockets_watch(int fd, bool writes)
{
    struct host_socket *watched = find(fd);

    if (watched != NULL) {
        watched->watched = true;
        watched->writes = writes;
    }
}

static struct host_socket *find_peer(const struct segment_end *peer, uint16_t port)
{
    for (int fd = 0; fd < beyond; fd++) {
        if (sockets[fd].connected && sockets[fd].port == port &&
            sockets[fd].peer.port == peer->port && address_is(sockets[fd].peer.ip, peer->ip)) {
            return &sockets[fd];
        }
    }
    return NULL;
}

/* --- How they end ------------------------------------------------------------ */

void host_sockets_finish(const struct segment_end *peer, uint16_t port)
{
    struct host_socket *ends = find_peer(peer, port);

    if (ends != NULL && !ends->finished) {
        ends->finished = true;
        ends->finished_ms = port_now_ms();
    }
}

static bool drains(const struct host_socket *socket)
{
    return socket->finished && socket->writes && port_now_ms() - socket->finished_ms < DRAIN_MS;
}

bool host_sockets_drains(const struct segment_end *peer, uint16_t port)
{
    const struct host_socket *ends = find_peer(peer, port);

    return ends != NULL && drains(ends);
}

/* Whether both the peer and libslirp have closed their sides, and nothing is left to send. */
static bool is_over(int fd)
{
    struct tcp_info info = {0};
    socklen_t bytes = sizeof(info);

    if (sockets[fd].watched || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &bytes) < 0) {
        return false;
    }
    return info.tcpi_state == TIME_WAIT_STATE || info.tcpi_state == CLOSE_STATE ||
           info.tcpi_state == LAST_ACK_STATE || info.tcpi_state == CLOSING_STATE;
}

static bool is_late(const struct host_socket *socket)
{
    return socket->finished && socket->writes && !drains(socket);
}

bool host_sockets_next(int *from, struct segment_end *peer, uint16_t *port)
{
    for (int fd = *from; fd < beyond; fd++) {
        if (sockets[fd].connected && (is_over(fd) || is_late(&sockets[fd]))) {
            *peer = sockets[fd].peer;
            *port = sockets[fd].port;
            *from = fd + 1;
            return true;
        }
    }
    return false;
}

/*
 * Bytes of data that are not acknowledged. The queue also counts our FIN, once it
 * is sent.
 */
static uint32_t data_of(int queued, int state)
{
    if (state == FIN_WAIT1_STATE || state == LAST_ACK_STATE || state == CLOSING_STATE) {
        queued--;
    }
    return queued > 0 && state != CLOSE_STATE ? (uint32_t)queued : 0;
}

uint32_t host_sockets_unacknowledged(bool *silent)
{
    uint32_t all = 0;

    *silent = false;
    for (int fd = 0; fd < beyond; fd++) {
        struct tcp_info info = {0};
        socklen_t info_bytes = sizeof(info);
        int queued = 0;

        if (sockets[fd].open && ioctl(fd, SIOCOUTQ, &queued) == 0 && queued > 0 &&
            getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &info_bytes) == 0) {
            uint32_t bytes = data_of(queued, info.tcpi_state);
            all += bytes;
            /* When the peer's window is closed, the kernel sends window probes. */
            *silent = *silent || (bytes > 0 && (info.tcpi_unacked > 0 || info.tcpi_probes > 0));
        }
    }
    return all;
}

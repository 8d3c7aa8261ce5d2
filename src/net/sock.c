#include "sock.h"
#include "sock_wake.h"

#include <stdbool.h>
#include <string.h>

#include "../lwchat_error.h"
#include "../port.h"
#include "lwip/api.h"
#include "lwip/memp.h"
#include "lwip/netdb.h"
#include "lwip/netif.h"
#include "lwip/pbuf.h"
#include "lwip/priv/sockets_priv.h"
#include "lwip/priv/tcpip_priv.h"
#include "lwip/sockets.h"
#include "lwip/sys.h"
#include "lwip/tcp.h"
#include "lwip/tcpip.h"
#include "../lwchat_config.h"

#ifdef LWIP_HDR_OPT_H /* cppcheck does not read lwIP's headers */
#if !LWIP_SOCKET || !LWIP_SOCKET_POLL
#error "lwipopts.h: LWIP_SOCKET and LWIP_SOCKET_POLL must be 1"
#endif
#if !LWIP_TCP || !LWIP_IPV4
#error "lwipopts.h: LWIP_TCP and LWIP_IPV4 must be 1"
#endif
#if LWCHAT_IPV6 && !LWIP_IPV6
#error "lwipopts.h: LWIP_IPV6 must be 1 with LWCHAT_IPV6"
#endif
#if !LWIP_SO_SNDTIMEO
#error "lwipopts.h: LWIP_SO_SNDTIMEO must be 1, or a close blocks for 20 s when memory is short"
#endif
#if !LWIP_TCP_KEEPALIVE
#error "lwipopts.h: LWIP_TCP_KEEPALIVE must be 1, or people who vanish keep their places for 2 h"
#endif
#if !SYS_LIGHTWEIGHT_PROT
#error "lwipopts.h: SYS_LIGHTWEIGHT_PROT must be 1, or lwchat_say() is not safe from other tasks"
#endif
#endif
#ifndef LWIP_SOCKET_OPEN_COUNT
#define LWIP_SOCKET_OPEN_COUNT 0 /* Debian's: sockets are not limited to MEMP_NUM_NETCONN */
#endif

enum {
    /* Flags that lwIP does not keep, in one byte per socket. */
    PEER_ENDED = 0x80, /* end of stream was seen: lwIP reports it only once */
    FINISHED = 0x40,   /* our FIN was sent */
    EMPTY_READS = 0x3F /* consecutive reads that were empty although the socket was readable */
};

/*
 * lwIP accepts a write as a whole or not at all, and limits its segments, of
 * which there are many when the peer's MSS is small. A write of this size
 * always fits when nothing is in flight, even with the smallest MSS of Linux,
 * 48.
 */
enum { SURE_BYTES = 48 * TCP_SND_QUEUELEN / 2 };

/* Without a limit for all, some sockets more than the server's own: others may use lwIP, too. */
enum { NOTES = LWIP_SOCKET_OPEN_COUNT ? 2 * LWCHAT_MAX_CONNECTIONS + 64 : MEMP_NUM_NETCONN };

_Static_assert(NOTES + LWIP_SOCKET_OFFSET <= INT16_MAX, "a socket is kept in 16 bits");

static uint8_t notes[NOTES];

static uint8_t *note(int sock)
{
    return &notes[sock - LWIP_SOCKET_OFFSET];
}

static bool has_note(int sock)
{
    return !LWIP_SOCKET_OPEN_COUNT || sock - LWIP_SOCKET_OFFSET < NOTES;
}

static int error_of(int number)
{
    switch (number) {
    case EWOULDBLOCK:
    case EINPROGRESS:
    case EALREADY:
        return LWCHAT_AGAIN;
    case ENOMEM:
    case ENOBUFS:
    case ENFILE:
        return LWCHAT_NO_MEMORY;
    case EADDRINUSE:
        return LWCHAT_IN_USE;
    case EHOSTUNREACH:
        return LWCHAT_UNREACHABLE;
    default:
        return LWCHAT_GONE;
    }
}

static void set_option(int sock, int level, int option, int value)
{
    (void)lwip_setsockopt(sock, level, option, &value, (socklen_t)sizeof(value));
}

/*
 * What is done inside lwIP: with its lock held, or by its thread if it has none. If lwIP has no
 * memory to ask its thread it is not done, and the result is as it was.
 */
struct core_call {
    struct tcpip_api_call_data data; /* the first member: lwIP passes it on */
    int sock;
    int bytes;
    bool yes;
};

static void in_core(tcpip_api_call_fn function, struct core_call *call)
{
    (void)tcpip_api_call(function, &call->data);
}

static struct core_call *core_call_of(struct tcpip_api_call_data *data)
{
    return (struct core_call *)(void *)data;
}

static struct netconn *conn_of(int sock)
{
    const struct lwip_sock *entry = lwip_socket_dbg_get_socket(sock);

    return entry != NULL ? entry->conn : NULL;
}

/* The socket's PCB, or NULL if it has none any more. Inside lwIP only. */
static struct tcp_pcb *pcb_of(int sock)
{
    const struct netconn *conn = conn_of(sock);

    return conn != NULL ? conn->pcb.tcp : NULL;
}

/*
 * Those of the wanted conditions that the socket has, or SOCK_BROKEN: what lwip_poll() reports,
 * with a third of its instructions, and without a set in its own format.
 */
static inline unsigned conditions(int sock, unsigned wanted)
{
    const struct lwip_sock *entry = lwip_socket_dbg_get_socket(sock);
    unsigned found = 0;
    SYS_ARCH_DECL_PROTECT(level);

    if (entry == NULL) {
        return SOCK_BROKEN;
    }
    SYS_ARCH_PROTECT(level);
    if ((wanted & SOCK_READABLE) != 0 && (entry->rcvevent > 0 || entry->lastdata.pbuf != NULL)) {
        found = SOCK_READABLE;
    }
    if ((wanted & SOCK_WRITABLE) != 0 && entry->sendevent != 0) {
        found |= SOCK_WRITABLE;
    }
    if (entry->errevent != 0) {
        found |= SOCK_BROKEN;
    }
    SYS_ARCH_UNPROTECT(level);
    return found;
}

/*
 * When memory is short, lwIP blocks in a close for up to 20 s, whichever
 * socket it is. have_memory() avoids that; should another thread allocate the
 * memory in between, this limits the wait to one tick of the TCP timer.
 *
 * Not set earlier: with a send time-out a send fails if the clock ticks
 * between lwIP's two checks of it.
 */
static void hold_no_close(int sock)
{
#if LWIP_SO_SNDRCVTIMEO_NONSTANDARD
    int shortest = 1;
#else
    struct timeval shortest = {.tv_sec = 0, .tv_usec = 1000};
#endif

    (void)lwip_setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &shortest, (socklen_t)sizeof(shortest));
}

/* Whether lwIP could build a segment for a FIN. */
static bool have_memory(void)
{
    bool enough;
    struct pbuf *header;
    void *segment;

    LOCK_TCPIP_CORE();
    header = pbuf_alloc(PBUF_TRANSPORT, 0, PBUF_RAM);
    segment = memp_malloc(MEMP_TCP_SEG);
    enough = header != NULL && segment != NULL;
    if (segment != NULL) {
        memp_free(MEMP_TCP_SEG, segment);
    }
    if (header != NULL) {
        pbuf_free(header);
    }
    UNLOCK_TCPIP_CORE();
    return enough;
}

static void prepare(int sock)
{
    int on = 1;

    (void)lwip_ioctl(sock, (long)FIONBIO, &on);
    set_option(sock, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(sock, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(sock, IPPROTO_TCP, TCP_KEEPIDLE, LWCHAT_KEEPALIVE_IDLE_S);
    set_option(sock, IPPROTO_TCP, TCP_KEEPINTVL, LWCHAT_KEEPALIVE_INTERVAL_S);
    set_option(sock, IPPROTO_TCP, TCP_KEEPCNT, LWCHAT_KEEPALIVE_PROBES);
    *note(sock) = 0;
}

#if LWCHAT_IPV6
/* Such a socket takes IPv4 peers, too: lwIP knows them by their mapped addresses. */
enum { FAMILY = AF_INET6 };
typedef struct sockaddr_in6 socket_address;
typedef struct sockaddr_storage peer_address;

static socket_address any_to(struct lwchat_address ip, uint16_t port)
{
    socket_address address;

    memset(&address, 0, sizeof(address));
    address.sin6_family = AF_INET6;
    address.sin6_port = lwip_htons(port);
    address_put_v6(&address.sin6_addr, ip);
    return address;
}

/* The peer of an accepted connection is in the form of its own family. */
static struct sock_address peer_of(const peer_address *from)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (from->ss_family == AF_INET) {
        memcpy(&v4, from, sizeof(v4));
        return (struct sock_address){address_v4(lwip_ntohl(v4.sin_addr.s_addr)),
                                     lwip_ntohs(v4.sin_port)};
    }
    memcpy(&v6, from, sizeof(v6));
    return (struct sock_address){address_read_v6(&v6.sin6_addr), lwip_ntohs(v6.sin6_port)};
}

#else
enum { FAMILY = AF_INET };
typedef struct sockaddr_in socket_address;
typedef struct sockaddr_in peer_address;

static socket_address any_to(struct lwchat_address ip, uint16_t port)
{
    socket_address address;

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_port = lwip_htons(port);
    address.sin_addr.s_addr = lwip_htonl(ip.low);
    return address;
}

static struct sock_address peer_of(const peer_address *from)
{
    return (struct sock_address){address_v4(lwip_ntohl(from->sin_addr.s_addr)),
                                 lwip_ntohs(from->sin_port)};
}
#endif

int sock_listen(uint16_t port, int backlog)
{
    const socket_address address = any_to((struct lwchat_address){.low = 0}, port);
    int sock = lwip_socket(FAMILY, SOCK_STREAM, 0);
    int on = 1;
    int error;

    if (sock < 0) {
        return LWCHAT_NO_MEMORY;
    }
    if (!has_note(sock)) {
        (void)lwip_close(sock);
        return LWCHAT_NO_MEMORY;
    }
    (void)lwip_ioctl(sock, (long)FIONBIO, &on);
    set_option(sock, SOL_SOCKET, SO_REUSEADDR, 1);
    *note(sock) = 0;
    if (lwip_bind(sock, (const struct sockaddr *)&address, (socklen_t)sizeof(address)) == 0 &&
        lwip_listen(sock, backlog) == 0) {
        sock_wake_is(conn_of(sock));
        return sock;
    }
    error = errno == EADDRINUSE ? LWCHAT_IN_USE : LWCHAT_NO_MEMORY;
    (void)lwip_close(sock);
    return error;
}

void sock_set_backlog(int listener, int backlog)
{
    (void)lwip_listen(listener, backlog);
}

int sock_accept(int listener, struct sock_address *peer)
{
    peer_address address;
    socklen_t bytes = (socklen_t)sizeof(address);
    int sock = lwip_accept(listener, (struct sockaddr *)&address, &bytes);

    if (sock < 0) {
        /*
         * A connection that was reset while it waited has no peer any more; for one that lwIP had
         * no memory for, only an error is queued.
         */
        return errno == ENOTCONN || errno == ECONNABORTED ? LWCHAT_GONE
               : errno == EWOULDBLOCK                     ? LWCHAT_AGAIN
                                                          : LWCHAT_NO_MEMORY;
    }
    if (!has_note(sock)) {
        (void)lwip_close(sock);
        return LWCHAT_GONE;
    }
    prepare(sock);
    *peer = peer_of(&address);
    return sock;
}

#if LWCHAT_IPV6
static err_t see_probes(struct tcpip_api_call_data *data)
{
    struct core_call *call = core_call_of(data);

    for (s8_t i = 0; netif_default != NULL && i < LWIP_IPV6_NUM_ADDRESSES; i++) {
        call->yes = call->yes || ip6_addr_istentative(netif_ip6_addr_state(netif_default, i));
    }
    return ERR_OK;
}

/* Whether lwIP still probes an address from which to connect: for a second after the start. */
static bool is_probing(struct lwchat_address to)
{
    struct core_call call = {.sock = -1};

    if (!address_is_v4(to)) {
        in_core(see_probes, &call);
    }
    return call.yes;
}
#else
static bool is_probing(struct lwchat_address to)
{
    (void)to;
    return false;
}
#endif

int sock_connect(const struct sock_address *to)
{
    const socket_address address = any_to(to->ip, to->port);
    int sock = lwip_socket(FAMILY, SOCK_STREAM, 0);
    int error;

    if (sock < 0) {
        return LWCHAT_NO_MEMORY;
    }
    if (!has_note(sock)) {
        (void)lwip_close(sock);
        return LWCHAT_NO_MEMORY;
    }
    prepare(sock);
    if (lwip_connect(sock, (const struct sockaddr *)&address, (socklen_t)sizeof(address)) == 0 ||
        errno == EINPROGRESS) {
        return sock;
    }
    error = error_of(errno);
    (void)lwip_close(sock);
    if (error != LWCHAT_NO_MEMORY && is_probing(to->ip)) {
        return LWCHAT_AGAIN;
    }
    return error == LWCHAT_NO_MEMORY ? error : LWCHAT_UNREACHABLE;
}

int sock_connected(int sock)
{
    unsigned now = conditions(sock, SOCK_WRITABLE);
    int number = 0;
    socklen_t bytes = (socklen_t)sizeof(number);

    if ((now & SOCK_BROKEN) != 0) {
        (void)lwip_getsockopt(sock, SOL_SOCKET, SO_ERROR, &number, &bytes);
        return number == ECONNRESET ? LWCHAT_REFUSED : LWCHAT_TIMED_OUT;
    }
    return (now & SOCK_WRITABLE) != 0 ? LWCHAT_OK : LWCHAT_AGAIN;
}

/* --- Data ------------------------------------------------------------------ */

static err_t see_reset(struct tcpip_api_call_data *data)
{
    struct core_call *call = core_call_of(data);

    call->yes = pcb_of(call->sock) == NULL;
    return ERR_OK;
}

/* Without a PCB no data will arrive, but lwIP reports that only once. */
static bool was_reset(int sock)
{
    struct core_call call = {.sock = sock};

    in_core(see_reset, &call);
    return call.yes;
}

/*
 * lwIP can report a socket as readable forever although it has no data: give up on such a
 * socket.
 */
static int count_empty_read(int sock)
{
    uint8_t *noted = note(sock);

    if (was_reset(sock)) {
        return LWCHAT_GONE;
    }
    if ((conditions(sock, SOCK_READABLE) & SOCK_READABLE) == 0) {
        *noted &= (uint8_t)~EMPTY_READS;
        return LWCHAT_AGAIN;
    }
    if ((*noted & EMPTY_READS) == EMPTY_READS) {
        return LWCHAT_GONE;
    }
    ++*noted;
    return LWCHAT_AGAIN;
}

int sock_peek(int sock, void *buffer, size_t bytes)
{
    ssize_t count;

    if ((*note(sock) & PEER_ENDED) != 0) {
        return 0;
    }
    count = lwip_recv(sock, buffer, bytes, MSG_PEEK | MSG_DONTWAIT);
    if (count > 0) {
        *note(sock) &= (uint8_t)~EMPTY_READS;
        return (int)count;
    }
    if (count == 0) {
        *note(sock) |= PEER_ENDED;
        return 0;
    }
    if (error_of(errno) == LWCHAT_AGAIN) {
        return count_empty_read(sock);
    }
    return LWCHAT_GONE;
}

void sock_skip(int sock, void *buffer, size_t bytes)
{
    if (bytes > 0) {
        (void)lwip_recv(sock, buffer, bytes, MSG_DONTWAIT);
    }
}

/* Consumes all that was received. @return how many bytes there were. */
static size_t discard(int sock)
{
    static char discarded[LWCHAT_RECEIVE_BYTES / 8];
    size_t bytes = 0;
    ssize_t count;

    while ((count = lwip_recv(sock, discarded, sizeof discarded, MSG_DONTWAIT)) > 0) {
        bytes += (size_t)count;
    }
    return bytes;
}

bool sock_is_writable(int sock)
{
    return (conditions(sock, SOCK_WRITABLE) & SOCK_WRITABLE) != 0;
}

int sock_send(int sock, const void *data, size_t bytes)
{
    ssize_t count = lwip_send(sock, data, bytes, MSG_DONTWAIT);

    if (count < 0 && bytes > SURE_BYTES && error_of(errno) != LWCHAT_GONE) {
        count = lwip_send(sock, data, SURE_BYTES, MSG_DONTWAIT);
    }
    if (count >= 0) {
        return (int)count;
    }
    /* Out of memory is treated as a full send buffer. */
    return error_of(errno) == LWCHAT_GONE ? LWCHAT_GONE : LWCHAT_AGAIN;
}

/* --- Ending ---------------------------------------------------------------- */

int sock_finish(int sock)
{
    if ((*note(sock) & FINISHED) != 0) {
        return LWCHAT_OK;
    }
    if (!have_memory()) {
        return LWCHAT_AGAIN;
    }
    hold_no_close(sock);
    if (lwip_shutdown(sock, SHUT_WR) == 0) {
        *note(sock) |= FINISHED;
        return LWCHAT_OK;
    }
    return error_of(errno) == LWCHAT_GONE ? LWCHAT_GONE : LWCHAT_AGAIN;
}

static err_t see_delivered(struct tcpip_api_call_data *data)
{
    struct core_call *call = core_call_of(data);
    const struct tcp_pcb *pcb = pcb_of(call->sock);

    call->yes = pcb == NULL || (pcb->unsent == NULL && pcb->unacked == NULL);
    return ERR_OK;
}

bool sock_delivered(int sock)
{
    struct core_call call = {.sock = sock};

    in_core(see_delivered, &call);
    return call.yes;
}

static err_t see_ended(struct tcpip_api_call_data *data)
{
    struct core_call *call = core_call_of(data);
    const struct tcp_pcb *pcb = pcb_of(call->sock);

    call->yes = pcb == NULL || pcb->state >= CLOSE_WAIT;
    return ERR_OK;
}

bool sock_has_ended(int sock)
{
    struct core_call call = {.sock = sock};

    in_core(see_ended, &call);
    return call.yes;
}

static err_t see_unacknowledged(struct tcpip_api_call_data *data)
{
    struct core_call *call = core_call_of(data);
    const struct tcp_pcb *pcb = pcb_of(call->sock);

    if (pcb != NULL) {
        /*
         * A peer with a closed window is sent persist probes; persist_probe
         * counts those not answered.
         */
        call->yes = pcb->unacked != NULL || pcb->persist_probe > 0;
        call->bytes = (int)(pcb->snd_lbb - pcb->lastack);
    }
    return ERR_OK;
}

int sock_unacknowledged(int sock, bool *silent)
{
    struct core_call call = {.sock = sock, .bytes = LWCHAT_GONE};
    int bytes;

    in_core(see_unacknowledged, &call);
    *silent = call.yes;
    bytes = call.bytes;
    if (bytes >= 0) {
        bool beyond;
        bytes -= bytes > 0 && (*note(sock) & FINISHED) != 0;
        bytes += (int)port_unacknowledged(&beyond);
        *silent = *silent || beyond;
    }
    return bytes;
}

void sock_close(int sock)
{
    sock_wake_closes(conn_of(sock));
    /* Once our FIN is sent, closing needs no memory. */
    if ((*note(sock) & FINISHED) == 0 && !have_memory()) {
        (void)sock_abort(sock);
        return;
    }
    hold_no_close(sock);
    (void)lwip_close(sock);
}

static err_t reset(struct tcpip_api_call_data *data)
{
    struct tcp_pcb *pcb = pcb_of(core_call_of(data)->sock);

    if (pcb != NULL) {
        tcp_abort(pcb);
    }
    return ERR_OK;
}

size_t sock_abort(int sock)
{
    struct core_call call = {.sock = sock};
    size_t unread;

    /*
     * SO_LINGER resets only while data is in flight: after our FIN lwIP would keep the PCB until
     * the peer's FIN, or for 20 s.
     */
    in_core(reset, &call);
    unread = discard(sock);
    (void)lwip_close(sock);
    return unread;
}

/* --- Waiting --------------------------------------------------------------- */

static int look(struct sock_poll *set, size_t count)
{
    int ready = 0;

    for (struct sock_poll *poll = set; poll < set + count; poll++) {
        poll->ready = poll->sock < 0 ? 0 : (uint8_t)conditions(poll->sock, poll->want);
        ready += poll->ready != 0;
    }
    return ready;
}

#if LWCHAT_WAIT_IN_POLL
static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Sleeps in lwip_poll(), which the waker ends by becoming writable. */
static void sleep_in_poll(const struct sock_poll *set, size_t count, uint32_t timeout_ms)
{
    static struct pollfd wanted[NOTES];
    int waker = -1;

    count = count < NOTES ? count : NOTES;
    for (size_t i = 0; i < count; i++) {
        bool wakes = sock_wake_by(conn_of(set[i].sock));
        bool writable = wakes || (set[i].want & SOCK_WRITABLE) != 0;
        waker = wakes ? set[i].sock : waker;
        wanted[i] = (struct pollfd){.fd = set[i].sock};
        wanted[i].events =
            (short)(((set[i].want & SOCK_READABLE) != 0 ? POLLIN : 0) | (writable ? POLLOUT : 0));
    }
    (void)lwip_poll(wanted, (nfds_t)count, (int)timeout_ms);
    if (waker >= 0 && sock_is_writable(waker)) {
        /* Before the caller looks for what it was woken for. */
        sock_wake_forget();
    }
}
#endif

static void wait(const struct sock_poll *set, size_t count, uint32_t timeout_ms)
{
#if LWCHAT_WAIT_IN_POLL
    uint32_t most_ms = port_poll_ms();

    if (most_ms != 0) {
        sleep_in_poll(set, count, least(timeout_ms, least(most_ms, SOCK_WAKE_LOST_MS)));
        return;
    }
#endif
    (void)set;
    (void)count;
    port_wait(timeout_ms);
}

int sock_wait(struct sock_poll *set, size_t count, uint32_t timeout_ms)
{
    int ready;

    port_wait(0);
    ready = look(set, count);
    if (ready > 0 || timeout_ms == 0) {
        return ready;
    }
    wait(set, count, timeout_ms);
    return look(set, count);
}

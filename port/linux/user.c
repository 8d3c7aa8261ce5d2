#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <slirp/libslirp.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "forward.h"
#include "frames.h"
#include "host_sockets.h"
#include "lwchat_error.h"
#include "queue.h"
#include "reason.h"
#include "segment.h"

/*
 * libslirp is not thread-safe, and calls back from within its functions. So only
 * the loop calls it, without the core lock, and frames are queued on both sides:
 *
 *     lwIP -> user_send()    -> [outward] -> slirp_input()  -> host's sockets
 *     lwIP <- user_receive() <- [inward]  <- send_packet()  <- host's sockets
 *
 * A frame that finds its queue full is dropped, as on a real wire.
 */

enum {
    QUEUE_BYTES = 4 * 1024 * 1024,
    /* How often to look for connections that are over. */
    LOOK_MS = 20,
    /* What the loop sleeps on: the port's epoll, the wake-up, libslirp's sockets. */
    POLLED = 2 + HOST_SOCKETS
};

/* This machine's addresses in the user-mode network: it is the router. lwchat_config.h has them,
 * too: LWCHAT_SHARED_ADDRESS. */
#define HOST   "10.0.2.2"
#define HOST6  "fd6c:7763:6861::2"
#define GUEST6 "fd6c:7763:6861::15"

static _Alignas(4) uint8_t outward_store[QUEUE_BYTES];
static _Alignas(4) uint8_t inward_store[QUEUE_BYTES];
static struct queue outward = {.store = outward_store, .bytes = QUEUE_BYTES};
static struct queue inward = {.store = inward_store, .bytes = QUEUE_BYTES};
static pthread_mutex_t outward_lock = PTHREAD_MUTEX_INITIALIZER;

static Slirp *slirp;
static pthread_t loop;
static int wake = -1;

static struct forward forward;
static uint32_t looked_ms;
static bool asked; /* libslirp was asked about connections at looked_ms, which will soon end */

static struct pollfd polled[POLLED];
static nfds_t polled_count;

/* --- Callbacks of libslirp ------------------------------------------------- */

static ssize_t send_packet(const void *frame, size_t bytes, void *opaque)
{
    uint8_t *room = bytes <= FRAME_BYTES ? queue_push(&inward, bytes) : NULL;

    (void)opaque;
    if (room != NULL) {
        memcpy(room, frame, bytes);
    }
    return (ssize_t)bytes;
}

static void guest_error(const char *message, void *opaque)
{
    (void)message;
    (void)opaque;
}

static int64_t clock_get_ns(void *opaque)
{
    struct timespec now;

    (void)opaque;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* libslirp's only timer is for IPv6 router advertisements; it also sends one to who asks. */
static void *timer_new(SlirpTimerCb callback, void *callback_opaque, void *opaque)
{
    (void)callback;
    (void)callback_opaque;
    (void)opaque;
    return NULL;
}

static void timer_free(void *timer, void *opaque)
{
    (void)timer;
    (void)opaque;
}

static void timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
    (void)timer;
    (void)expire_ms;
    (void)opaque;
}

static void add_socket(int fd, void *opaque)
{
    (void)opaque;
    host_sockets_add(fd);
}

static void remove_socket(int fd, void *opaque)
{
    (void)opaque;
    host_sockets_remove(fd);
}

static void notify(void *opaque)
{
    (void)opaque;
}

static const SlirpCb callbacks = {.send_packet = send_packet,
                                  .guest_error = guest_error,
                                  .clock_get_ns = clock_get_ns,
                                  .timer_new = timer_new,
                                  .timer_free = timer_free,
                                  .timer_mod = timer_mod,
                                  .register_poll_fd = add_socket,
                                  .unregister_poll_fd = remove_socket,
                                  .notify = notify};

static int add_poll(int fd, int events, void *opaque)
{
    const int wanted = ((events & SLIRP_POLL_IN) != 0 ? POLLIN : 0) |
                       ((events & SLIRP_POLL_OUT) != 0 ? POLLOUT : 0) |
                       ((events & SLIRP_POLL_PRI) != 0 ? POLLPRI : 0);

    (void)opaque;
    host_sockets_watch(fd, (events & SLIRP_POLL_OUT) != 0);
    /*
     * Without a descriptor to accept it, a connection would be reported again and
     * again. So the listener is not polled, and the connection waits in its backlog.
     */
    if (polled_count == POLLED || (forward_listens(&forward, fd) && host_sockets_full())) {
        return -1;
    }
    polled[polled_count] = (struct pollfd){.fd = fd, .events = (short)wanted};
    return (int)polled_count++;
}

static int get_revents(int index, void *opaque)
{
    short ready = index >= 0 ? polled[index].revents : 0;
    int events = 0;

    (void)opaque;
    events |= (ready & POLLIN) != 0 ? SLIRP_POLL_IN : 0;
    events |= (ready & POLLOUT) != 0 ? SLIRP_POLL_OUT : 0;
    events |= (ready & POLLPRI) != 0 ? SLIRP_POLL_PRI : 0;
    events |= (ready & POLLERR) != 0 ? SLIRP_POLL_ERR : 0;
    events |= (ready & POLLHUP) != 0 ? SLIRP_POLL_HUP : 0;
    /*
     * When the end of a connection is reported, libslirp reads from it, even if it
     * has no room, which ends the program. So one that was polled for writing only
     * is reported as writable, and writing to it gives the error. (Connecting
     * sockets need the events, but a server has none.)
     */
    if (forward_is_open(&forward) && events != 0 && (polled[index].events & POLLIN) == 0) {
        events = SLIRP_POLL_OUT;
    }
    return events;
}

/* --- Opening and closing --------------------------------------------------- */

static struct in6_addr in6_of(const char *text)
{
    struct in6_addr address = IN6ADDR_ANY_INIT;

    (void)inet_pton(AF_INET6, text, &address);
    return address;
}

static struct in_addr address_of(const char *text)
{
    struct in_addr address = {0};

    (void)inet_aton(text, &address);
    return address;
}

/*
 * libslirp forwards to one address that it is given, answers for the router and
 * the name server, and treats all addresses outside the network as behind that
 * router.
 *
 * @param chosen  --gateway was given, which the network cannot follow
 */
static int check_addresses(const SlirpConfig *network, const struct addresses *addresses,
                           bool chosen)
{
    uint32_t address = ip4_addr_get_u32(&addresses->address);
    uint32_t gateway = ip4_addr_get_u32(&addresses->gateway);

    if ((address & network->vnetmask.s_addr) != network->vnetwork.s_addr ||
        ip4_addr_get_u32(&addresses->mask) != network->vnetmask.s_addr) {
        return reason_set(LWCHAT_BAD_ARGUMENT,
                          SAY("the user-mode network is 10.0.2.0/24: leave --ip out, or choose "
                              "10.0.2.4/24 to 10.0.2.254/24",
                              "le réseau en mode utilisateur est 10.0.2.0/24 : omettre --ip, ou "
                              "choisir de 10.0.2.4/24 à 10.0.2.254/24"));
    }
    if (address == network->vhost.s_addr || address == network->vnameserver.s_addr) {
        return reason_set(LWCHAT_BAD_ARGUMENT,
                          SAY("%s is the %s of the user-mode network: leave --ip out, or choose "
                              "10.0.2.4/24 to 10.0.2.254/24",
                              "%s est le %s du réseau en mode utilisateur : omettre --ip, ou "
                              "choisir de 10.0.2.4/24 à 10.0.2.254/24"),
                          inet_ntoa((struct in_addr){.s_addr = address}),
                          address == network->vhost.s_addr ? SAY("router", "routeur")
                                                           : SAY("name server", "serveur de noms"));
    }
    if (chosen || gateway != network->vhost.s_addr) {
        return reason_set(
            LWCHAT_BAD_ARGUMENT,
            SAY("the router of the user-mode network is 10.0.2.2: leave --gateway out",
                "le routeur du réseau en mode utilisateur est 10.0.2.2 : omettre --gateway"));
    }
    return LWCHAT_OK;
}

/* A server needs one for a client, and one to tell the next that it is full. */
static int check_descriptors(bool serves)
{
    if (host_sockets_most() >= (serves ? 2 : 1)) {
        return LWCHAT_OK;
    }
    return reason_set(LWCHAT_FAILED,
                      SAY("%lu file descriptors leave none for connections: raise the limit "
                          "(ulimit -Hn)",
                          "%lu descripteurs de fichiers n'en laissent aucun pour des "
                          "connexions : relever la limite (ulimit -Hn)"),
                      host_sockets_descriptors());
}

static void user_close(void)
{
    slirp_cleanup(slirp);
    slirp = NULL;
    forward_close(&forward);
    close(wake);
    wake = -1;
}

static int user_open(const char *detail, const struct port_config *config,
                     const struct addresses *addresses)
{
    SlirpConfig network = {.version = 1,
                           /* A server opens no connections to the outside. */
                           .restricted = config->serve != 0,
                           .in_enabled = true,
                           .vnetwork = address_of("10.0.2.0"),
                           .vnetmask = address_of("255.255.255.0"),
                           .vhost = address_of(HOST),
                           .vdhcp_start = address_of("10.0.2.15"),
                           .vnameserver = address_of("10.0.2.3"),
                           .in6_enabled = true,
                           .vprefix_addr6 = in6_of("fd6c:7763:6861::"),
                           .vprefix_len = 64,
                           .vhost6 = in6_of(HOST6),
                           .vnameserver6 = in6_of("fd6c:7763:6861::3"),
                           .if_mtu = config->mtu,
                           .if_mru = config->mtu};
    struct in_addr guest = network.vdhcp_start;
    int error = check_addresses(&network, addresses, config->gateway != NULL);

    if (error != LWCHAT_OK) {
        return error;
    }
    if (!config->dhcp) {
        guest.s_addr = ip4_addr_get_u32(&addresses->address);
    }
    error = forward_plan(&forward, detail, config, guest, in6_of(GUEST6));
    if (error != LWCHAT_OK) {
        return error;
    }
    host_sockets_start(address_v4(ntohl(network.vhost.s_addr)), address_read_v6(&network.vhost6));
    error = check_descriptors(config->serve != 0);
    if (error != LWCHAT_OK) {
        return error;
    }
    loop = pthread_self();
    wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    slirp = slirp_new(&network, &callbacks, NULL);
    if (wake < 0 || slirp == NULL) {
        return reason_set(LWCHAT_FAILED,
                          SAY("cannot start the user-mode network: %s",
                              "le réseau en mode utilisateur ne démarre pas : %s"),
                          strerror(errno));
    }
    error = forward_open(&forward, slirp);
    if (error != LWCHAT_OK) {
        user_close();
    }
    return error;
}

/* --- From lwIP to libslirp ------------------------------------------------- */

/*
 * lwIP forgets a connection once libslirp has acknowledged all of its data, and
 * answers later segments with a reset. Such a reset must not reach libslirp while
 * the peer is still receiving the data that libslirp has buffered.
 *
 * @return false when the frame must be dropped.
 */
static bool let_end(const uint8_t *frame, unsigned flags)
{
    struct segment_end peer;
    uint16_t port = forward_host_port(&forward, segment_port(frame));

    segment_peer(frame, &peer);
    if ((flags & SEGMENT_FIN) != 0) {
        host_sockets_finish(&peer, port);
    }
    return (flags & SEGMENT_RST) == 0 || !host_sockets_drains(&peer, port);
}

/* Passes a frame from lwIP to libslirp. */
static void hand_on(uint8_t *frame, size_t bytes)
{
    unsigned flags = segment_flags(frame, bytes);

    /*
     * At each MSS option libslirp empties both buffers of the connection: a
     * retransmitted SYN would lose data that was sent meanwhile. So the option is
     * hidden, and libslirp keeps its initial segment size: 1,440 bytes, or less if
     * the MTU is smaller.
     */
    _Static_assert(TCP_MSS >= 1440, "libslirp would send more than lwIP takes");
    if ((flags & SEGMENT_SYN) != 0) {
        segment_hide_mss(frame, bytes);
    }
    if ((flags & (SEGMENT_FIN | SEGMENT_RST)) == 0 || let_end(frame, flags)) {
        slirp_input(slirp, frame, (int)bytes);
    }
}

static void drain_outward(void)
{
    static uint8_t frame[FRAME_BYTES];
    size_t bytes;

    for (;;) {
        const uint8_t *front;

        pthread_mutex_lock(&outward_lock);
        front = queue_front(&outward, &bytes);
        if (front != NULL) {
            memcpy(frame, front, bytes);
            queue_pop(&outward);
        }
        pthread_mutex_unlock(&outward_lock);
        if (front == NULL) {
            return;
        }
        hand_on(frame, bytes);
    }
}

/* --- Connections that are over --------------------------------------------- */

/* Sends libslirp a segment that seems to be from lwIP, and that it has to answer. */
static void ask_about(const struct segment_end *peer, uint16_t port, uint16_t number)
{
    const struct segment_end guest = {address_is_v4(peer->ip)
                                          ? address_v4(ntohl(forward.guest.s_addr))
                                          : address_read_v6(&forward.guest6),
                                      forward_guest_port(&forward, port)};
    uint8_t frame[SEGMENT_BARE_BYTES];
    size_t bytes = segment_ask(frame, &guest, peer, number);

    slirp_input(slirp, frame, (int)bytes);
}

/*
 * libslirp keeps a connection that its peer closed first, and its descriptor, for
 * 10 s after the last segment, in case of stray segments, which cannot occur here.
 * So libslirp is sent a segment as if from lwIP, and answers it with the state of
 * the connection. If lwIP has forgotten the connection it resets it, which
 * let_end() lets through once all data was taken; otherwise nothing changes.
 */
static void tend_what_ends(void)
{
    static uint16_t number;
    struct segment_end peer;
    uint16_t port;
    int at = 0;

    if (!forward_is_open(&forward) || port_now_ms() - looked_ms < LOOK_MS) {
        return;
    }
    looked_ms = port_now_ms();
    asked = false;
    number ^= 0x8000;
    while (host_sockets_next(&at, &peer, &port)) {
        ask_about(&peer, port, number);
        asked = true;
    }
}

/* --- The loop -------------------------------------------------------------- */

static bool user_sleep(int watch, int timeout_ms)
{
    uint64_t count;
    uint32_t timeout;
    int ready;

    drain_outward();
    timeout = inward.frames > 0 ? 0 : timeout_ms < 0 ? UINT32_MAX : (uint32_t)timeout_ms;
    polled[0] = (struct pollfd){.fd = watch, .events = POLLIN};
    polled[1] = (struct pollfd){.fd = wake, .events = POLLIN};
    polled_count = 2;
    host_sockets_watch_none();
    slirp_pollfds_fill(slirp, &timeout, add_poll, NULL);
    if (asked && timeout > LOOK_MS) {
        timeout = LOOK_MS;
    }
    ready = poll(polled, polled_count, timeout > INT32_MAX ? -1 : (int)timeout);
    if (ready > 0 && polled[1].revents != 0 && read(wake, &count, sizeof(count)) < 0) {
        /* The wake-up was already read. */
        ready = 0;
    }
    slirp_pollfds_poll(slirp, ready < 0, get_revents, NULL);
    tend_what_ends();
    drain_outward();
    return polled[0].revents != 0;
}

static void user_turn(void)
{
    (void)user_sleep(-1, 0);
}

/* --- lwIP's side ----------------------------------------------------------- */

static err_t user_send(struct pbuf *frame)
{
    const uint64_t one = 1;
    size_t bytes =
        frame->tot_len < FRAME_SHORTEST_BYTES ? FRAME_SHORTEST_BYTES : (size_t)frame->tot_len;
    uint8_t *room;

    pthread_mutex_lock(&outward_lock);
    room = bytes <= FRAME_BYTES ? queue_push(&outward, bytes) : NULL;
    if (room != NULL) {
        pbuf_copy_partial(frame, room, frame->tot_len, 0);
        memset(room + frame->tot_len, 0, bytes - frame->tot_len);
    }
    pthread_mutex_unlock(&outward_lock);
    if (!pthread_equal(loop, pthread_self()) && write(wake, &one, sizeof(one)) < 0) {
        /* The eventfd's counter is full, so the loop will wake up. */
        return ERR_OK;
    }
    /* lwIP keeps the segment and tries again. */
    return room != NULL ? ERR_OK : ERR_MEM;
}

static struct pbuf *user_receive(void)
{
    size_t bytes;
    const uint8_t *frame = queue_front(&inward, &bytes);
    struct pbuf *copy = frame != NULL ? frames_copy(frame, bytes) : NULL;

    if (copy != NULL) {
        queue_pop(&inward);
    }
    return copy;
}

/* --- The rest of a wire ---------------------------------------------------- */

static int user_input(void)
{
    return -1;
}

static void user_describe(char *text, size_t bytes)
{
    (void)snprintf(text, bytes,
                   SAY("user-mode network, the host being " HOST,
                       "réseau en mode utilisateur, où cette machine est " HOST));
}

static bool user_reach(struct port_reach *reach)
{
    (void)inet_ntop(AF_INET, &forward.host, reach->address, sizeof(reach->address));
    reach->port = forward_host_port(&forward, reach->port);
    return true;
}

static unsigned user_connections(void)
{
    return host_sockets_most();
}

static const struct wire_defaults defaults = {.server = "10.0.2.15/24",
                                              .client = "10.0.2.15/24",
                                              .gateway = HOST,
                                              .dns = "10.0.2.3",
                                              .localhost = HOST,
                                              .ip6 = GUEST6,
                                              .localhost6 = HOST6};

const struct wire wire_user = {.defaults = &defaults,
                               .moves = false,
                               .open = user_open,
                               .input = user_input,
                               .turn = user_turn,
                               .receive = user_receive,
                               .send = user_send,
                               .sleep = user_sleep,
                               .describe = user_describe,
                               .reach = user_reach,
                               .connections = user_connections,
                               .unacknowledged = host_sockets_unacknowledged,
                               .close = user_close};

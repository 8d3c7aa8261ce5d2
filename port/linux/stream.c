#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "deframer.h"
#include "frames.h"
#include "lwchat_error.h"
#include "lwip/tcpip.h"
#include "reason.h"

/*
 * Frames over a stream socket, each after its length in 4 bytes: the protocol of
 * QEMU's -netdev stream, passt, gvproxy and socket_vmnet. They listen, and this
 * end connects.
 *
 * When the socket takes part of a frame, the rest is kept and sent before the
 * next frame. When it takes nothing, the frame is refused whole, as on a TAP
 * with a full queue.
 */

enum {
    /* The pbufs of a frame that are sent without copying them together. */
    PIECES = 16,
    /* The interval of attempts to reconnect, and that after a connection shorter than BRIEF_MS. */
    LOOK_MS = 250,
    BRIEF_MS = 1000,
    /* The time limit of the first connection. */
    CONNECT_MS = 5000,
    /* The socket's send buffer, about the queue of a TAP. TCP's default grows to megabytes. */
    QUEUE_BYTES = 192 * 1024
};

static char peer[200]; /* from the command line */
static struct sockaddr_storage address;
static socklen_t address_bytes;

static int stream = -1;  /* set by the loop, with the core lock; -1 while there is no connection */
static int pending = -1; /* a connection in progress */
static int input = -1;   /* an epoll that contains `stream` */
static uint32_t looked_ms, look_ms, since_ms;
static uint32_t timeout_s; /* how long the peer may be gone; 0: forever */

static struct deframer deframer;

/* The rest of a frame that was sent in part; protected by the core lock. */
static uint8_t rest[DEFRAMER_HEAD_BYTES + FRAME_BYTES];
static size_t rest_bytes, rest_at;

/* --- Connecting ---------------------------------------------------------------- */

static bool is_local(void)
{
    return address.ss_family == AF_UNIX;
}

/* Reads HOST:PORT. A path may contain a colon too, but then also a '/'. */
static bool read_host(const char *detail, char *host, size_t bytes, const char **port)
{
    const char *colon = strrchr(detail, ':');
    size_t host_bytes = colon != NULL ? (size_t)(colon - detail) : 0;

    if (strchr(detail, '/') != NULL || host_bytes == 0 || host_bytes >= bytes || colon[1] == '\0' ||
        colon[1 + strspn(colon + 1, "0123456789")] != '\0') {
        return false;
    }
    memcpy(host, detail, host_bytes);
    host[host_bytes] = '\0';
    *port = colon + 1;
    return true;
}

static int find_host(const char *host, const char *port)
{
    const struct addrinfo wanted = {
        .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    unsigned long number = strtoul(port, NULL, 10);
    struct addrinfo *found;

    if (number == 0 || number > UINT16_MAX || getaddrinfo(host, port, &wanted, &found) != 0) {
        return reason_set(LWCHAT_NOT_FOUND,
                          SAY("%s is no machine and port: write --net stream:127.0.0.1:PORT, or "
                              "stream:PATH",
                              "%s n'est pas une machine et un port : écrire --net "
                              "stream:127.0.0.1:PORT, ou stream:CHEMIN"),
                          peer);
    }
    memcpy(&address, found->ai_addr, found->ai_addrlen);
    address_bytes = found->ai_addrlen;
    freeaddrinfo(found);
    return LWCHAT_OK;
}

static int read_detail(const char *detail)
{
    struct sockaddr_un *local = (struct sockaddr_un *)(void *)&address;
    char host[sizeof(peer)];
    const char *port;

    if (detail == NULL || detail[0] == '\0' || strlen(detail) >= sizeof(peer)) {
        return reason_set(LWCHAT_BAD_ARGUMENT,
                          SAY("no socket has this name: use --net stream:PATH or stream:HOST:PORT",
                              "aucune socket ne s'appelle ainsi : écrire --net stream:CHEMIN ou "
                              "stream:MACHINE:PORT"));
    }
    memcpy(peer, detail, strlen(detail) + 1);
    if (read_host(detail, host, sizeof(host), &port)) {
        return find_host(host, port);
    }
    if (strlen(detail) >= sizeof(local->sun_path)) {
        return reason_set(LWCHAT_BAD_ARGUMENT,
                          SAY("the path %s is too long: a socket's has at most %u bytes",
                              "le chemin %s est trop long : celui d'une socket a au plus %u "
                              "octets"),
                          peer, (unsigned)sizeof(local->sun_path) - 1);
    }
    local->sun_family = AF_UNIX;
    memcpy(local->sun_path, detail, strlen(detail) + 1);
    address_bytes = sizeof(*local);
    return LWCHAT_OK;
}

static int explain(int error)
{
    struct stat file;

    if (error == ENOENT) {
        return reason_set(LWCHAT_NOT_FOUND,
                          SAY("there is no socket %s: start what listens there, such as passt or "
                              "QEMU, or name another one",
                              "il n'y a pas de socket %s : lancer ce qui y écoute, comme passt ou "
                              "QEMU, ou en nommer une autre"),
                          peer);
    }
    if (is_local() &&
        ((error == ECONNREFUSED && stat(peer, &file) == 0 && !S_ISSOCK(file.st_mode)) ||
         error == EPROTOTYPE)) {
        return reason_set(LWCHAT_FAILED,
                          SAY("%s is no stream socket: name one where passt or QEMU listens",
                              "%s n'est pas une socket de flux : en nommer une où écoute passt ou "
                              "QEMU"),
                          peer);
    }
    if (error == ECONNREFUSED) {
        return reason_set(LWCHAT_REFUSED,
                          SAY("nobody listens at %s: start what does, such as passt or QEMU",
                              "personne n'écoute à %s : lancer ce qui le fait, comme passt ou "
                              "QEMU"),
                          peer);
    }
    if (error == EACCES || error == EPERM) {
        return reason_set(LWCHAT_NO_PERMISSION,
                          SAY("may not use the socket %s: run as its owner, or name another one",
                              "pas le droit d'utiliser la socket %s : être son propriétaire, ou en "
                              "nommer une autre"),
                          peer);
    }
    if (error == EAGAIN) {
        return reason_set(
            LWCHAT_IN_USE,
            SAY("the socket %s is in use: stop the program that has it, or name another one",
                "la socket %s est prise : arrêter le programme qui l'a, ou en nommer une autre"),
            peer);
    }
    return reason_set(LWCHAT_FAILED,
                      SAY("cannot connect to %s: %s", "impossible de se connecter à %s : %s"), peer,
                      strerror(error));
}

static void set_stream(int fd)
{
    LOCK_TCPIP_CORE();
    if (stream >= 0) {
        close(stream); /* this removes it from the epoll, too */
    }
    stream = fd;
    rest_bytes = 0;
    UNLOCK_TCPIP_CORE();
    deframer.at = deframer.filled = deframer.skipping = 0;
}

static int give_up(int error)
{
    close(pending);
    pending = -1;
    return error;
}

/* Starts a connection, or continues the pending one. @return 0, EINPROGRESS, or an errno. */
static int try_connect(void)
{
    struct pollfd ready = {.fd = pending, .events = POLLOUT};
    struct epoll_event event = {.events = EPOLLIN};
    const int yes = 1, queue_bytes = QUEUE_BYTES;
    int error = 0;
    socklen_t bytes = sizeof(error);

    if (pending < 0) {
        pending = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (pending < 0) {
            return errno;
        }
        (void)setsockopt(pending, SOL_SOCKET, SO_SNDBUF, &queue_bytes, sizeof(queue_bytes));
        if (!is_local()) {
            (void)setsockopt(pending, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
        }
        if (connect(pending, (struct sockaddr *)&address, address_bytes) != 0) {
            return errno == EINPROGRESS ? EINPROGRESS : give_up(errno);
        }
    } else if (poll(&ready, 1, 0) != 1) {
        return EINPROGRESS;
    } else if (getsockopt(pending, SOL_SOCKET, SO_ERROR, &error, &bytes) != 0 || error != 0) {
        return give_up(error != 0 ? error : errno);
    }
    event.data.fd = pending;
    if (epoll_ctl(input, EPOLL_CTL_ADD, pending, &event) != 0) {
        return give_up(errno);
    }
    set_stream(pending);
    pending = -1;
    since_ms = port_now_ms();
    return 0;
}

static void stream_close(void);

static int stream_open(const char *detail, const struct port_config *config,
                       const struct addresses *addresses)
{
    int outcome = read_detail(detail);
    int error;

    (void)addresses;
    if (outcome != LWCHAT_OK) {
        return outcome;
    }
    timeout_s = config->timeout_s;
    input = epoll_create1(EPOLL_CLOEXEC);
    error = input < 0 ? errno : try_connect();
    if (error == EINPROGRESS) {
        struct pollfd ready = {.fd = pending, .events = POLLOUT};
        error = poll(&ready, 1, CONNECT_MS) == 1 ? try_connect() : ETIMEDOUT;
    }
    if (error != 0) {
        stream_close();
        return explain(error);
    }
    return LWCHAT_OK;
}

/* --- A peer that is gone ------------------------------------------------------- */

static void lose(const char *why, ...) __attribute__((format(printf, 1, 2)));

/* Closes the connection, and reports why and how long the peer may be gone. */
static void lose(const char *why, ...)
{
    char line[256 + sizeof(peer)];
    size_t filled;
    va_list arguments;

    set_stream(-1);
    looked_ms = port_now_ms();
    look_ms = looked_ms - since_ms < BRIEF_MS ? BRIEF_MS : LOOK_MS;
    va_start(arguments, why);
    (void)vsnprintf(line, sizeof(line), why, arguments);
    va_end(arguments);
    filled = strlen(line);
    if (timeout_s > 0) {
        (void)snprintf(line + filled, sizeof(line) - filled, SAY(", within %lu s", " avant %lu s"),
                       (unsigned long)timeout_s);
    }
    port_complain(line);
}

static void lose_closed(void)
{
    lose(SAY("the connection to %s was closed: start its peer again",
             "la connexion à %s a été fermée : relancer son pair"),
         peer);
}

static void lose_nonsense(void)
{
    unsigned long bytes = deframer.length;

    lose(SAY("what listens at %s speaks no frames (a length of %lu bytes): start what does",
             "ce qui écoute à %s ne parle pas en trames (une longueur de %lu octets) : lancer ce "
             "qui le fait"),
         peer, bytes);
}

static void look_for_peer(void)
{
    if (port_now_ms() - looked_ms < look_ms) {
        return;
    }
    looked_ms = port_now_ms();
    if (try_connect() == 0) {
        char line[64 + sizeof(peer)];
        (void)snprintf(line, sizeof(line),
                       SAY("the connection to %s is back", "la connexion à %s est revenue"), peer);
        port_complain(line);
    }
}

static bool stream_lost(void)
{
    return stream < 0;
}

static int stream_input(void)
{
    return input;
}

/* --- Receiving ------------------------------------------------------------------- */

/* @return false if nothing was received. */
static bool receive_more(void)
{
    size_t room;
    uint8_t *to = deframer_room(&deframer, &room);
    ssize_t bytes = recv(stream, to, room, MSG_DONTWAIT);

    if (bytes > 0) {
        deframer_fill(&deframer, (size_t)bytes);
        return true;
    }
    if (bytes == 0 || (errno != EAGAIN && errno != EINTR)) {
        lose_closed();
    }
    return false;
}

static struct pbuf *stream_receive(void)
{
    /* If memory is short, frames are dropped; the limit lets the loop continue. */
    for (unsigned tries = 0; tries < FRAME_BATCH && stream >= 0; tries++) {
        const uint8_t *frame;
        int bytes = deframer_next(&deframer, &frame);

        if (bytes > 0) {
            struct pbuf *copy = frames_copy(frame, (size_t)bytes);
            if (copy != NULL) {
                return copy;
            }
        } else if (bytes < 0) {
            lose_nonsense();
        } else if (!receive_more()) {
            break;
        }
    }
    return NULL;
}

/* --- Sending ---------------------------------------------------------------------- */

/* Sets whether the loop wakes when the socket has room. */
static void await_room(bool wanted)
{
    struct epoll_event event = {.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN,
                                .data = {.fd = stream}};

    (void)epoll_ctl(input, EPOLL_CTL_MOD, stream, &event);
}

/* Sends the rest of a frame. @return true if none is left. */
static bool send_rest(void)
{
    ssize_t sent;

    if (rest_bytes == 0) {
        return true;
    }
    sent = send(stream, rest + rest_at, rest_bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
        return false; /* receive_more() detects a closed connection */
    }
    rest_at += (size_t)sent;
    rest_bytes -= (size_t)sent;
    if (rest_bytes == 0) {
        await_room(false);
    }
    return rest_bytes == 0;
}

/* Keeps a frame whose first `sent` of `all` bytes were sent. */
static void keep_rest(const struct pbuf *frame, const uint8_t head[DEFRAMER_HEAD_BYTES],
                      size_t sent, size_t all)
{
    memset(rest, 0, sizeof(rest));
    memcpy(rest, head, DEFRAMER_HEAD_BYTES);
    (void)pbuf_copy_partial(frame, rest + DEFRAMER_HEAD_BYTES, frame->tot_len, 0);
    rest_at = sent;
    rest_bytes = all - sent;
    await_room(true);
}

/* Lists the pieces of a frame that is padded to `bytes`. @return their number, 1 + PIECES at most.
 */
static size_t list_pieces(const struct pbuf *frame, size_t bytes, struct iovec *pieces)
{
    static uint8_t zeros[FRAME_SHORTEST_BYTES], flat[FRAME_BYTES];
    const struct pbuf *piece = frame;
    size_t count = 0;

    for (; piece != NULL && count < PIECES; piece = piece->next) {
        pieces[count].iov_base = piece->payload;
        pieces[count].iov_len = piece->len;
        count++;
    }
    if (piece != NULL) {
        pieces[0].iov_base = flat;
        pieces[0].iov_len = pbuf_copy_partial(frame, flat, sizeof(flat), 0);
        count = 1;
    }
    if (bytes > frame->tot_len) {
        pieces[count].iov_base = zeros;
        pieces[count].iov_len = bytes - frame->tot_len;
        count++;
    }
    return count;
}

static err_t stream_send(struct pbuf *frame)
{
    size_t bytes =
        frame->tot_len < FRAME_SHORTEST_BYTES ? FRAME_SHORTEST_BYTES : (size_t)frame->tot_len;
    size_t all = DEFRAMER_HEAD_BYTES + bytes;
    uint8_t head[DEFRAMER_HEAD_BYTES] = {0, 0, (uint8_t)(bytes >> 8), (uint8_t)bytes};
    struct iovec pieces[1 + PIECES + 1] = {{.iov_base = head, .iov_len = sizeof(head)}};
    struct msghdr message = {.msg_iov = pieces};
    ssize_t sent;

    if (stream < 0) {
        /* As if a cable was unplugged: TCP retransmits. */
        return ERR_OK;
    }
    if (bytes > FRAME_BYTES) {
        return ERR_IF;
    }
    if (!send_rest()) {
        return ERR_MEM; /* lwIP keeps the segment and tries again */
    }
    message.msg_iovlen = 1 + list_pieces(frame, bytes, pieces + 1);
    sent = sendmsg(stream, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
        return errno == EAGAIN || errno == ENOBUFS ? ERR_MEM : ERR_IF;
    }
    if ((size_t)sent < all) {
        keep_rest(frame, head, (size_t)sent, all);
    }
    return ERR_OK;
}

static void stream_turn(void)
{
    if (stream < 0) {
        look_for_peer();
    }
    LOCK_TCPIP_CORE();
    (void)send_rest();
    UNLOCK_TCPIP_CORE();
}

static bool stream_sleep(int watch, int timeout_ms)
{
    struct epoll_event event;

    stream_turn();
    /* epoll does not see frames that were received already. */
    if (deframer_has(&deframer)) {
        timeout_ms = 0;
    }
    return epoll_wait(watch, &event, 1, timeout_ms) != 1 || event.data.fd != input;
}

/* --- The rest of a wire ------------------------------------------------------------ */

static const char *stream_name(void)
{
    return peer;
}

static void stream_describe(char *text, size_t bytes)
{
    (void)snprintf(text, bytes, SAY("frames over the socket %s", "trames par la socket %s"), peer);
}

static bool stream_reach(struct port_reach *reach)
{
    (void)reach;
    return false;
}

static void stream_close(void)
{
    if (pending >= 0) {
        (void)give_up(0);
    }
    if (stream >= 0) {
        set_stream(-1);
    }
    if (input >= 0) {
        close(input);
        input = -1;
    }
}

static const struct wire_defaults defaults = {
    .server = "192.168.7.2/24", .client = "192.168.7.3/24", .gateway = "192.168.7.1"};

const struct wire wire_stream = {.defaults = &defaults,
                                 .moves = true,
                                 .open = stream_open,
                                 .input = stream_input,
                                 .turn = stream_turn,
                                 .receive = stream_receive,
                                 .send = stream_send,
                                 .sleep = stream_sleep,
                                 .name = stream_name,
                                 .describe = stream_describe,
                                 .reach = stream_reach,
                                 .lost = stream_lost,
                                 .close = stream_close};

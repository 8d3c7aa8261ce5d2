#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "acks.h"
#include "bundle.h"
#include "frames.h"
#include "lwchat_error.h"
#include "lwip/prot/ethernet.h"
#include "lwip/inet_chksum.h"
#include "lwip/ip6.h"
#include "lwip/prot/ip4.h"
#include "lwip/prot/tcp.h"
#include "lwip/tcpip.h"
#include "reason.h"

enum {
    /* Pieces of a frame that are sent without being copied together. */
    PIECES = 16,
    /* A frame up to this size is copied together anyway, which is faster. */
    FLAT_BYTES = 1024,
    /* A received frame larger than this is one that the kernel has not segmented. */
    LARGE_BYTES = 2 * FRAME_BYTES,
    /* How often to check whether an interface that was removed or is down is back. */
    LOOK_MS = 250,
    CARRIER_MS = 1000 /* most that an interface that is opened is waited for */
};

/*
 * With offloads every frame has a header, in both directions, that says whether
 * the TCP checksum has yet to be computed, and how to segment the frame. Frames
 * are then as large as IP allows. Offloads are off with "--net tap:NAME,plain",
 * and with faults, which need frames as they are on a wire.
 */
static const char plainly[] = "plain";
static bool offloads;
static struct virtio_net_hdr none;
static bool receives_large;

/* Guarded by the core lock. Only the loop leaves frames in them. */
static struct bundle bundle;
static struct acks acks;
static uint32_t acks_ms; /* since when acknowledgements have been held */
static pthread_t loop;
/* Bytes of a full frame, which others may follow. */
static size_t full_bytes;

static const char device[] = "/dev/net/tun";
static int tap = -1; /* set by the loop with the core lock held; -1 while there is no interface */
static char interface[IFNAMSIZ];
static uint32_t looked_ms;
static uint32_t timeout_s; /* how long it may be gone; 0: forever */
static bool down;          /* the interface is down */
static bool refused;       /* a frame was refused, as happens while it is down */

static int explain(const char *name)
{
    switch (errno) {
    case EPERM:
    case EACCES:
        return reason_set(
            LWCHAT_NO_PERMISSION,
            SAY("no permission to open the interface %s: make it yours with \"tools/tap up "
                "%s\", or run without it: --net user",
                "pas le droit d'ouvrir l'interface %s : la faire sienne avec "
                "\"tools/tap up %s\", ou s'en passer : --net user"),
            name, name);
    case EBUSY:
        return reason_set(
            LWCHAT_IN_USE,
            SAY("the interface %s is in use: stop the program that has it, or name another one",
                "l'interface %s est utilisée : arrêter le programme qui l'a, ou en nommer une "
                "autre"),
            name);
    case EINVAL:
        return reason_set(
            LWCHAT_BAD_ARGUMENT,
            SAY("%s is not a TAP interface: name another one, such as tap:tap0",
                "%s n'est pas une interface TAP : en nommer une autre, comme tap:tap0"),
            name);
    default:
        return reason_set(
            LWCHAT_FAILED,
            SAY("cannot open the interface %s: %s", "l'interface %s ne s'ouvre pas : %s"), name,
            strerror(errno));
    }
}

/* Whether the interface lacks one of IFF_UP and IFF_RUNNING. Returns false also when the state
 * cannot be found out. */
static bool lacks(int flag)
{
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {0};
    bool is;

    if (any < 0) {
        return false;
    }
    memcpy(request.ifr_name, interface, sizeof(interface));
    is = ioctl(any, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & flag) == 0;
    close(any);
    return is;
}

/*
 * The interface has its carrier once it is opened, but the kernel notices that in a work queue.
 * Until then it drops what it would send, such as its answer to an ARP probe.
 */
static void await_carrier(void)
{
    for (unsigned i = 0; i < CARRIER_MS && lacks(IFF_RUNNING); i++) {
        (void)poll(NULL, 0, 1);
    }
}

static void complain_down(const char *sentence)
{
    char line[96 + 2 * IFNAMSIZ];

    (void)snprintf(line, sizeof(line), sentence, interface, interface);
    port_complain(line);
}

/* A new interface is down, and carries nothing until it is set up. */
static void warn_if_down(void)
{
    down = lacks(IFF_UP);
    if (!down) {
        await_carrier();
    } else {
        complain_down(
            SAY("the interface %s is down: bring it up with \"ip link set %s up\", and give it "
                "an address",
                "l'interface %s est inactive : l'activer avec \"ip link set %s up\", et lui "
                "donner une adresse"));
    }
}

/* The interface may be set down later, and up again. */
static bool tap_down(void)
{
    bool was_down = down;

    if (tap < 0) {
        refused = down = false; /* it is more than down */
        return false;
    }
    if (!refused && (!down || port_now_ms() - looked_ms < LOOK_MS)) {
        return down;
    }
    refused = false;
    looked_ms = port_now_ms();
    down = lacks(IFF_UP);
    if (down && !was_down) {
        complain_down(SAY("the interface %s is down: bring it up with \"ip link set %s up\"",
                          "l'interface %s est inactive : l'activer avec \"ip link set %s up\""));
    } else if (was_down && !down) {
        complain_down(SAY("the interface %s is up", "l'interface %s est active"));
    }
    return down;
}

/* Parses "NAME" or "NAME,plain". */
static bool read_detail(const char *detail, char name[IFNAMSIZ])
{
    size_t bytes = strcspn(detail, ",");

    if (bytes == 0 || bytes >= IFNAMSIZ) {
        return false;
    }
    memcpy(name, detail, bytes);
    name[bytes] = '\0';
    offloads = detail[bytes] == '\0';
    return offloads || strcmp(detail + bytes + 1, plainly) == 0;
}

/* Offloads persist on the interface after the program ends, so set or clear them. */
static int set_offloads(int file)
{
    int header_bytes = (int)sizeof(struct virtio_net_hdr);

    if (!offloads) {
        return ioctl(file, TUNSETOFFLOAD, 0);
    }
    if (ioctl(file, TUNSETVNETHDRSZ, &header_bytes) < 0) {
        return -1;
    }
    return ioctl(file, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4);
}

/* Opens the interface `name`. @return its file descriptor, or a negative lwchat_error. */
static int attach(struct ifreq *request, const char *name)
{
    int file = open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC);

    if (file < 0 && (errno == ENOENT || errno == ENODEV)) {
        return reason_set(
            LWCHAT_NOT_FOUND,
            SAY("this system has no %s: load the module tun, or run without it: --net user",
                "ce système n'a pas de %s : charger le module tun, ou s'en passer : --net user"),
            device);
    }
    if (file < 0) {
        return explain(name);
    }
    memset(request, 0, sizeof(*request));
    memcpy(request->ifr_name, name, strlen(name));
    request->ifr_flags = (short)(IFF_TAP | IFF_NO_PI | (offloads ? IFF_VNET_HDR : 0));
    if (ioctl(file, TUNSETIFF, request) < 0 || set_offloads(file) < 0) {
        int error = explain(name);
        close(file);
        return error;
    }
    return file;
}

static int tap_open(const char *detail, const struct port_config *config,
                    const struct addresses *addresses)
{
    struct ifreq request;
    char name[IFNAMSIZ];

    (void)addresses;
    if (detail == NULL || !read_detail(detail, name)) {
        return reason_set(
            LWCHAT_BAD_ARGUMENT,
            SAY("an interface cannot have this name: use --net tap:NAME or tap:NAME,plain",
                "une interface ne peut pas avoir ce nom : écrire --net tap:NOM ou tap:NOM,plain"));
    }
    offloads = offloads && config->fault == NULL;
    timeout_s = config->timeout_s;
    loop = pthread_self();
    full_bytes = SIZEOF_ETH_HDR + (config->mtu != 0 ? config->mtu : 1500);
    tap = attach(&request, name);
    if (tap < 0) {
        return tap;
    }
    /* With a pattern such as tap%d, the kernel has chosen the name. */
    memcpy(interface, request.ifr_name, sizeof(interface));
    warn_if_down();
    return LWCHAT_OK;
}

/* --- An interface that was removed ------------------------------------------------ */

static void set_file(int file)
{
    LOCK_TCPIP_CORE();
    if (tap >= 0) {
        close(tap);
    }
    tap = file;
    UNLOCK_TCPIP_CORE();
}

static void lose_interface(void)
{
    char line[128 + IFNAMSIZ];
    char within[32] = "";

    set_file(-1);
    looked_ms = port_now_ms();
    if (timeout_s > 0) {
        (void)snprintf(within, sizeof(within), SAY(", within %lu s", " avant %lu s"),
                       (unsigned long)timeout_s);
    }
    (void)snprintf(line, sizeof(line),
                   SAY("the interface %s was removed: create it again%s",
                       "l'interface %s a été supprimée : la recréer%s"),
                   interface, within);
    port_complain(line);
}

/* Reopens the interface if it exists again; opening one that does not exist could create it. */
static void look_for_interface(void)
{
    struct ifreq request;
    int file;

    if (port_now_ms() - looked_ms < LOOK_MS) {
        return;
    }
    looked_ms = port_now_ms();
    if (if_nametoindex(interface) == 0) {
        return;
    }
    file = attach(&request, interface);
    if (file >= 0) {
        char line[32 + IFNAMSIZ];
        set_file(file);
        (void)snprintf(line, sizeof(line),
                       SAY("the interface %s is back", "l'interface %s est revenue"), interface);
        port_complain(line);
    }
}

static bool tap_lost(void)
{
    return tap < 0;
}

static int tap_input(void)
{
    return tap;
}

/* --- Receiving --------------------------------------------------------------- */

/*
 * Avoids glibc's cancellation point, which costs a program with threads two atomic
 * operations per frame.
 */
static ssize_t read_frame(void *to, size_t bytes)
{
    return syscall(SYS_read, tap, to, bytes);
}

static ssize_t write_frame(const void *from, size_t bytes)
{
    return syscall(SYS_write, tap, from, bytes);
}

/* Reads into one piece of memory, since the kernel takes longer to fill several. */
static struct pbuf *receive_small(void)
{
    static _Alignas(8) uint8_t frame[sizeof(struct virtio_net_hdr) + UINT16_MAX + 1];
    size_t header_bytes = offloads ? sizeof(struct virtio_net_hdr) : 0;
    ssize_t bytes = read_frame(frame, offloads ? sizeof(frame) : FRAME_BYTES + 1);
    struct pbuf *copy;

    if (bytes < 0 && errno == EBADFD) {
        lose_interface();
    }
    /* One that fills the buffer to the end was longer. */
    if (bytes <= (ssize_t)header_bytes ||
        bytes == (offloads ? (ssize_t)sizeof(frame) : FRAME_BYTES + 1)) {
        return NULL;
    }
    copy = frames_copy(frame + header_bytes, (size_t)bytes - header_bytes);
    if (copy != NULL && offloads && (frame[0] & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0) {
        copy->flags |= FRAME_CHECKED;
    }
    receives_large = offloads && bytes > LARGE_BYTES;
    return copy;
}

/* Reads into the buffers where the frame stays. */
static struct pbuf *receive_large(void)
{
    struct virtio_net_hdr header = none;
    struct iovec pieces[1 + FRAME_PIECES] = {
        {.iov_base = &header, .iov_len = sizeof(header)},
    };
    struct pbuf *frame;
    ssize_t bytes;

    if (frames_room(pieces + 1, FRAME_PIECES) < FRAME_PIECES) {
        return receive_small();
    }
    bytes = readv(tap, pieces, 1 + FRAME_PIECES);
    if (bytes < 0 && errno == EBADFD) {
        lose_interface();
    }
    bytes -= (ssize_t)sizeof(header);
    if (bytes <= 0 || bytes > UINT16_MAX) {
        return NULL;
    }
    receives_large = bytes > LARGE_BYTES;
    frame = frames_wrap((size_t)bytes);
    if (frame != NULL && (header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0) {
        frame->flags |= FRAME_CHECKED;
    }
    return frame;
}

/* A large frame is usually followed by another. */
static struct pbuf *tap_receive(void)
{
    if (tap < 0) {
        return NULL;
    }
    return receives_large ? receive_large() : receive_small();
}

/* --- Sending ------------------------------------------------------------------ */

/* Writes `count` pieces, FLAT_BYTES and a header at most, from one buffer. */
static ssize_t write_flat(const struct iovec *pieces, int count)
{
    uint8_t flat[sizeof(struct virtio_net_hdr) + FLAT_BYTES];
    size_t filled = 0;

    for (int i = 0; i < count; i++) {
        memcpy(flat + filled, pieces[i].iov_base, pieces[i].iov_len);
        filled += pieces[i].iov_len;
    }
    return write_frame(flat, filled);
}

/* Writes `count` pieces, `bytes` in all. The array must have room for one more. */
static err_t write_pieces(struct iovec *pieces, int count, size_t bytes)
{
    static uint8_t zeros[FRAME_SHORTEST_BYTES] = {0};
    ssize_t written;

    if (bytes < FRAME_SHORTEST_BYTES) {
        pieces[count].iov_base = zeros;
        pieces[count].iov_len = FRAME_SHORTEST_BYTES - bytes;
        count++;
    }
    if (tap < 0) {
        /* As with a cable that is unplugged: TCP retransmits it. */
        return ERR_OK;
    }
    do {
        written = bytes <= FLAT_BYTES ? write_flat(pieces, count) : writev(tap, pieces, count);
    } while (written < 0 && errno == EINTR);
    if (written < 0) {
        refused = refused || errno == EIO;
        /* lwIP keeps the segment and tries again. */
        return errno == EAGAIN || errno == ENOBUFS ? ERR_MEM : ERR_IF;
    }
    return ERR_OK;
}

/*
 * Leaves the checksum of a TCP segment over IPv6 to the kernel, as lwIP has done: the field gets
 * the sum of the pseudo-header (RFC 8200, section 8.1). @return false when the frame is none.
 */
static bool leave_sum(const struct pbuf *frame)
{
    uint8_t *bytes = frame->payload;
    const struct eth_hdr *ethernet = frame->payload;
    const struct ip6_hdr *ip = (const struct ip6_hdr *)(void *)(bytes + SIZEOF_ETH_HDR);
    struct tcp_hdr *tcp = (struct tcp_hdr *)(void *)(bytes + SIZEOF_ETH_HDR + IP6_HLEN);
    ip6_addr_t from, to;

    if (frame->len < SIZEOF_ETH_HDR + IP6_HLEN + TCP_HLEN ||
        ethernet->type != PP_HTONS(ETHTYPE_IPV6) || IP6H_NEXTH(ip) != IP6_NEXTH_TCP) {
        return false;
    }
    ip6_addr_copy_from_packed(from, ip->src);
    ip6_addr_copy_from_packed(to, ip->dest);
    tcp->chksum = (u16_t)~ip6_chksum_pseudo(NULL, IP6_NEXTH_TCP, IP6H_PLEN(ip), &from, &to);
    return true;
}

static err_t send_as_it_is(const struct pbuf *frame)
{
    /* Guarded by the core lock. */
    static uint8_t flat[FRAME_BYTES];
    static struct virtio_net_hdr summed = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                                           .csum_start = SIZEOF_ETH_HDR + IP6_HLEN,
                                           .csum_offset = offsetof(struct tcp_hdr, chksum)};
    struct iovec pieces[1 + PIECES + 1] = {{.iov_base = &none, .iov_len = sizeof(none)}};
    const struct pbuf *piece = frame;
    int count = 1;

    if (offloads && leave_sum(frame)) {
        pieces[0].iov_base = &summed;
    }
    do {
        pieces[count].iov_base = piece->payload;
        pieces[count].iov_len = piece->len;
        count++;
        piece = piece->next;
    } while (piece != NULL && count <= PIECES);
    if (piece != NULL) {
        pieces[1].iov_base = flat;
        pieces[1].iov_len = pbuf_copy_partial(frame, flat, sizeof(flat), 0);
        count = 2;
    }
    if (offloads) {
        return write_pieces(pieces, count, frame->tot_len);
    }
    return write_pieces(pieces + 1, count - 1, frame->tot_len);
}

/*
 * Sends the bundle. If the kernel has no memory, all of it is lost except the last
 * segment, which lwIP keeps; TCP retransmits the rest.
 */
static err_t send_bundle(void)
{
    struct virtio_net_hdr header = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                                    .csum_start = SIZEOF_ETH_HDR + IP_HLEN,
                                    .csum_offset = offsetof(struct tcp_hdr, chksum)};
    struct iovec pieces[1 + BUNDLE_PIECES + 2] = {{.iov_base = &header, .iov_len = sizeof(header)}};
    err_t error;

    if (bundle.segments == 0) {
        return ERR_OK;
    }
    if (bundle.segments > 1) {
        header.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
        header.gso_size = (uint16_t)bundle.segment_bytes;
        header.hdr_len = (uint16_t)bundle.header_bytes;
    }
    bundle_finish(&bundle);
    memcpy(pieces + 1, bundle.pieces, (size_t)bundle.count * sizeof(pieces[0]));
    error = write_pieces(pieces, 1 + bundle.count, bundle.header_bytes + bundle.data_bytes);
    bundle_clear(&bundle);
    return error;
}

static void send_alone(struct pbuf *frame)
{
    (void)send_bundle();
    if (bundle_start(&bundle, frame)) {
        (void)send_bundle();
    } else {
        (void)send_as_it_is(frame);
    }
    (void)pbuf_free(frame);
}

static void send_acks(void)
{
    struct pbuf *frame;

    while ((frame = acks_take(&acks)) != NULL) {
        send_alone(frame);
    }
}

/* @return true when the frame is an acknowledgement that is held. */
static bool hold(struct pbuf *frame)
{
    bool first = acks.held == 0;
    struct pbuf *before;
    bool held = acks_hold(&acks, frame, pthread_equal(loop, pthread_self()), &before);

    if (before != NULL) {
        send_alone(before);
    }
    if (held && first) {
        acks_ms = port_now_ms();
    }
    return held;
}

static err_t tap_send(struct pbuf *frame)
{
    if (!offloads) {
        return send_as_it_is(frame);
    }
    if (hold(frame)) {
        return ERR_OK;
    }
    if (!bundle_add(&bundle, frame)) {
        (void)send_bundle();
        if (!bundle_start(&bundle, frame)) {
            return send_as_it_is(frame);
        }
    }
    /* Only the loop leaves an incomplete bundle, since it calls turn() before it sleeps. */
    if (bundle.complete || frame->tot_len < full_bytes || !pthread_equal(loop, pthread_self())) {
        return send_bundle();
    }
    return ERR_OK;
}

/* Sends the bundle, and the held acknowledgements if they are due or the loop is about to sleep. */
static void turn(bool sleeps)
{
    if (tap < 0) {
        look_for_interface();
    }
    if (offloads) {
        LOCK_TCPIP_CORE();
        (void)send_bundle();
        if (acks.held > 0 && (sleeps || port_now_ms() != acks_ms)) {
            send_acks();
        }
        UNLOCK_TCPIP_CORE();
    }
}

static void tap_turn(void)
{
    turn(false);
}

static bool tap_sleep(int watch, int timeout_ms)
{
    struct epoll_event event;

    turn(true);
    return epoll_wait(watch, &event, 1, timeout_ms) != 1 || event.data.fd != tap;
}

static bool tap_offloads(void)
{
    return offloads;
}

/* --- The rest of a wire --------------------------------------------------------- */

static const char *tap_name(void)
{
    return interface;
}

static void tap_describe(char *text, size_t bytes)
{
    (void)snprintf(text, bytes, "TAP interface %s, %s", interface,
                   offloads ? "with offloads" : plainly);
}

static bool tap_reach(struct port_reach *reach)
{
    (void)reach;
    return false;
}

static void tap_close(void)
{
    /* Offloads persist on the interface, and the next program may not expect them. */
    LOCK_TCPIP_CORE();
    send_acks();
    offloads = false;
    bundle_clear(&bundle);
    UNLOCK_TCPIP_CORE();
    if (tap >= 0) {
        (void)set_offloads(tap);
        close(tap);
        tap = -1;
    }
}

static const struct wire_defaults defaults = {
    .server = "192.168.7.2/24", .client = "192.168.7.3/24", .gateway = "192.168.7.1"};

const struct wire wire_tap = {.defaults = &defaults,
                              .moves = true,
                              .open = tap_open,
                              .input = tap_input,
                              .turn = tap_turn,
                              .receive = tap_receive,
                              .offloads = tap_offloads,
                              .send = tap_send,
                              .sleep = tap_sleep,
                              .name = tap_name,
                              .describe = tap_describe,
                              .reach = tap_reach,
                              .lost = tap_lost,
                              .down = tap_down,
                              .close = tap_close};

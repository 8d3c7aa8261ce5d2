#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "frames.h"
#include "lwchat_error.h"
#include "reason.h"

/* Pieces of a frame that go out without being copied together. */
enum { PIECES = 16 };

static const char device[] = "/dev/net/tun";
static int tap = -1;
static char interface[IFNAMSIZ];

static int explain(const char *name)
{
    switch (errno) {
    case EPERM:
    case EACCES:
        return reason_set(LWCHAT_NO_PERMISSION,
                          "may not open the interface %s: make it yours with \"tools/tap up %s\", "
                          "or run without it: --net user",
                          name, name);
    case EBUSY:
        return reason_set(LWCHAT_IN_USE,
                          "the interface %s is in use: stop the program that has it, or name "
                          "another one",
                          name);
    case EINVAL:
        return reason_set(LWCHAT_BAD_ARGUMENT,
                          "%s is no TAP interface: name another one, such as tap:tap0", name);
    default:
        return reason_set(LWCHAT_FAILED, "cannot open the interface %s: %s", name, strerror(errno));
    }
}

/* A new interface is down, and nothing goes through until somebody sets it up. */
static void warn_if_down(struct ifreq *request)
{
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (any < 0) {
        return;
    }
    if (ioctl(any, SIOCGIFFLAGS, request) == 0 && (request->ifr_flags & IFF_UP) == 0) {
        port_complain("the TAP interface is down: set it up with \"ip link set NAME up\", and give "
                      "it an address");
    }
    close(any);
}

static int tap_open(const char *name, const struct port_config *config, ip4_addr_t address)
{
    struct ifreq request;

    (void)config;
    (void)address;
    memset(&request, 0, sizeof(request));
    if (name == NULL || name[0] == '\0' || strlen(name) >= sizeof(request.ifr_name)) {
        return reason_set(LWCHAT_BAD_ARGUMENT, "no interface has this name: use --net tap:NAME");
    }
    tap = open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tap < 0 && (errno == ENOENT || errno == ENODEV)) {
        return reason_set(LWCHAT_NOT_FOUND,
                          "this system has no %s: load the module tun, or run without it: "
                          "--net user",
                          device);
    }
    if (tap < 0) {
        return explain(name);
    }
    memcpy(request.ifr_name, name, strlen(name));
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    /* Offloads outlive the program that sets them, and would reach us. */
    if (ioctl(tap, TUNSETIFF, &request) < 0 || ioctl(tap, TUNSETOFFLOAD, 0) < 0) {
        int error = explain(name);
        close(tap);
        tap = -1;
        return error;
    }
    /* With a pattern such as tap%d, the system has chosen. */
    memcpy(interface, request.ifr_name, sizeof(interface));
    warn_if_down(&request);
    return LWCHAT_OK;
}

static int tap_input(void)
{
    return tap;
}

static void tap_turn(void)
{
}

static struct pbuf *tap_receive(void)
{
    static uint8_t lost[FRAME_BYTES];
    uint8_t *buffer = frames_next();
    ssize_t bytes = read(tap, buffer != NULL ? buffer : lost, FRAME_BYTES);

    return bytes > 0 && buffer != NULL ? frames_wrap((size_t)bytes) : NULL;
}

static err_t tap_send(struct pbuf *frame)
{
    static uint8_t zeros[FRAME_SHORTEST_BYTES] = {0};
    /* Its user holds the core lock. */
    static uint8_t flat[FRAME_BYTES];
    struct iovec pieces[PIECES + 1];
    const struct pbuf *piece = frame;
    int count = 0;

    do {
        pieces[count].iov_base = piece->payload;
        pieces[count].iov_len = piece->len;
        count++;
        piece = piece->next;
    } while (piece != NULL && count < PIECES);
    if (piece != NULL) {
        pieces[0].iov_base = flat;
        pieces[0].iov_len = pbuf_copy_partial(frame, flat, sizeof(flat), 0);
        count = 1;
    }
    if (frame->tot_len < FRAME_SHORTEST_BYTES) {
        pieces[count].iov_base = zeros;
        pieces[count].iov_len = FRAME_SHORTEST_BYTES - frame->tot_len;
        count++;
    }
    while (writev(tap, pieces, count) < 0) {
        if (errno != EINTR) {
            /* lwIP keeps the segment and tries again. */
            return errno == EAGAIN || errno == ENOBUFS ? ERR_MEM : ERR_IF;
        }
    }
    return ERR_OK;
}

static void tap_sleep(int watch, int timeout_ms)
{
    struct epoll_event event;

    (void)epoll_wait(watch, &event, 1, timeout_ms);
}

static void tap_describe(char *text, size_t bytes)
{
    (void)snprintf(text, bytes, "TAP interface %s", interface);
}

static bool tap_reach(struct port_reach *reach)
{
    (void)reach;
    return false;
}

static void tap_close(void)
{
    close(tap);
    tap = -1;
}

static const struct wire_defaults defaults = {
    .server = "192.168.7.2/24", .client = "192.168.7.3/24", .gateway = "192.168.7.1"};

const struct wire wire_tap = {.defaults = &defaults,
                              .moves = true,
                              .open = tap_open,
                              .input = tap_input,
                              .turn = tap_turn,
                              .receive = tap_receive,
                              .send = tap_send,
                              .sleep = tap_sleep,
                              .describe = tap_describe,
                              .reach = tap_reach,
                              .close = tap_close};

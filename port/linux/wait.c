#include "wait.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "address.h"
#include "console.h"
#include "frames.h"
#include "lwchat_error.h"
#include "lwip/tcpip.h"
#include "netif/ethernet.h"
#include "port.h"
#include "publish.h"
#include "reason.h"
#include "signals.h"
#include "system.h"

enum {
    /* The longest wait while the wire is lost or down, so that it is looked for. */
    LOST_MS = 250,
    /* How often the terminal is polled while the wire is busy. */
    GLANCE_MS = 10,
    /* Bytes in a batch, give or take a frame. */
    BATCH_BYTES = FRAME_BATCH * FRAME_BYTES,
    /* Batches in one wait at most, so that the application gets its turn. */
    MOST_BATCHES = 64,
    /* How long a busy loop waits for frames before it sleeps. */
    AWAKE_US = 50,
    /* A loop is busy after SHORT_WAITS waits in a row that were shorter than SHORT_WAIT_US. */
    SHORT_WAIT_US = 100,
    SHORT_WAITS = 4
};

/* A file descriptor in the epoll; -1 for none. */
struct watched {
    int fd;
    uint32_t events;
    bool always; /* a regular file, which is always ready and which epoll refuses */
};

static const struct wire *wire;
static struct netif *interface;
static int watch = -1;
static int alarm_fd = -1;
static struct watched wire_input = {.fd = -1, .events = EPOLLIN};
static struct watched console_input = {.fd = -1, .events = EPOLLIN};
static struct watched console_output = {.fd = -1, .events = EPOLLOUT};
static uint32_t glanced_ms;
static unsigned frames_fed;

/* The state of the wire: since when it has been lost, and how long it may be. */
static bool lost, lost_for_good, down;
static uint32_t lost_ms, timeout_s;

bool port_stopping(void)
{
    return signals_stopping() || lost_for_good;
}

void port_wake(void)
{
    const uint64_t one = 1;

    (void)!write(alarm_fd, &one, sizeof(one));
}

void wait_set_sums(bool check)
{
    u16_t sums = NETIF_CHECKSUM_ENABLE_ALL;

    if (wire->offloads != NULL && wire->offloads()) {
        sums &= (u16_t)~NETIF_CHECKSUM_GEN_TCP;
    }
    if (!check) {
        sums &= (u16_t) ~(NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP);
    }
    NETIF_SET_CHECKSUM_CTRL(interface, sums);
}

err_t wait_take(struct pbuf *frame, struct netif *netif)
{
    wait_set_sums((frame->flags & FRAME_CHECKED) == 0);
    if (!frames_admit(frame) || ethernet_input(frame, netif) != ERR_OK) {
        pbuf_free(frame);
    }
    return ERR_OK;
}

/* @return true when there may be more frames. */
static bool feed_batch(void)
{
    struct pbuf *batch[FRAME_BATCH];
    size_t count = 0;
    size_t bytes = 0;

    while (count < FRAME_BATCH && bytes < BATCH_BYTES && (batch[count] = wire->receive()) != NULL) {
        bytes += batch[count]->tot_len;
        count++;
    }
    if (count == 0) {
        return false;
    }
    LOCK_TCPIP_CORE();
    for (size_t i = 0; i < count; i++) {
        if (!address_keeps(batch[i])) {
            (void)wait_take(batch[i], interface);
        }
    }
    UNLOCK_TCPIP_CORE();
    frames_fed += (unsigned)count;
    return count == FRAME_BATCH || bytes >= BATCH_BYTES;
}

/*
 * Receives frames until there are none: writing to a thousand sessions brings in a
 * thousand acknowledgements, which would fill the wire's queue if left there.
 * @return true when there was at least one.
 */
static bool feed(void)
{
    unsigned fed = frames_fed;

    for (unsigned batches = 0; batches < MOST_BATCHES && feed_batch(); batches++) {
    }
    return frames_fed != fed;
}

static void follow(struct watched *watched, int fd)
{
    struct epoll_event event = {.events = watched->events, .data = {.fd = fd}};

    if (watched->fd == fd) {
        return;
    }
    if (watched->fd >= 0 && !watched->always) {
        (void)epoll_ctl(watch, EPOLL_CTL_DEL, watched->fd, NULL);
    }
    watched->fd = fd;
    watched->always = fd >= 0 && epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event) < 0 && errno == EPERM;
}

/* Polls everything but the wire, without sleeping. */
static void glance(void)
{
    struct epoll_event events[4];
    int count = epoll_wait(watch, events, 4, 0);
    bool console = console_input.always || console_output.always;

    for (int i = 0; i < count; i++) {
        int fd = events[i].data.fd;
        console = console || fd == console_input.fd || fd == console_output.fd;
        if (fd == alarm_fd) {
            uint64_t rung;
            (void)!read(alarm_fd, &rung, sizeof(rung));
        }
    }
    if (console) {
        console_ready();
    }
    glanced_ms = port_now_ms();
}

/* Polls the wire for AWAKE_US. @return true when frames were received. */
static bool stay_awake(uint64_t since_us)
{
    do {
        wire->turn();
        if (feed()) {
            return true;
        }
    } while (system_now_us() - since_us < AWAKE_US);
    return false;
}

/*
 * Waits for frames and events. While the chat is busy, going to sleep and waking up
 * takes as long as the next frame does: polling reacts sooner and costs no more.
 * The lengths of the last waits tell whether it is busy.
 *
 * @return true when something other than the wire may be ready.
 */
static bool rest(uint32_t timeout_ms)
{
    static unsigned short_waits;
    uint64_t start_us = system_now_us();
    bool others;

    if (short_waits >= SHORT_WAITS && stay_awake(start_us)) {
        return false;
    }
    LWIP_ASSERT("the loop has the lock once", sys_lock_depth == 1);
    sys_lock_leave();
    others = wire->sleep(watch, timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms);
    (void)sys_lock_enter();
    short_waits = feed() && system_now_us() - start_us < SHORT_WAIT_US ? short_waits + 1 : 0;
    return others;
}

/* The wire is back: ARP entries may be stale, and neighbours and a DHCP server must hear of us. */
static void come_back(void)
{
    LOCK_TCPIP_CORE();
    address_link_is(false);
    address_link_is(true);
    UNLOCK_TCPIP_CORE();
}

static void mind_wire(void)
{
    bool was_lost = lost, was_down = down;

    lost = wire->lost != NULL && wire->lost();
    down = wire->down != NULL && wire->down();
    if (lost && !was_lost) {
        lost_ms = port_now_ms();
    } else if ((was_lost && !lost) || (was_down && !down)) {
        come_back();
    }
    if (lost && timeout_s > 0 && (port_now_ms() - lost_ms) / 1000 >= timeout_s) {
        lost_for_good = true;
    }
}

void port_wait(uint32_t timeout_ms)
{
    uint32_t due_ms = console_due();
    bool others = false;

    if ((lost || down) && due_ms > LOST_MS) {
        due_ms = LOST_MS;
    }
    if (due_ms > address_due()) {
        due_ms = address_due();
    }
    if (due_ms > publish_due()) {
        due_ms = publish_due();
    }
    follow(&wire_input, wire->input());
    follow(&console_input, console_input_fd());
    follow(&console_output, console_output_fd());
    if (timeout_ms > due_ms) {
        timeout_ms = due_ms;
    }
    sys_lock_yield();
    if (timeout_ms == 0) {
        wire->turn();
        (void)feed();
    } else {
        others = rest(console_input.always || console_output.always ? 0 : timeout_ms);
    }
    if (others || port_now_ms() - glanced_ms >= GLANCE_MS) {
        glance();
    }
    mind_wire();
    address_turn(true);
    publish_turn(true);
}

/* --- Opening and closing ---------------------------------------------------------- */

int wait_open(const struct wire *on, struct netif *of, uint32_t lost_s)
{
    struct epoll_event event = {.events = EPOLLIN};

    wire = on;
    interface = of;
    timeout_s = lost_s;
    watch = epoll_create1(EPOLL_CLOEXEC);
    alarm_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (watch < 0 || alarm_fd < 0) {
        return reason_set(
            LWCHAT_FAILED,
            SAY("cannot wait for events: %s", "impossible d'attendre des événements : %s"),
            strerror(errno));
    }
    event.data.fd = alarm_fd;
    (void)epoll_ctl(watch, EPOLL_CTL_ADD, alarm_fd, &event);
    return LWCHAT_OK;
}

void wait_close(void)
{
    close(alarm_fd);
    close(watch);
}

int wait_alarm(void)
{
    return alarm_fd;
}

void wait_watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};

    (void)epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event);
}

bool wait_is_lost_for_good(void)
{
    return lost_for_good;
}

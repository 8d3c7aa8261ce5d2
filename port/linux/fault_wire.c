#include "fault_wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "fault.h"
#include "frames.h"
#include "lwchat_error.h"
#include "lwip/tcpip.h"
#include "reason.h"
#include "system.h"

/*
 * A timer expires when the first frame is due. It is in the same epoll as the
 * inner wire's input, so the loop sleeps on both, and wakes up in time for a
 * frame that lwIP's own thread sends meanwhile.
 */

/** A delayed frame. */
struct waiting {
    uint64_t due_us;
    uint64_t order; /* keeps frames that are due at the same time in order */
    uint8_t *store;
    size_t bytes;
};

/** One direction. Guarded by the core lock. */
struct lane {
    struct waiting heap[FAULT_FRAMES]; /* a binary heap: the first frame is due first */
    size_t count;
    uint64_t order;
    uint64_t frames;
    uint64_t lost;
    uint64_t doubled;
    uint64_t corrupted;
    uint64_t full;
    uint8_t store[FAULT_FRAMES][FRAME_BYTES];
};

static struct fault_spec spec;
static const struct wire *inner;
static struct wire outer;
static struct lane lanes[FAULT_DIRECTIONS];
static bool verbose;
static uint64_t start_us;
static uint64_t alarm_us; /* the timer's expiry; 0 when it is not set */
static int timer = -1;
static int input = -1;
static int followed = -1; /* the inner wire's input, which is in the epoll `input` */

/* --- Frames by due time ------------------------------------------------------ */

static bool before(const struct waiting *a, const struct waiting *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static void swap(struct waiting *a, struct waiting *b)
{
    struct waiting kept = *a;

    *a = *b;
    *b = kept;
}

/* Adds an entry for a frame that is due at `due_us`. @return NULL when the lane is full. */
static struct waiting *add(struct lane *lane, uint64_t due_us)
{
    size_t at = lane->count;
    struct waiting *heap = lane->heap;

    if (at == FAULT_FRAMES) {
        return NULL;
    }
    /* Entries beyond the count keep the stores of frames that were removed. */
    if (heap[at].store == NULL) {
        heap[at].store = lane->store[at];
    }
    heap[at].due_us = due_us;
    heap[at].order = lane->order++;
    lane->count++;
    for (size_t parent; at > 0 && before(&heap[at], &heap[parent = (at - 1) / 2]); at = parent) {
        swap(&heap[at], &heap[parent]);
    }
    return &heap[at];
}

static void remove_first(struct lane *lane)
{
    struct waiting *heap = lane->heap;
    size_t at = 0;

    lane->count--;
    swap(&heap[0], &heap[lane->count]);
    for (;;) {
        size_t least = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < lane->count; child++) {
            if (before(&heap[child], &heap[least])) {
                least = child;
            }
        }
        if (least == at) {
            return;
        }
        swap(&heap[at], &heap[least]);
        at = least;
    }
}

static bool is_due(const struct lane *lane, uint64_t at_us)
{
    return lane->count > 0 && lane->heap[0].due_us <= at_us;
}

/* --- Frames --------------------------------------------------------------- */

static void put(enum fault_direction direction, const struct pbuf *frame)
{
    struct lane *lane = &lanes[direction];
    struct fault_fate fate = fault_decide(&spec, direction, lane->frames++);
    uint64_t now = system_now_us();

    if (fate.lost || fault_is_down(&spec, (now - start_us) / 1000)) {
        lane->lost++;
        return;
    }
    lane->doubled += fate.copies - 1;
    lane->corrupted += fate.corrupt;
    for (unsigned i = 0; i < fate.copies; i++) {
        struct waiting *place = add(lane, now + fate.delay_us[i]);

        if (place == NULL) {
            lane->full++;
            return;
        }
        place->bytes = pbuf_copy_partial(frame, place->store, FRAME_BYTES, 0);
        fault_corrupt(&fate, place->store, place->bytes);
    }
}

static void set_timer(void)
{
    struct itimerspec when = {0};
    uint64_t first_us = 0;

    for (int i = 0; i < FAULT_DIRECTIONS; i++) {
        if (lanes[i].count > 0 && (first_us == 0 || lanes[i].heap[0].due_us < first_us)) {
            first_us = lanes[i].heap[0].due_us;
        }
    }
    if (first_us != alarm_us) {
        alarm_us = first_us;
        when.it_value.tv_sec = (time_t)(first_us / 1000000);
        when.it_value.tv_nsec = (long)(first_us % 1000000 * 1000);
        (void)timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
    }
}

static err_t fault_send(struct pbuf *frame)
{
    put(FAULT_OUTWARD, frame);
    set_timer();
    return ERR_OK;
}

/* Sends the frames that are due, each in a pbuf that refers to the lane's store. */
static void send_due(void)
{
    struct lane *lane = &lanes[FAULT_OUTWARD];

    LOCK_TCPIP_CORE();
    for (uint64_t now = system_now_us(); is_due(lane, now); remove_first(lane)) {
        struct pbuf_custom custom = {.custom_free_function = NULL};
        u16_t bytes = (u16_t)lane->heap[0].bytes;
        struct pbuf *frame =
            pbuf_alloced_custom(PBUF_RAW, bytes, PBUF_REF, &custom, lane->heap[0].store, bytes);

        lane->full += inner->send(frame) != ERR_OK;
    }
    set_timer();
    UNLOCK_TCPIP_CORE();
}

/* The next incoming frame that is due. */
static struct pbuf *take_due(void)
{
    struct lane *lane = &lanes[FAULT_INWARD];
    struct pbuf *frame = NULL;

    if (is_due(lane, system_now_us())) {
        frame = frames_copy(lane->heap[0].store, lane->heap[0].bytes);
    }
    if (frame != NULL) {
        remove_first(lane);
    }
    return frame;
}

static struct pbuf *fault_receive(void)
{
    struct pbuf *frame;

    LOCK_TCPIP_CORE();
    for (int i = 0; i < FRAME_BATCH && (frame = inner->receive()) != NULL; i++) {
        put(FAULT_INWARD, frame);
        pbuf_free(frame);
    }
    frame = take_due();
    UNLOCK_TCPIP_CORE();
    return frame;
}

/* Adds the inner wire's input to the epoll when it changes. A closed one has left it by itself. */
static void follow_inner(void)
{
    struct epoll_event event = {.events = EPOLLIN};

    if (inner->input() != followed) {
        followed = inner->input();
        if (followed >= 0) {
            (void)epoll_ctl(input, EPOLL_CTL_ADD, followed, &event);
        }
    }
}

static void fault_turn(void)
{
    send_due();
    inner->turn();
    follow_inner();
}

static bool fault_sleep(int watch, int timeout_ms)
{
    uint64_t rung;

    send_due();
    follow_inner();
    bool others = inner->sleep(watch, timeout_ms);
    /* Non-blocking: usually it has not expired. */
    if (read(timer, &rung, sizeof(rung)) > 0) {
        LOCK_TCPIP_CORE();
        alarm_us = 0;
        UNLOCK_TCPIP_CORE();
    }
    send_due();
    return others;
}

/* --- The rest of a wire ---------------------------------------------------- */

static int fault_input(void)
{
    return input;
}

static void fault_describe(char *text, size_t bytes)
{
    size_t used;

    inner->describe(text, bytes);
    used = strlen(text);
    (void)snprintf(text + used, bytes - used, ", with faults");
}

static void close_timer(void)
{
    close(timer);
    close(input);
    timer = input = followed = -1;
}

static void fault_close(void)
{
    static const char *const names[] = {"in", "out"};
    char line[160];

    for (int i = 0; verbose && i < FAULT_DIRECTIONS; i++) {
        (void)snprintf(line, sizeof(line),
                       SAY("faults: %s: %llu frames, %llu lost, %llu doubled, %llu corrupted, %llu "
                           "did not fit",
                           "pannes : %s : %llu trames, %llu perdues, %llu doublées, %llu abîmées, "
                           "%llu de trop"),
                       names[i], (unsigned long long)lanes[i].frames,
                       (unsigned long long)lanes[i].lost, (unsigned long long)lanes[i].doubled,
                       (unsigned long long)lanes[i].corrupted, (unsigned long long)lanes[i].full);
        port_complain(line);
    }
    inner->close();
    close_timer();
}

static int fault_open(const char *detail, const struct port_config *config,
                      const struct addresses *addresses)
{
    struct epoll_event event = {.events = EPOLLIN};
    int outcome;

    input = epoll_create1(EPOLL_CLOEXEC);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (input < 0 || timer < 0 || epoll_ctl(input, EPOLL_CTL_ADD, timer, &event) < 0) {
        return reason_set(LWCHAT_FAILED,
                          SAY("cannot wait for delayed frames: %s",
                              "impossible d'attendre des trames retardées : %s"),
                          strerror(errno));
    }
    outcome = inner->open(detail, config, addresses);
    if (outcome != LWCHAT_OK) {
        close_timer();
        return outcome;
    }
    follow_inner();
    verbose = config->verbose;
    start_us = system_now_us();
    return LWCHAT_OK;
}

/* Sets the reason, with the invalid word cut short and made printable. */
static void complain(const char *word, size_t bytes)
{
    char shown[40];
    size_t length;

    for (length = 0; length < bytes && length < sizeof(shown); length++) {
        shown[length] = word[length] >= ' ' && word[length] <= '~' ? word[length] : '?';
    }
    (void)reason_set(LWCHAT_BAD_ARGUMENT,
                     SAY("--fault does not understand \"%.*s\": write it as in "
                         "drop=10,dup=5,reorder=5,corrupt=1,delay=20+-20,down=10+5,seed=7",
                         "--fault ne comprend pas \"%.*s\" : écrire comme dans "
                         "drop=10,dup=5,reorder=5,corrupt=1,delay=20+-20,down=10+5,seed=7"),
                     (int)length, shown);
}

const struct wire *fault_wire(const struct wire *wire, const char *text)
{
    size_t bytes;
    const char *wrong = fault_read(&spec, text, &bytes);

    if (wrong != NULL) {
        complain(wrong, bytes);
        return NULL;
    }
    inner = wire;
    outer = (struct wire){.defaults = wire->defaults,
                          .moves = wire->moves,
                          .open = fault_open,
                          .input = fault_input,
                          .turn = fault_turn,
                          .receive = fault_receive,
                          .offloads = wire->offloads,
                          .send = fault_send,
                          .sleep = fault_sleep,
                          .name = wire->name,
                          .describe = fault_describe,
                          .reach = wire->reach,
                          .lost = wire->lost,
                          .down = wire->down,
                          .connections = wire->connections,
                          .unacknowledged = wire->unacknowledged,
                          .close = fault_close};
    return &outer;
}

/* lwchat-bridge: joins rooms of several servers through an MQTT broker. See README.md. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bridge.h"
#include "core/text.h"
#include "log.h"
#include "payload.h"

enum { END_MS = 2000, PAYLOAD_BYTES = 16384, OTHER_FILES = 32, CANNOT_RUN = 1 };

static volatile sig_atomic_t ends;

static void end(int signal)
{
    (void)signal;
    ends = 1;
}

void log_line(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    (void)vprintf(format, list);
    va_end(list);
    (void)putchar('\n');
    (void)fflush(stdout);
}

static uint64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- What the broker sends -------------------------------------------------------------- */

static void heard(void *context, const char *topic, const char *payload, size_t bytes)
{
    struct bridge *bridge = context;
    struct store_message message;
    static char copy[PAYLOAD_BYTES];

    bridge->broker.heard_ms = now_ms();
    if (bytes > sizeof copy) {
        return;
    }
    memcpy(copy, bytes == 0 ? "" : payload, bytes);
    if (!payload_read(bridge->options.prefix, topic, copy, bytes, &message)) {
        if (bridge->options.verbose) {
            (void)snprintf(copy, sizeof copy, "%s", topic);
            size_t shown = text_clean(copy, strlen(copy), strlen(copy));
            log_line("broker %s: not understood: %.*s", bridge->options.broker.at, (int)shown,
                     copy);
        }
        return;
    }
    bool is_new = store_hear(&bridge->store, &message);
    for (unsigned i = 0; i < bridge->seats_count; i++) {
        seat_came_back(&bridge->seats[i], &message);
    }
    if (is_new && bridge->options.verbose && message.text[0] != '\0') {
        log_line("%s %s@%s: %s", message.room, message.from, message.server, message.text);
    }
}

static void connected(void *context)
{
    struct bridge *bridge = context;

    for (unsigned i = 0; i < bridge->seats_count; i++) {
        seat_publish_again(&bridge->seats[i]);
    }
}

/* --- The loop ------------------------------------------------------------------------------ */

/* Stores what was heard, before the broker learns that it was, and before it is said. */
static bool commit(struct bridge *bridge)
{
    if (!store_commit(&bridge->store)) {
        (void)fprintf(stderr, "lwchat-bridge: --state \"%s\" cannot be written: %s\n",
                      bridge->options.state, strerror(errno));
        return false;
    }
    return true;
}

/* Waits until something arrives or is due. */
static void wait_for(struct bridge *bridge, struct pollfd *polls, uint64_t wait_ms)
{
    unsigned count = bridge->seats_count;

    for (unsigned i = 0; i < count; i++) {
        seat_poll(&bridge->seats[i], &polls[i]);
    }
    polls[count].fd = broker_socket(&bridge->broker);
    polls[count].events = (short)(POLLIN | (broker_wants_write(&bridge->broker) ? POLLOUT : 0));
    polls[count].revents = 0;
    if (poll(polls, count + 1, (int)wait_ms) < 0) {
        for (unsigned i = 0; i <= count; i++) {
            polls[i].revents = 0;
        }
    }
}

static uint64_t tick(struct bridge *bridge)
{
    uint64_t now = now_ms(), wait_ms = broker_tick(&bridge->broker, now);

    for (unsigned i = 0; i < bridge->seats_count; i++) {
        uint64_t due_ms = seat_tick(&bridge->seats[i], now);
        wait_ms = due_ms < wait_ms ? due_ms : wait_ms;
    }
    return wait_ms;
}

/* Waits, and does what is due once. @return false if the state cannot be written. */
static bool run_once(struct bridge *bridge, struct pollfd *polls, uint64_t wait_ms)
{
    unsigned count = bridge->seats_count;

    wait_for(bridge, polls, wait_ms);
    uint64_t now = now_ms();
    if (polls[count].revents & (POLLIN | POLLHUP | POLLERR)) {
        broker_read(&bridge->broker);
    }
    for (unsigned i = 0; i < count; i++) {
        seat_read(&bridge->seats[i], polls[i].revents, now);
    }
    if (!commit(bridge)) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        seat_write(&bridge->seats[i]);
    }
    /* Each is the first in its turn, as the broker may take no more than one has. */
    bridge->first = (bridge->first + 1) % count;
    for (unsigned i = 0; i < count; i++) {
        if (!seat_publish(&bridge->seats[(bridge->first + i) % count])) {
            break;
        }
    }
    if (broker_wants_write(&bridge->broker)) {
        broker_write(&bridge->broker);
    }
    return true;
}

static bool is_busy(const struct bridge *bridge)
{
    for (unsigned i = 0; i < bridge->seats_count; i++) {
        if (seat_is_busy(&bridge->seats[i])) {
            return true;
        }
    }
    return false;
}

/* Leaves the servers, and waits until the broker has what people said there, and what the bridge
 * said there is read back. */
static bool finish(struct bridge *bridge, struct pollfd *polls)
{
    uint64_t begin = now_ms();

    bridge->ending = true;
    for (unsigned i = 0; i < bridge->seats_count; i++) {
        seat_leave(&bridge->seats[i]);
    }
    while (is_busy(bridge) && now_ms() - begin < END_MS) {
        uint64_t wait_ms = tick(bridge);
        if (!run_once(bridge, polls, wait_ms < 50 ? wait_ms : 50)) {
            return false;
        }
    }
    return commit(bridge);
}

static int run(struct bridge *bridge)
{
    struct pollfd *polls = calloc(bridge->seats_count + 1, sizeof *polls);
    bool ok = polls != NULL && commit(bridge);

    while (ok && !ends) {
        ok = run_once(bridge, polls, tick(bridge));
    }
    ok = ok && finish(bridge, polls);
    free(polls);
    if (ok) {
        log_line("ended");
    }
    return ok ? 0 : CANNOT_RUN;
}

/* --- The start ----------------------------------------------------------------------------- */

/* Each seat has a socket, or looks a name up; the broker and the state file take a few more. */
static bool raise_limit(unsigned seats)
{
    rlim_t files = 2 * (rlim_t)seats + OTHER_FILES;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= files) {
        return true;
    }
    limit.rlim_cur = files < limit.rlim_max ? files : limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur < files) {
        (void)fprintf(
            stderr,
            "lwchat-bridge: %u rooms of servers need %lu open files, and %lu are allowed: "
            "see ulimit -Hn\n",
            seats, (unsigned long)files, (unsigned long)limit.rlim_max);
        return false;
    }
    return true;
}

static bool open_all(struct bridge *bridge)
{
    const struct options *options = &bridge->options;
    size_t torn;

    if (!raise_limit(options->servers * options->rooms)) {
        return false;
    }
    const char *wrong = store_open(&bridge->store, options->state, &torn);

    if (wrong != NULL) {
        (void)fprintf(stderr, "lwchat-bridge: --state \"%s\" cannot be used: %s\n", options->state,
                      wrong);
        return false;
    }
    if (torn > 0) {
        log_line("%s: the last %zu bytes were torn, and are dropped", options->state, torn);
    }
    bridge->broker.heard = heard;
    bridge->broker.connected = connected;
    bridge->broker.context = bridge;
    wrong = broker_open(&bridge->broker, options, bridge->store.id);
    if (wrong != NULL) {
        (void)fprintf(stderr, "lwchat-bridge: %s\n", wrong);
        return false;
    }
    bridge->seats = calloc(options->servers * options->rooms, sizeof *bridge->seats);
    if (bridge->seats == NULL) {
        return false;
    }
    for (unsigned i = 0; i < options->servers; i++) {
        for (unsigned j = 0; j < options->rooms; j++) {
            seat_open(&bridge->seats[bridge->seats_count++], bridge, &options->server[i],
                      options->room[j]);
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct bridge bridge;
    const struct sigaction action = {.sa_handler = end};
    int code = options_read(&bridge.options, argc, argv);

    if (code >= 0) {
        return code;
    }
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* the state file's limit is reported as an error */
    code = CANNOT_RUN;
    if (open_all(&bridge)) {
        code = run(&bridge);
        for (unsigned i = 0; i < bridge.seats_count; i++) {
            seat_close(&bridge.seats[i]);
        }
        broker_close(&bridge.broker, code == 0);
        store_close(&bridge.store);
    }
    free(bridge.seats);
    return code;
}

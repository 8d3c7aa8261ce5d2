#include "load.h"

#include "usage.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    AT_ONCE = 8, /* clients that have connected and not joined yet */
    EVENTS = 512,
    MARK = '@',
    HEAD_BYTES = 7,
    QUIET_NS = 200 * 1000 * 1000,
    ATTEMPTS = 100,
    ATTEMPT_US = 50 * 1000
};

static const uint64_t join_ns = 20ULL * 1000 * 1000 * 1000;

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-";
static uint8_t digit_value[256];

/* --- Lines ------------------------------------------------------------------ */

static void compose(char *text, size_t bytes, unsigned sender, uint32_t number)
{
    uint32_t random = number * 2654435761U + sender * 40503U + 1U;

    text[0] = MARK;
    text[1] = digits[sender >> 6 & 63U];
    text[2] = digits[sender & 63U];
    for (unsigned i = 0; i < 4; i++) {
        text[3 + i] = digits[number >> (6 * (3 - i)) & 63U];
    }
    for (size_t i = HEAD_BYTES; i < bytes; i++) {
        random = random * 1664525U + 1013904223U;
        text[i] = digits[random >> 26];
    }
}

static uint32_t read_digits(const char *text, unsigned count)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < count; i++) {
        value = value << 6 | digit_value[(unsigned char)text[i]];
    }
    return value;
}

static void had(struct load *load, unsigned sender, struct load_line *line)
{
    struct load_sender *from = &load->sender[sender];

    if (--line->left > 0) {
        return;
    }
    from->done++;
    if (!from->dirty) {
        from->dirty = true;
        load->dirty[load->dirty_count++] = sender;
    }
}

/* Lines sent and received together took equally long, and are counted together. */
static void count_equal(struct load *load)
{
    if (load->equal > 0) {
        histogram_add(&load->histogram, load->equal_ns, load->equal);
        load->equal = 0;
    }
}

static void count(struct load *load, uint64_t ns)
{
    if (ns != load->equal_ns) {
        count_equal(load);
        load->equal_ns = ns;
    }
    load->equal++;
}

static void note_delivery(const struct load *load, unsigned receiver, uint64_t sent_ns)
{
    (void)fprintf(load->deliveries, "%u %llu %llu\n", receiver, (unsigned long long)sent_ns,
                  (unsigned long long)load->now_ns);
}

/* A message line, from its mark on. */
static void take_message(struct load *load, unsigned receiver, const char *text)
{
    uint32_t sender = read_digits(text + 1, 2);
    uint32_t number = read_digits(text + 3, 4);

    if (sender >= load->senders) {
        load->faults.corrupt++;
        return;
    }
    struct load_sender *from = &load->sender[sender];
    uint32_t *next = &load->next[receiver][sender];
    uint32_t ahead = (number - *next) & 0xFFFFFFU;
    if (ahead >= from->sent - *next) {
        /* Received before, or never sent. */
        *(ahead >= 0x800000U ? &load->faults.repeated : &load->faults.corrupt) += 1;
        return;
    }
    for (; ahead > 0; ahead--, ++*next) {
        load->faults.lost++;
        had(load, sender, &from->line[*next & load->mask]);
    }
    struct load_line *line = &from->line[*next & load->mask];
    if (memcmp(line->text, text, load->text_bytes) != 0) {
        load->faults.corrupt++;
    }
    count(load, load->now_ns - line->sent_ns);
    if (load->deliveries != NULL && load->measures) {
        note_delivery(load, receiver, line->sent_ns);
    }
    ++*next;
    load->delivered++;
    had(load, sender, line);
}

static void take_notice(struct load *load, unsigned receiver, const char *line, size_t bytes)
{
    struct load_client *client = &load->client[receiver];
    const char *joined = load->protocol->joined;
    const char *missed = load->protocol->missed;

    if (missed != NULL && bytes > strlen(missed) && memcmp(line, missed, strlen(missed)) == 0) {
        load->faults.told += strtoul(line + strlen(missed), NULL, 10);
    } else if (!load->protocol->is_notice(line, bytes)) {
        load->faults.corrupt++;
    } else if (!client->joined && joined != NULL &&
               memmem(line, bytes, joined, strlen(joined)) != NULL) {
        client->joined = true;
        load->joined++;
    }
}

/* Takes what has arrived. @return false if there may be more, which epoll does not report again. */
static bool take(struct load *load, unsigned receiver)
{
    struct load_client *client = &load->client[receiver];
    char *into = load->buffer + LOAD_REST_BYTES;
    ssize_t received = recv(client->fd, into, LOAD_RECEIVE_BYTES, 0);

    if (received < 0 && (errno == EAGAIN || errno == EINTR)) {
        return errno == EAGAIN;
    }
    if (received <= 0) {
        load_fail("the server has ended the connection of client %u", receiver);
    }
    load->now_ns = load_clock_ns();
    load->heard_ns = load->now_ns;

    const char *line = memcpy(into - client->rest_bytes, client->rest, client->rest_bytes);
    const char *end = into + received;
    const char *newline;
    while ((newline = memchr(line, '\n', (size_t)(end - line))) != NULL) {
        size_t bytes = (size_t)(newline - line);
        bytes -= bytes > 0 && newline[-1] == '\r';
        if (bytes >= load->text_bytes && line[bytes - load->text_bytes] == MARK) {
            take_message(load, receiver, line + bytes - load->text_bytes);
        } else {
            take_notice(load, receiver, line, bytes);
        }
        line = newline + 1;
    }
    if (end - line > LOAD_REST_BYTES) {
        load_fail("client %u got a line that does not end", receiver);
    }
    client->rest_bytes = (uint32_t)(end - line);
    memcpy(client->rest, line, client->rest_bytes);
    count_equal(load);
    return received < LOAD_RECEIVE_BYTES;
}

/* --- Sending ---------------------------------------------------------------- */

static bool add(struct load *load, unsigned sender, uint64_t sent_ns)
{
    struct load_sender *from = &load->sender[sender];
    struct load_line *line = &from->line[from->sent & load->mask];
    size_t before_bytes = strlen(load->protocol->before);
    size_t after_bytes = strlen(load->protocol->after);
    size_t bytes = before_bytes + load->text_bytes + after_bytes;

    if (from->sent - from->done > load->mask || from->pending + bytes > sizeof from->out) {
        return false;
    }
    compose(line->text, load->text_bytes, sender, from->sent);
    line->sent_ns = sent_ns;
    line->left = load->people - 1;
    char *out = from->out + from->pending;
    memcpy(out, load->protocol->before, before_bytes);
    memcpy(out + before_bytes, line->text, load->text_bytes);
    memcpy(out + before_bytes + load->text_bytes, load->protocol->after, after_bytes);
    from->pending += (uint32_t)bytes;
    from->sent++;
    return true;
}

/* Edge-triggered, which saves the kernel a check of each socket. */
static void watch(const struct load *load, unsigned index, uint32_t events, int how)
{
    struct epoll_event event = {.events = events | EPOLLET, .data = {.u32 = index}};

    if (epoll_ctl(load->epoll, how, load->client[index].fd, &event) < 0) {
        load_fail("epoll_ctl: %s", strerror(errno));
    }
}

static void flush(struct load *load, unsigned sender)
{
    load->idle = false;
    load->writes++;
    struct load_sender *from = &load->sender[sender];
    ssize_t sent = send(load->client[sender].fd, from->out, from->pending, MSG_NOSIGNAL);

    if (sent < 0 && errno != EAGAIN) {
        load_fail("the server does not take what client %u sends: %s", sender, strerror(errno));
    }
    bool whole = sent == (ssize_t)from->pending;
    if (sent > 0) {
        from->pending -= (uint32_t)sent;
        memmove(from->out, from->out + sent, from->pending);
    }
    if (!whole || from->blocked) {
        watch(load, sender, whole ? EPOLLIN : EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    }
    from->blocked = !whole;
}

void client_send_at_once(const struct load *load, bool at_once)
{
    int on = at_once;

    for (unsigned i = 0; i < load->clients; i++) {
        (void)setsockopt(load->client[i].fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
}

bool client_say(struct load *load, unsigned sender, uint64_t sent_ns)
{
    if (!add(load, sender, sent_ns)) {
        return false;
    }
    flush(load, sender);
    return true;
}

void client_fill(struct load *load, unsigned sender)
{
    const struct load_sender *from = &load->sender[sender];
    uint64_t now_ns = load_clock_ns();
    bool any = false;

    while (from->sent - from->done < load->depth && !(load->by_line && from->blocked) &&
           add(load, sender, now_ns)) {
        if (load->by_line) {
            flush(load, sender);
        } else {
            any = true;
        }
    }
    if (any) {
        flush(load, sender);
    }
}

/* --- Waiting ---------------------------------------------------------------- */

/* Each client acts on its own, and sends more as soon as a line has arrived. */
static void react(struct load *load)
{
    for (unsigned i = 0; i < load->dirty_count; i++) {
        load->sender[load->dirty[i]].dirty = false;
        client_fill(load, load->dirty[i]);
    }
    load->dirty_count = 0;
}

bool client_pump(struct load *load, uint64_t timeout_ns)
{
    struct epoll_event events[EVENTS];
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / 1000000000U),
                               .tv_nsec = (long)(timeout_ns % 1000000000U)};
    uint64_t before_ns = load->idle ? load->now_ns : load_clock_ns();

    if (load->spin) {
        timeout = (struct timespec){0, 0};
    }
    int count = epoll_pwait2(load->epoll, events, EVENTS, &timeout, NULL);
    load->now_ns = load_clock_ns();
    load->idle = count <= 0;
    if (load->idle) {
        load->idle_ns += load->now_ns - before_ns;
    }
    for (int i = 0; i < count; i++) {
        unsigned index = events[i].data.u32;
        if ((events[i].events & EPOLLOUT) != 0) {
            flush(load, index);
            client_fill(load, index);
        }
        if ((events[i].events & ~(uint32_t)EPOLLOUT) != 0) {
            while (!take(load, index)) {
            }
            react(load);
        }
    }
    return count > 0;
}

void client_settle(struct load *load, uint64_t quiet_ns)
{
    load->heard_ns = load_clock_ns();
    do {
        (void)client_pump(load, quiet_ns);
    } while (load->now_ns - load->heard_ns < quiet_ns);
}

/* --- Joining and leaving ---------------------------------------------------- */

static void tell(struct load *load, unsigned index, const char *text)
{
    size_t bytes = strlen(text);

    if (send(load->client[index].fd, text, bytes, MSG_NOSIGNAL) != (ssize_t)bytes) {
        load_fail("client %u could not send: %s", index, strerror(errno));
    }
}

/* Each client has its own address. */
static void bind_own(const struct load *load, unsigned index, int fd)
{
    struct sockaddr_in own = {.sin_family = AF_INET,
                              .sin_addr = {htonl(ntohl(load->from.s_addr) + index)}};

    if (load->from.s_addr != INADDR_ANY &&
        bind(fd, (const struct sockaddr *)&own, sizeof own) < 0) {
        load_fail("client %u has no address: %s", index, strerror(errno));
    }
}

static int dial(const struct load *load, unsigned index)
{
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            load_fail("socket: %s", strerror(errno));
        }
        bind_own(load, index, fd);
        if (connect(fd, (const struct sockaddr *)&load->server, sizeof load->server) == 0) {
            return fd;
        }
        close(fd);
        (void)usleep(ATTEMPT_US);
    }
    load_fail("cannot connect: %s", strerror(errno));
}

static void join_one(struct load *load, unsigned index)
{
    struct load_client *client = &load->client[index];
    char hello[128];

    client->fd = dial(load, index);
    if (index == 0) {
        load->alone_kib = usage_memory_kib(load->server_pid, "VmRSS");
    }
    (void)fcntl(client->fd, F_SETFL, O_NONBLOCK);
    watch(load, index, EPOLLIN, EPOLL_CTL_ADD);
    if (load->protocol->hello != NULL) {
        (void)snprintf(hello, sizeof hello, load->protocol->hello, index);
        tell(load, index, hello);
    }
    if (load->protocol->joined == NULL) {
        client->joined = true;
        load->joined++;
    }
}

void client_join_all(struct load *load)
{
    uint64_t last_ns = load_clock_ns();
    unsigned before = 0;
    unsigned connected = 0;

    for (unsigned i = 0; i < 64; i++) {
        digit_value[(unsigned char)digits[i]] = (uint8_t)i;
    }
    /* Longer than any line, so that nothing counts as a message yet. */
    load->text_bytes = LOAD_REST_BYTES + LOAD_RECEIVE_BYTES;
    while (load->joined < load->clients) {
        while (connected < load->clients && connected - load->joined < AT_ONCE) {
            join_one(load, connected++);
            (void)client_pump(load, 0);
        }
        (void)client_pump(load, QUIET_NS);
        if (load->joined > before) {
            before = load->joined;
            last_ns = load->now_ns;
        } else if (load->now_ns - last_ns > join_ns) {
            load_fail("only %u of %u clients got in", load->joined, load->clients);
        }
    }
    client_settle(load, QUIET_NS);
}

void client_leave(struct load *load, unsigned first)
{
    for (unsigned i = first; i < load->clients; i++) {
        tell(load, i, load->protocol->leave);
        (void)client_pump(load, 0);
    }
    client_settle(load, QUIET_NS);
}

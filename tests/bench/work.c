/*
 * The server, with lwIP and the port, on a scripted wire: CLIENTS clients
 * connect, each from its own address, and some of them send lines, turn by
 * turn; all acknowledge at once. The clock advances with the turns too. The
 * server does the same for a line in each run, so that its instructions can be
 * counted: see test_work.py.
 *
 *     work CLIENTS SENDERS LINES WARM TURNS IDLE PARTS
 *
 * In each turn each sender sends LINES lines, in PARTS segments, one in each
 * pass of the loop; the next turn begins when all clients have received
 * everything. IDLE more clients are in another room. After WARM turns callgrind
 * starts to count, and TURNS turns follow.
 * Prints how many lines were delivered in these, and in how many passes of the loop.
 */
#include "frames.h"
#include "lwchat_error.h"
#include "net/server.h"
#include "wire.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <valgrind/callgrind.h>

#include "lwip/inet_chksum.h"

enum {
    CLIENTS = 1000,
    FIRST_PORT = 10000,
    SERVER_PORT = 50000,
    FIRST_NUMBER = 1000,
    IP_AT = 14,
    TCP_AT = 34,
    SHORTEST_BYTES = 60,
    HEADERS = 54,
    OPTIONS = 8,
    LINE_BYTES = 32,
    LINES = 32,
    QUIET_STEPS = 8,   /* without output: everything has arrived */
    LOST_STEPS = 10000 /* without output: something is lost */
};

enum { FIN = 1, SYN = 2, PUSH = 8, ACK = 16 };

/* One client's end of its connection. */
struct end {
    uint32_t next;   /* sequence number that it sends next */
    uint32_t wanted; /* sequence number that it expects next */
    bool told;       /* everything before `wanted` is acknowledged */
    bool open;
    bool known;  /* the server has its address */
    bool spoken; /* it has sent a telnet NOP, which says nothing but makes it a person at once */
};

static struct {
    unsigned clients, senders, lines, warm, turns, idle, parts;
} script;

static struct end ends[CLIENTS];
static unsigned came;      /* clients that have connected or are connecting */
static uint64_t had_bytes; /* sent by the server to all clients */
static uint64_t due_bytes; /* `had_bytes` at the end of the turn */
static uint64_t step_bytes;
static unsigned quiet; /* consecutive steps without a byte */
static unsigned turn;
static unsigned parts_said;  /* in this turn */
static unsigned next_client; /* the next to send a frame in this step */
static bool speaks;          /* the senders send lines in this step */
static bool parted;          /* the idle clients are in the other room */
static unsigned passes;      /* in the turns that count */
static struct server server;

_Noreturn static void fail(const char *why)
{
    (void)fprintf(stderr, "work: %s\n", why);
    _exit(1);
}

/* --- The clock ------------------------------------------------------------------ */

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

/* A millisecond per turn, and so far ahead that the waits of lwIP's thread never time out. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    (void)clock;
    now->tv_sec = INT32_MAX + (time_t)(turn / 1000);
    now->tv_nsec = (long)(turn % 1000) * 1000000;
    return 0;
}

/* --- Frames ------------------------------------------------------------------- */

static const uint8_t server_address[] = {192, 168, 7, 2};

static void put(uint8_t *at, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        at[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
    }
}

static uint32_t get(const uint8_t *at, unsigned bytes)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < bytes; i++) {
        value = value << 8 | at[i];
    }
    return value;
}

/* Every client is in the server's network. */
static void put_address(uint8_t *at, unsigned client)
{
    put(at, 0xC0A80800U + client, 4);
}

static void put_station(uint8_t *at, unsigned client)
{
    put(at, 0x0200, 2);
    put(at + 2, client, 4);
}

/* An ARP request for the server, from which it learns the client's address. */
static struct pbuf *introduce(unsigned client)
{
    uint8_t frame[SHORTEST_BYTES] = {0};

    memset(frame, 0xFF, 6);
    put_station(frame + 6, client);
    put(frame + 12, 0x08060001, 4);
    put(frame + 16, 0x08000604, 4);
    put(frame + 20, 1, 2);
    put_station(frame + 22, client);
    put_address(frame + 28, client);
    memcpy(frame + 38, server_address, sizeof server_address);
    return frames_copy(frame, sizeof frame);
}

static struct pbuf *segment(unsigned client, uint8_t flags, const char *data, size_t bytes)
{
    static uint8_t frame[HEADERS + OPTIONS + LINES * LINE_BYTES];
    /* MSS 1460; window scale 7: units of 128 bytes. */
    static const uint8_t options[OPTIONS] = {2, 4, 5, 180, 3, 3, 7, 1};
    struct end *end = &ends[client];
    size_t option_bytes = flags & SYN ? OPTIONS : 0;
    size_t ip_bytes = HEADERS - IP_AT + option_bytes + bytes;
    uint8_t *ip = frame + IP_AT;
    uint8_t *tcp = frame + TCP_AT;

    memset(frame, 0, HEADERS);
    frame[0] = 2;
    put_station(frame + 6, client);
    put(frame + 12, 0x0800, 2);
    put(ip, 0x45000000U + (uint32_t)ip_bytes, 4);
    put(ip + 8, 0x40060000, 4);
    put_address(ip + 12, client);
    memcpy(ip + 16, server_address, sizeof server_address);
    uint16_t sum = inet_chksum(ip, 20);
    memcpy(ip + 10, &sum, 2);
    put(tcp, FIRST_PORT + client, 2);
    put(tcp + 2, SERVER_PORT, 2);
    put(tcp + 4, end->next, 4);
    put(tcp + 8, flags & ACK ? end->wanted : 0, 4);
    put(tcp + 12, (uint32_t)((20 + option_bytes) / 4) << 12 | flags, 2);
    put(tcp + 14, 65535, 2);
    memcpy(frame + HEADERS, options, option_bytes);
    memcpy(frame + HEADERS + option_bytes, data, bytes);
    end->next += (uint32_t)bytes + (flags & SYN ? 1 : 0);
    end->told = (flags & ACK) != 0;

    struct pbuf *pbuf = frames_copy(frame, IP_AT + ip_bytes);
    if (pbuf == NULL) {
        fail("no memory for a frame");
    }
    /* As from a TAP with checksum offload. */
    pbuf->flags |= FRAME_CHECKED;
    return pbuf;
}

/* --- The script ----------------------------------------------------------------- */

/* Bytes sent to all in one turn: "guest1> " and the text, to all except the sender. */
static uint64_t turn_bytes(void)
{
    uint64_t bytes = 0;
    char nick[16];

    for (unsigned i = 0; i < script.senders; i++) {
        size_t nick_bytes = (size_t)snprintf(nick, sizeof nick, "guest%u", i + 1);
        bytes += (nick_bytes + 2 + LINE_BYTES) * script.lines;
    }
    return bytes * (script.clients - 1);
}

static void end_script(void)
{
    CALLGRIND_STOP_INSTRUMENTATION;
    printf("%llu %u\n",
           (unsigned long long)script.turns * script.senders * script.lines * (script.clients - 1),
           passes);
    (void)fflush(stdout);
    _exit(0);
}

/* Between two steps: decides what happens in the next one. */
static void begin_step(void)
{
    bool silent = had_bytes == step_bytes;

    quiet = silent ? quiet + 1 : 0;
    step_bytes = had_bytes;
    next_client = 0;
    speaks = false;
    passes += turn > script.warm;
    if (quiet > LOST_STEPS) {
        fail("something that was sent has not arrived");
    }
    if (came < script.clients + script.idle) {
        /* One at a time, so that their guest numbers are in order. */
        if (came == 0 || (ends[came - 1].open && quiet > 1)) {
            ends[came++].next = FIRST_NUMBER;
        }
        return;
    }
    if (due_bytes == 0) {
        if (quiet < QUIET_STEPS) {
            return;
        }
        if (!parted) {
            parted = true;
            speaks = true;
            quiet = 0;
            return;
        }
        due_bytes = had_bytes;
    }
    if (had_bytes > due_bytes) {
        fail("more has arrived than was sent");
    }
    if (turn > 0 && parts_said < script.parts) {
        parts_said++;
        speaks = true;
        return;
    }
    if (had_bytes == due_bytes) {
        if (turn == script.warm) {
            CALLGRIND_START_INSTRUMENTATION;
        }
        if (turn++ == script.warm + script.turns) {
            end_script();
        }
        due_bytes += turn_bytes();
        parts_said = 1;
        speaks = true;
    }
}

static struct pbuf *frame_of(unsigned client)
{
    struct end *end = &ends[client];
    static const char part[] = "/join #idle\n";
    static char text[LINES * LINE_BYTES];

    if (!end->known) {
        end->known = true;
        return introduce(client);
    }
    if (end->next == FIRST_NUMBER) {
        return segment(client, SYN, "", 0);
    }
    if (end->open && !end->spoken) {
        end->spoken = true;
        return segment(client, PUSH | ACK, "\xff\xf1", 2);
    }
    if (speaks && due_bytes == 0) {
        return client < script.clients ? NULL : segment(client, PUSH | ACK, part, sizeof part - 1);
    }
    if (speaks && client < script.senders) {
        if (text[0] == '\0') {
            for (size_t i = 0; i < sizeof text; i++) {
                text[i] = i % LINE_BYTES == LINE_BYTES - 1 ? '\n' : (char)('a' + i % 26);
            }
        }
        return segment(client, PUSH | ACK, text, script.lines / script.parts * (size_t)LINE_BYTES);
    }
    return end->open && !end->told ? segment(client, ACK, "", 0) : NULL;
}

static struct pbuf *receive(void)
{
    /* During turns the idle clients receive nothing. */
    unsigned count = due_bytes > 0 ? script.clients : came;
    while (next_client < count) {
        struct pbuf *frame = frame_of(next_client++);
        if (frame != NULL) {
            return frame;
        }
    }
    /* Now the server runs. */
    begin_step();
    return NULL;
}

static err_t take(struct pbuf *frame)
{
    const uint8_t *tcp = (const uint8_t *)frame->payload + TCP_AT;

    uint32_t type = get(tcp - TCP_AT + 12, 2);
    const uint8_t *wanted = tcp - TCP_AT + 38;
    if (type == 0x0806 && get(tcp - TCP_AT + 20, 2) == 1 &&
        memcmp(wanted, server_address, sizeof server_address) != 0) {
        fail("the server asks for an address that it was told");
    }
    if (frame->len < HEADERS || type != 0x0800) {
        return ERR_OK;
    }
    unsigned client = get(tcp + 2, 2) - FIRST_PORT;
    struct end *end = &ends[client];
    uint32_t bytes = frame->tot_len - TCP_AT - (uint32_t)(tcp[12] >> 4) * 4;
    uint32_t number = get(tcp + 4, 4);
    if (client >= came || (tcp[13] & ~(SYN | PUSH | ACK)) != 0) {
        fail("the server ends a connection");
    }
    if (tcp[13] & SYN) {
        end->wanted = number + 1;
        end->open = true;
        end->told = false;
    } else if (bytes > 0) {
        if (number != end->wanted) {
            fail("the server sends a segment again, or leaves one out");
        }
        end->wanted += bytes;
        end->told = false;
        had_bytes += bytes;
    }
    return ERR_OK;
}

/* --- The rest of a wire ------------------------------------------------------------ */

static int open_wire(const char *detail, const struct port_config *config,
                     const struct addresses *addresses)
{
    (void)detail;
    (void)config;
    (void)addresses;
    return LWCHAT_OK;
}

static int no_input(void)
{
    return -1;
}

static void nothing(void)
{
}

static bool no_sleep(int watch, int timeout_ms)
{
    (void)watch;
    (void)timeout_ms;
    return false;
}

static bool offloads(void)
{
    return true;
}

static void describe(char *text, size_t bytes)
{
    (void)snprintf(text, bytes, "a script");
}

static bool reach(struct port_reach *reach)
{
    (void)reach;
    return false;
}

static const struct wire_defaults defaults = {.server = "192.168.7.2/16",
                                              .client = "192.168.7.3/16",
                                              .gateway = "192.168.7.1",
                                              .dns = NULL,
                                              .localhost = NULL};

/* Replaces the one of tap.c. */
const struct wire wire_tap = {.defaults = &defaults,
                              .open = open_wire,
                              .input = no_input,
                              .turn = nothing,
                              .receive = receive,
                              .offloads = offloads,
                              .send = take,
                              .sleep = no_sleep,
                              .describe = describe,
                              .reach = reach,
                              .close = nothing};

static int run(void *arg)
{
    static const struct lwchat_config config = {
        .name = "Marcel", .max_sessions = LWCHAT_MAX_SESSIONS, .port = SERVER_PORT, .quiet = true};

    (void)arg;
    return server_run(&server, &config);
}

static unsigned number(const char *text, unsigned most)
{
    unsigned long value = strtoul(text, NULL, 10);

    if (value < 1 || value > most) {
        fail("usage: work CLIENTS SENDERS LINES WARM TURNS IDLE PARTS");
    }
    return (unsigned)value;
}

int main(int argc, char *argv[])
{
    static const struct port_config config = {.net = "tap:script", .serve = SERVER_PORT};

    if (argc != 8) {
        fail("usage: work CLIENTS SENDERS LINES WARM TURNS IDLE PARTS");
    }
    script.clients = number(argv[1], CLIENTS);
    script.senders = number(argv[2], script.clients);
    script.lines = number(argv[3], LINES);
    script.warm = number(argv[4], 1000000);
    script.turns = number(argv[5], 1000000);
    script.idle = (unsigned)strtoul(argv[6], NULL, 10);
    script.parts = number(argv[7], script.lines);
    if (script.clients + script.idle > CLIENTS) {
        fail("too many clients");
    }
    if (port_start(&config, run, NULL) < 0) {
        fail(port_reason());
    }
    return 0;
}

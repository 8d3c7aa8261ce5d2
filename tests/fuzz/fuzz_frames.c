/*
 * Ethernet frames into the port and lwIP as configured, with IPv6 and mDNS: the
 * fuzzer's wire replaces the TAP interface. Some frames are its raw bytes; others
 * get valid checksums and sequence numbers, so that they pass the first checks. A
 * server accepts, echoes and closes. lwIP's pools must be as at the start once all
 * connections are closed.
 */
#include "fuzz.h"

#include "../../port/linux/frames.h"
#include "../../port/linux/wire.h"
#include "lwchat_error.h"
#include "net/sock.h"

#include "lwip/netif.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcpip.h"

#include <stdbool.h>
#include <string.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *data, size_t bytes));

enum {
    PORT = 50000,
    PEERS = 8,
    FIRST_PEER_PORT = 1000,
    CONNECTIONS = 16,
    POOLS = 32,
    HEADER_BYTES = 14 + 20,
    HEADER6_BYTES = 14 + 40,
    QUEUE = 256
};
enum { TCP = 6, UDP = 17, ICMP = 1, ICMP6 = 58 };
enum { MDNS_PORT = 5353, DNS_HEADER_BYTES = 12 };

static const uint8_t peer_mac[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t peer_ip[4] = {192, 168, 7, 1};
static const uint8_t server_ip[4] = {192, 168, 7, 2};
static const uint8_t mdns_ip[4] = {224, 0, 0, 251};
static const uint8_t peer_ip6[16] = {0xfe, 0x80, [15] = 1};
static const uint8_t all_nodes_ip6[16] = {0xff, 2, [15] = 1};
static const uint8_t mdns_ip6[16] = {0xff, 2, [15] = 0xfb};

/* The minimal state of the remote ends of TCP connections. */
static struct peer {
    uint32_t sent; /* sequence number of what it sends next */
    uint32_t seen; /* sequence number that it expects next */
} peer[PEERS];

static struct {
    size_t bytes;
    uint8_t data[FRAME_BYTES];
} queue[QUEUE];
static unsigned queued, taken;

static int listener;
static int connection[CONNECTIONS];

/* --- The wire -------------------------------------------------------------------- */

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value);
}

/* Updates the peers' sequence numbers from the segments that the stack sends. */
static err_t wire_send(struct pbuf *frame)
{
    uint8_t head[HEADER_BYTES + 20];

    if (pbuf_copy_partial(frame, head, sizeof head, 0) == sizeof head && head[12] == 8 &&
        head[23] == TCP) {
        unsigned to = (unsigned)head[36] << 8 | head[37];
        uint32_t bytes = ((uint32_t)head[16] << 8 | head[17]) - 20U - (uint32_t)(head[46] >> 4) * 4;
        bytes += (head[47] & 1U) + (head[47] >> 1 & 1U);
        if (to >= FIRST_PEER_PORT && to < FIRST_PEER_PORT + PEERS) {
            peer[to - FIRST_PEER_PORT].seen = get32(head + 38) + bytes;
        }
    }
    return ERR_OK;
}

static struct pbuf *wire_receive(void)
{
    struct pbuf *frame = taken < queued ? frames_copy(queue[taken].data, queue[taken].bytes) : NULL;

    taken += frame != NULL;
    return frame;
}

static int wire_open(const char *detail, const struct port_config *config,
                     const struct addresses *addresses)
{
    (void)detail;
    (void)config;
    (void)addresses;
    return LWCHAT_OK;
}

static int wire_input(void)
{
    return -1;
}

static void wire_turn(void)
{
}

static bool wire_sleep(int watch, int timeout_ms)
{
    (void)watch;
    (void)timeout_ms;
    return true;
}

static void wire_describe(char *text, size_t bytes)
{
    (void)snprintf(text, bytes, "the fuzzer's wire");
}

static bool wire_reach(struct port_reach *reach)
{
    (void)reach;
    return false;
}

static const struct wire_defaults defaults = {
    .server = "192.168.7.2/24", .client = "192.168.7.3/24", .gateway = "192.168.7.1"};

#define WIRE                                                                                       \
    {                                                                                              \
        .defaults = &defaults, .moves = true, .open = wire_open, .input = wire_input,              \
        .turn = wire_turn, .receive = wire_receive, .send = wire_send, .sleep = wire_sleep,        \
        .describe = wire_describe, .reach = wire_reach, .close = wire_turn                         \
    }
const struct wire wire_tap = WIRE;
const struct wire wire_user = WIRE;

/* --- Frames ------------------------------------------------------------------------ */

static uint8_t *new_frame(void)
{
    static uint8_t lost[FRAME_BYTES];

    return queued < QUEUE ? queue[queued].data : lost;
}

static void end_frame(size_t bytes)
{
    if (queued < QUEUE) {
        queue[queued++].bytes = bytes;
    }
}

static uint32_t add_words(uint32_t sum, const uint8_t *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        sum += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
    }
    return sum;
}

static uint32_t fold(uint32_t sum)
{
    while (sum > 0xFFFF) {
        sum = (sum >> 16) + (sum & 0xFFFF);
    }
    return ~sum & 0xFFFF;
}

static void put_ethernet(uint8_t *frame, unsigned type)
{
    memset(frame, 0xFF, 6);
    memcpy(frame + 6, peer_mac, 6);
    put16(frame + 12, type);
}

/* An IPv4 header before `bytes` bytes that are in place. */
static void put_ip(uint8_t *frame, const uint8_t *to, unsigned protocol, size_t bytes)
{
    uint8_t *ip = frame + 14;

    put_ethernet(frame, 0x0800);
    memset(ip, 0, 20);
    ip[0] = 0x45;
    put16(ip + 2, (uint32_t)(20 + bytes));
    ip[8] = 255;
    ip[9] = (uint8_t)protocol;
    memcpy(ip + 12, peer_ip, 4);
    memcpy(ip + 16, to, 4);
    put16(ip + 10, fold(add_words(0, ip, 20)));
    end_frame(HEADER_BYTES + bytes);
}

/* An IPv6 header before `bytes` bytes that are in place. */
static void put_ip6(uint8_t *frame, const uint8_t *to, unsigned protocol, size_t bytes)
{
    uint8_t *ip = frame + 14;

    put_ethernet(frame, 0x86DD);
    memset(ip, 0, 8);
    ip[0] = 0x60;
    put16(ip + 4, (uint32_t)bytes);
    ip[6] = (uint8_t)protocol;
    ip[7] = 255;
    memcpy(ip + 8, peer_ip6, 16);
    memcpy(ip + 24, to, 16);
    end_frame(HEADER6_BYTES + bytes);
}

static uint32_t sum_with_ends(const uint8_t *to, const uint8_t *at, unsigned protocol, size_t bytes)
{
    uint32_t sum = add_words(add_words(protocol + (uint32_t)bytes, peer_ip, 4), to, 4);

    return fold(add_words(sum, at, bytes));
}

static uint32_t sum_with_ends6(const uint8_t *to, const uint8_t *at, unsigned protocol,
                               size_t bytes)
{
    uint32_t sum = add_words(add_words(protocol + (uint32_t)bytes, peer_ip6, 16), to, 16);

    return fold(add_words(sum, at, bytes));
}

static void make_raw(struct fuzz_input *input)
{
    const uint8_t *bytes;
    size_t n = fuzz_bytes(input, fuzz_number(input, 255) * 6, &bytes);

    memcpy(new_frame(), bytes, n < FRAME_BYTES ? n : FRAME_BYTES);
    end_frame(n < FRAME_BYTES ? n : FRAME_BYTES);
}

static void make_arp(struct fuzz_input *input)
{
    static const uint8_t question[] = {0, 1, 8, 0, 6, 4, 0};
    const uint8_t *bytes;
    size_t n = fuzz_bytes(input, fuzz_number(input, 28), &bytes);
    uint8_t *frame = new_frame(), *arp = frame + 14;

    put_ethernet(frame, 0x0806);
    memset(arp, 0, 28);
    memcpy(arp, question, sizeof question);
    arp[7] = 1;
    memcpy(arp + 8, peer_mac, 6);
    memcpy(arp + 14, peer_ip, 4);
    memcpy(arp + 24, server_ip, 4);
    /* The fuzzer's bytes replace the end of the packet. */
    memcpy(arp + 28 - n, bytes, n);
    end_frame(14 + 28);
}

static void make_datagram(struct fuzz_input *input, unsigned protocol)
{
    const uint8_t *bytes;
    size_t n = fuzz_bytes(input, fuzz_number(input, 200), &bytes);
    uint8_t *frame = new_frame(), *at = frame + HEADER_BYTES;

    memcpy(at, bytes, n);
    if (protocol == ICMP && n >= 4) {
        put16(at + 2, 0);
        put16(at + 2, fold(add_words(0, at, n)));
    } else if (protocol == UDP && n >= 8) {
        put16(at + 4, (uint32_t)n);
        put16(at + 6, 0);
        put16(at + 6, sum_with_ends(server_ip, at, UDP, n));
    }
    put_ip(frame, server_ip, protocol, n);
}

/* Where to: the server's own address of IPv6, or one of a group that it is in. */
static const uint8_t *choose_ip6(struct fuzz_input *input)
{
    return fuzz_byte(input) & 1 ? all_nodes_ip6
                                : (const uint8_t *)netif_ip6_addr(netif_default, 0)->addr;
}

/* With the extension headers and fragments that `protocol` may announce. */
static void make_datagram6(struct fuzz_input *input, unsigned protocol)
{
    const uint8_t *to = choose_ip6(input), *bytes;
    size_t n = fuzz_bytes(input, fuzz_number(input, 200), &bytes);
    uint8_t *frame = new_frame(), *at = frame + HEADER6_BYTES;

    memcpy(at, bytes, n);
    if (protocol == ICMP6 && n >= 4) {
        put16(at + 2, 0);
        put16(at + 2, sum_with_ends6(to, at, ICMP6, n));
    }
    put_ip6(frame, to, protocol, n);
}

/* A packet of mDNS, or an old resolver's, which is answered to its own port. */
static void make_mdns(struct fuzz_input *input)
{
    uint8_t how = fuzz_byte(input);
    bool v6 = how & 1;
    const uint8_t *bytes;
    size_t n = fuzz_bytes(input, fuzz_number(input, 500), &bytes);
    uint8_t *frame = new_frame(), *udp = frame + (v6 ? HEADER6_BYTES : HEADER_BYTES);
    uint8_t *dns = udp + 8;

    /* A header with one record of the kind that the input names, in front of its bytes. */
    memset(dns, 0, DNS_HEADER_BYTES);
    dns[2] = how & 2 ? 0x84 : 0;
    dns[5 + 2 * (how >> 2 & 3)] = 1;
    memcpy(dns + DNS_HEADER_BYTES, bytes, n);
    n += 8 + DNS_HEADER_BYTES;
    put16(udp, how & 16 ? FIRST_PEER_PORT : MDNS_PORT);
    put16(udp + 2, MDNS_PORT);
    put16(udp + 4, (uint32_t)n);
    put16(udp + 6, 0);
    if (v6) {
        put16(udp + 6, sum_with_ends6(mdns_ip6, udp, UDP, n));
        put_ip6(frame, mdns_ip6, UDP, n);
    } else {
        put16(udp + 6, sum_with_ends(mdns_ip, udp, UDP, n));
        put_ip(frame, mdns_ip, UDP, n);
    }
}

static void make_packet(struct fuzz_input *input, unsigned kind)
{
    switch (kind) {
    case 1:
        make_datagram(input, UDP);
        break;
    case 2:
        make_mdns(input);
        break;
    case 3:
        make_datagram6(input, ICMP6);
        break;
    case 4:
        make_datagram6(input, fuzz_byte(input));
        break;
    default:
        make_datagram(input, ICMP);
        break;
    }
}

static void make_segment(struct fuzz_input *input)
{
    struct peer *from = &peer[fuzz_number(input, PEERS - 1)];
    uint8_t flags = fuzz_byte(input);
    int8_t shift = (int8_t)fuzz_byte(input);
    unsigned option_words = fuzz_number(input, 10);
    size_t text_bytes = fuzz_number(input, 1400);
    const uint8_t *options, *text;
    uint8_t *frame = new_frame(), *tcp = frame + HEADER_BYTES;

    size_t n = fuzz_bytes(input, option_words * 4, &options);
    memset(tcp, 0, 20 + option_words * 4);
    memcpy(tcp + 20, options, n);
    n = 20 + option_words * 4;
    text_bytes = fuzz_bytes(input, text_bytes, &text);
    memcpy(tcp + n, text, text_bytes);
    n += text_bytes;
    put16(tcp, (uint32_t)(FIRST_PEER_PORT + (from - peer)));
    put16(tcp + 2, PORT);
    put32(tcp + 4, from->sent + (uint32_t)(int32_t)shift);
    put32(tcp + 8, from->seen);
    tcp[12] = (uint8_t)((5 + option_words) << 4);
    tcp[13] = flags & 0x3F;
    put16(tcp + 14, flags & 0x80 ? fuzz_byte(input) : 20000);
    put16(tcp + 16, sum_with_ends(server_ip, tcp, TCP, n));
    put_ip(frame, server_ip, TCP, n);
    if (shift == 0) {
        from->sent += (uint32_t)text_bytes + (flags & 1U) + (flags >> 1 & 1U);
    }
}

/* --- The server ---------------------------------------------------------------------- */

static void feed(void)
{
    while (taken < queued) {
        port_wait(0);
    }
    queued = taken = 0;
}

static void serve_one(int *sock, unsigned how)
{
    char text[256];
    int n = sock_peek(*sock, text, sizeof text);

    if (n > 0) {
        sock_skip(*sock, text, (size_t)n);
        n = sock_send(*sock, text, (size_t)n);
    }
    if (n == 0) {
        (void)sock_finish(*sock);
    }
    if (n == 0 || how == 1) {
        sock_close(*sock);
        *sock = -1;
    } else if (n == LWCHAT_GONE || how == 2) {
        (void)sock_abort(*sock);
        *sock = -1;
    } else if (how == 3) {
        (void)sock_finish(*sock);
    }
}

static void serve(unsigned how)
{
    struct sock_address from;

    feed();
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        if (connection[i] < 0) {
            connection[i] = sock_accept(listener, &from);
        }
        if (connection[i] >= 0) {
            serve_one(&connection[i], i == how / 4 ? how % 4 : 0);
        }
    }
}

/* --- Afterwards ------------------------------------------------------------------------ */

static void close_all(void)
{
    struct sock_address from;

    for (unsigned i = 0; i < CONNECTIONS; i++) {
        if (connection[i] >= 0) {
            (void)sock_abort(connection[i]);
            connection[i] = -1;
        }
    }
    for (int sock; (sock = sock_accept(listener, &from)) >= 0;) {
        (void)sock_abort(sock);
    }
    LOCK_TCPIP_CORE();
    while (tcp_active_pcbs != NULL) {
        tcp_abort(tcp_active_pcbs);
    }
    while (tcp_tw_pcbs != NULL) {
        tcp_abort(tcp_tw_pcbs);
    }
    UNLOCK_TCPIP_CORE();
    for (int sock; (sock = sock_accept(listener, &from)) >= 0;) {
        (void)sock_abort(sock);
    }
}

static bool is_about_connections(const char *name)
{
    static const char *const names[] = {"TCP_PCB", "TCP_SEG", "NETCONN", "NETBUF"};

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Connections must have released everything they used. */
static void check_pools(void)
{
    static uint32_t first[POOLS];
    static bool known;
    struct port_pool pool;

    for (unsigned i = 0; i < POOLS && port_pool(i, &pool); i++) {
        if (!known) {
            first[i] = pool.used;
        } else if (is_about_connections(pool.name) && pool.used > first[i]) {
            fprintf(stderr, "%s: %u used, %u at the start\n", pool.name, (unsigned)pool.used,
                    (unsigned)first[i]);
            abort();
        }
    }
    known = true;
}

static int one_input(const uint8_t *data, size_t bytes)
{
    struct fuzz_input input = {data, bytes};
    struct fuzz_input none = {data, 0};

    check_pools();
    memset(peer, 0, sizeof peer);
    make_arp(&none);
    while (input.left > 0) {
        uint8_t what = fuzz_byte(&input);
        switch (what & 7) {
        case 0:
            make_raw(&input);
            break;
        case 1:
            make_arp(&input);
            break;
        case 2:
            make_packet(&input, what >> 3 & 7);
            break;
        case 3:
            make_datagram(&input, what >> 3);
            break;
        case 4:
            serve(what >> 3);
            break;
        default:
            make_segment(&input);
            feed();
            break;
        }
    }
    serve(0);
    close_all();
    check_pools();
    return 0;
}

static struct arguments {
    int count;
    char **texts;
} arguments;

static int run(void *arg)
{
    static const struct port_service service = {"Marcel", PORT, 80, 3};
    struct arguments *given = arg;

    listener = sock_listen(PORT, CONNECTIONS);
    FUZZ_PROMISE(listener >= 0);
    while (!ip6_addr_isvalid(netif_ip6_addr_state(netif_default, 0))) {
        port_wait(100); /* until it has probed for its address */
    }
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        connection[i] = -1;
    }
    port_publish(&service);
    return LLVMFuzzerRunDriver(&given->count, &given->texts, one_input);
}

int main(int argc, char *argv[])
{
    const struct port_config config = {.net = "tap:fuzz", .serve = PORT};

    arguments = (struct arguments){argc, argv};
    int result = port_start(&config, run, &arguments);
    if (result < 0) {
        fprintf(stderr, "%s\n", port_reason());
        return 1;
    }
    return result;
}

/*
 * One test for each patch in port/lwip/patches, with the name of its file: each
 * passes with the patch, and fails without. CMakeLists.txt runs them on the
 * patched lwIP, and expects them to fail on the released lwIP.
 *
 * usage: stack PATCH
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#include "lwip/apps/mdns.h"
#include "lwip/apps/mdns_out.h"
#include "lwip/apps/mdns_priv.h"
#include "lwip/etharp.h"
#include "lwip/ethip6.h"
#include "lwip/inet_chksum.h"
#include "lwip/init.h"
#include "lwip/nd6.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/icmp6.h"
#include "lwip/tcp.h"
#include "netif/ethernet.h"
#include "tcp_isn.h"

enum { OUR_PORT = 50000, THEIR_PORT = 40000, HEADERS = 54, RECEIVED = 1000, ACKNOWLEDGED = 2000 };

static const uint8_t our_mac[6] = {2, 0, 0, 0, 0, 1};
static const uint8_t their_mac[6] = {2, 0, 0, 0, 0, 2};

/* Both ends of the connection that the functions below refer to. */
struct ends {
    uint32_t remote, local;
    uint16_t remote_port, local_port;
};

static const struct ends usual = {0xC0A80701, 0xC0A80702, THEIR_PORT, OUR_PORT};
static struct ends ends;
static struct netif interface;
static uint8_t sent[1600];
static size_t sent_bytes;

/* --- Required by lwIP's port -------------------------------------------------- */

_Noreturn void port_panic(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    exit(1);
}

unsigned int random_word(void)
{
    return (unsigned int)rand();
}

/* --- A wire --------------------------------------------------------------------- */

static err_t keep(struct netif *netif, struct pbuf *frame)
{
    (void)netif;
    sent_bytes = pbuf_copy_partial(frame, sent, sizeof(sent), 0);
    return ERR_OK;
}

static err_t start(struct netif *netif)
{
    netif->output = etharp_output;
    netif->linkoutput = keep;
    netif->mtu = 1500;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
                   NETIF_FLAG_IGMP | NETIF_FLAG_LINK_UP;
    netif->hwaddr_len = sizeof(our_mac);
    memcpy(netif->hwaddr, our_mac, sizeof(our_mac));
    return ERR_OK;
}

static void put(uint8_t *at, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        at[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
    }
}

/* An ARP request from a neighbour, which puts it into the ARP table. */
static void receive_arp(uint32_t address)
{
    struct pbuf *frame = pbuf_alloc(PBUF_RAW, 60, PBUF_RAM);
    uint8_t *arp = (uint8_t *)frame->payload + 14;

    memset(frame->payload, 0, 60);
    memset(frame->payload, 0xFF, 6);
    memcpy((uint8_t *)frame->payload + 6, their_mac, 6);
    put(arp - 2, 0x0806, 2);
    put(arp, 0x00010800, 4);
    put(arp + 4, 0x06040001, 4);
    memcpy(arp + 8, their_mac, 6);
    put(arp + 14, address, 4);
    put(arp + 24, usual.local, 4);
    interface.input(frame, &interface);
}

static void bring_up(void)
{
    ip4_addr_t address, mask, gateway;

    IP4_ADDR(&address, 192, 168, 7, 2);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 192, 168, 7, 1);
    ends = usual;
    lwip_init();
    lwip_init_tcp_isn(0, (const u8_t *)"sixteen secrets!");
    netif_add(&interface, &address, &mask, &gateway, NULL, start, ethernet_input);
    netif_set_default(&interface);
    netif_set_up(&interface);
    receive_arp(usual.remote);
}

/* Receives a segment of the connection from the gateway, in memory of exactly its size. */
static void receive(uint8_t flags, uint32_t sequence, uint16_t window, const uint8_t *options,
                    size_t option_bytes)
{
    uint8_t frame[HEADERS + 40] = {0};
    uint8_t *ip = frame + 14, *tcp = frame + 34;
    size_t tcp_bytes = 20 + option_bytes;
    ip_addr_t from, to;

    memcpy(frame, our_mac, 6);
    memcpy(frame + 6, their_mac, 6);
    put(frame + 12, 0x0800, 2);
    put(ip, 0x45000000U + 20 + (uint32_t)tcp_bytes, 4);
    put(ip + 8, 0x40060000, 4);
    put(ip + 12, ends.remote, 4);
    put(ip + 16, ends.local, 4);
    put(ip + 10, lwip_ntohs(inet_chksum(ip, 20)), 2);
    put(tcp, ends.remote_port, 2);
    put(tcp + 2, ends.local_port, 2);
    put(tcp + 4, sequence, 4);
    put(tcp + 8, flags & TCP_ACK ? ACKNOWLEDGED : 0, 4);
    put(tcp + 12, (uint32_t)(tcp_bytes / 4) << 12 | flags, 2);
    put(tcp + 14, window, 2);
    if (option_bytes > 0) {
        memcpy(tcp + 20, options, option_bytes);
    }
    ip_addr_set_ip4_u32(&from, lwip_htonl(ends.remote));
    ip_addr_set_ip4_u32(&to, lwip_htonl(ends.local));

    struct pbuf *segment = pbuf_alloc(PBUF_RAW, (u16_t)tcp_bytes, PBUF_RAM);
    memcpy(segment->payload, tcp, tcp_bytes);
    put(tcp + 16, lwip_ntohs(ip_chksum_pseudo(segment, IP_PROTO_TCP, (u16_t)tcp_bytes, &from, &to)),
        2);
    pbuf_free(segment);

    /* lwIP rounds allocations up to eight bytes: with an offset of two, none is left over. */
    struct pbuf *whole = pbuf_alloc(PBUF_RAW, (u16_t)(2 + 34 + tcp_bytes), PBUF_RAM);
    pbuf_remove_header(whole, 2);
    memcpy(whole->payload, frame, 34 + tcp_bytes);
    sent_bytes = 0;
    interface.input(whole, &interface);
}

static void receive_syn(uint32_t sequence, const uint8_t *options, size_t option_bytes)
{
    receive(TCP_SYN, sequence, 8192, options, option_bytes);
}

static bool sent_flags(uint8_t flags)
{
    return sent_bytes >= HEADERS && (sent[47] & 0x3F) == flags;
}

static err_t welcome(void *arg, struct tcp_pcb *pcb, err_t error)
{
    (void)arg;
    (void)pcb;
    return error;
}

static struct tcp_pcb *listen_here(void)
{
    struct tcp_pcb *pcb = tcp_new();

    tcp_bind(pcb, IP_ADDR_ANY, OUR_PORT);
    pcb = tcp_listen(pcb);
    tcp_accept(pcb, welcome);
    return pcb;
}

/* --- The patches ------------------------------------------------------------------ */

/* A network of 65,534 neighbours. */
static void widen_network(void)
{
    ip4_addr_t mask;

    IP4_ADDR(&mask, 255, 255, 0, 0);
    netif_set_netmask(&interface, &mask);
}

/* Whether a packet to a neighbour is sent at once, instead of waiting for its MAC. */
static bool reaches_neighbour(uint32_t address)
{
    struct pbuf *packet = pbuf_alloc(PBUF_IP, 20, PBUF_RAM);
    ip4_addr_t to = {.addr = lwip_htonl(address)};

    memset(packet->payload, 0, 20);
    sent_bytes = 0;
    (void)etharp_output(&interface, packet, &to);
    pbuf_free(packet);
    return sent_bytes > 14 && sent[12] == 0x08 && sent[13] == 0x00;
}

enum { NEIGHBOURS = ARP_TABLE_SIZE / 2, FEW = 16 };

/* In consecutive ranges, as routers lease addresses. */
static uint32_t neighbour(unsigned number)
{
    return 0xC0A80A01 + number / 200 * 256 + number % 200;
}

/* The address field of its entry in lwIP's ARP table. */
static const uint8_t *place_of(uint32_t address, ssize_t *index)
{
    ip4_addr_t wanted = {.addr = lwip_htonl(address)};
    const ip4_addr_t *at = NULL;
    struct eth_addr *station;

    *index = etharp_find_addr(&interface, &wanted, &station, &at);
    return (const uint8_t *)at;
}

/* Among many neighbours lwIP touches only a few entries around the one that a packet is for. */
static bool etharp_hash(void)
{
    static const uint8_t *places[NEIGHBOURS];
    static ssize_t indices[NEIGHBOURS];
    unsigned found = 0;

    bring_up();
    widen_network();
    for (unsigned i = 0; i < NEIGHBOURS; i++) {
        receive_arp(neighbour(i));
    }
    for (unsigned i = 0; i < NEIGHBOURS; i++) {
        places[i] = place_of(neighbour(i), &indices[i]);
    }
    (void)reaches_neighbour(neighbour(NEIGHBOURS - 1));
    for (unsigned i = 0; i < NEIGHBOURS; i++) {
        for (unsigned other = 0; other < NEIGHBOURS; other++) {
            ssize_t before = (indices[i] - indices[other] + ARP_TABLE_SIZE) % ARP_TABLE_SIZE;
            /* The entry used for the previous packet is always checked. */
            if (before > FEW && (other + 1) % NEIGHBOURS != i) {
                ASAN_POISON_MEMORY_REGION(places[other], 8);
            }
        }
        found += reaches_neighbour(neighbour(i));
        for (unsigned other = 0; other < NEIGHBOURS; other++) {
            ASAN_UNPOISON_MEMORY_REGION(places[other], 8);
        }
    }
    return found == NEIGHBOURS;
}

/* Entries of present neighbours stay, however many requests for absent ones there are. */
static bool etharp_recycle(void)
{
    bool known = true;

    bring_up();
    widen_network();
    for (unsigned i = 0; i < NEIGHBOURS; i++) {
        receive_arp(neighbour(i));
    }
    etharp_tmr();
    for (unsigned i = 0; i < 2 * ARP_TABLE_SIZE; i++) {
        (void)reaches_neighbour(0xC0A84001 + i);
    }
    for (unsigned i = 0; i < NEIGHBOURS; i++) {
        known = known && reaches_neighbour(neighbour(i));
    }
    /* And even if present neighbours fill the table, another one gets an entry. */
    for (unsigned i = 0; i < ARP_TABLE_SIZE; i++) {
        receive_arp(neighbour(i));
    }
    etharp_tmr();
    receive_arp(neighbour(ARP_TABLE_SIZE));
    return known && reaches_neighbour(neighbour(ARP_TABLE_SIZE));
}

/* --- IPv6 --- */

enum { V6_HEADERS = 14 + 40, MESSAGE = 24, LLADDR_OPTION = 8 };

/* fe80::1:NUMBER */
static ip6_addr_t neighbour6(unsigned number)
{
    ip6_addr_t address;

    IP6_ADDR(&address, PP_HTONL(0xFE800000UL), 0, PP_HTONL(1), lwip_htonl(number));
    ip6_addr_assign_zone(&address, IP6_UNICAST, &interface);
    return address;
}

static void bring_up6(void)
{
    bring_up();
    interface.output_ip6 = ethip6_output;
    netif_create_ip6_linklocal_address(&interface, 1);
    netif_ip6_addr_set_state(&interface, 0, IP6_ADDR_PREFERRED);
}

/* Allocates a frame with an IPv6 header before `bytes` bytes, in memory of exactly its size. */
static struct pbuf *new_frame6(const ip6_addr_t *own, unsigned from, uint8_t next, size_t bytes)
{
    const ip6_addr_t source = neighbour6(from);
    size_t all = V6_HEADERS + bytes, front = (8 - all % 8) % 8;
    struct pbuf *frame = pbuf_alloc(PBUF_RAW, (u16_t)(front + all), PBUF_RAM);

    pbuf_remove_header(frame, front);
    uint8_t *start = frame->payload;
    memcpy(start, our_mac, 6);
    memcpy(start + 6, their_mac, 6);
    put(start + 12, 0x86DD6000, 4);
    put(start + 16, 0, 2);
    put(start + 18, (uint32_t)bytes, 2);
    put(start + 20, (uint32_t)next << 8 | 255, 2);
    memcpy(start + 22, source.addr, 16);
    memcpy(start + 38, own->addr, 16);
    return frame;
}

static void receive6_at(const ip6_addr_t *own, unsigned from, uint8_t type, const uint8_t *message,
                        size_t bytes)
{
    const ip6_addr_t source = neighbour6(from);
    struct pbuf *frame = new_frame6(own, from, IP6_NEXTH_ICMP6, bytes);
    uint8_t *icmp = (uint8_t *)frame->payload + V6_HEADERS;

    memcpy(icmp, message, bytes);
    put(icmp, (uint32_t)type << 24, 4);
    pbuf_remove_header(frame, V6_HEADERS);
    put(icmp + 2, lwip_ntohs(ip6_chksum_pseudo(frame, IP6_NEXTH_ICMP6, (u16_t)bytes, &source, own)),
        2);
    pbuf_add_header(frame, V6_HEADERS);
    sent_bytes = 0;
    interface.input(frame, &interface);
}

static void receive6(unsigned from, uint8_t type, const uint8_t *message, size_t bytes)
{
    receive6_at(netif_ip6_addr(&interface, 0), from, type, message, bytes);
}

/* Somebody asks for our address. */
static void receive_ns(unsigned from, const uint8_t *options, size_t bytes)
{
    uint8_t message[MESSAGE + 2 * LLADDR_OPTION] = {0};

    memcpy(message + 8, netif_ip6_addr(&interface, 0)->addr, 16);
    memcpy(message + MESSAGE, options, bytes);
    receive6(from, ICMP6_TYPE_NS, message, MESSAGE + bytes);
}

static const uint8_t source_lladdr[LLADDR_OPTION] = {1, 1, 2, 0, 0, 0, 0, 2};

/* Sends a packet to a neighbour. @return true if that goes out at once, to its MAC. */
static bool reaches6(unsigned neighbour, const uint8_t mac[6])
{
    struct pbuf *packet = pbuf_alloc(PBUF_IP, 40, PBUF_RAM);
    const ip6_addr_t to = neighbour6(neighbour);

    memset(packet->payload, 0, 40);
    sent_bytes = 0;
    (void)ethip6_output(&interface, packet, &to);
    pbuf_free(packet);
    return sent_bytes == V6_HEADERS && memcmp(sent, mac, 6) == 0;
}

/*
 * Extension headers that end before their length, and options that do. Only the sanitizer sees the
 * accesses; without the patch the last packet is accepted, and its next header complained about.
 */
static bool ip6_header_bounds(void)
{
    static const uint8_t kinds[] = {IP6_NEXTH_HOPBYHOP, IP6_NEXTH_DESTOPTS, IP6_NEXTH_ROUTING};
    /* Its last byte is the type of an option. */
    static const uint8_t truncated[8] = {253, 0, 1, 3, 0, 0, 0, 30};

    bring_up6();
    receive_ns(1, source_lladdr, sizeof(source_lladdr));
    sent_bytes = 0;
    for (unsigned i = 0; i < sizeof(kinds); i++) {
        /* A whole routing header has no options, and its kind would be complained about. */
        size_t most = sizeof(truncated) - (kinds[i] == IP6_NEXTH_ROUTING);
        for (size_t bytes = 0; bytes <= most; bytes++) {
            struct pbuf *frame = new_frame6(netif_ip6_addr(&interface, 0), 1, kinds[i], bytes);
            memcpy((uint8_t *)frame->payload + V6_HEADERS, truncated, bytes);
            interface.input(frame, &interface);
        }
    }
    return sent_bytes == 0;
}

/* All people on a link are neighbours, and one packet to each goes out at once. */
static bool nd6_indices(void)
{
    enum { PEOPLE = 300 };
    unsigned found = 0;
    uint8_t lladdr[LLADDR_OPTION];

    bring_up6();
    memcpy(lladdr, source_lladdr, sizeof(lladdr));
    for (unsigned i = 0; i < PEOPLE; i++) {
        put(lladdr + 6, i, 2);
        receive_ns(i, lladdr, sizeof(lladdr));
    }
    nd6_tmr();
    for (unsigned i = 0; i < PEOPLE; i++) {
        put(lladdr + 6, i, 2);
        found += reaches6(i, lladdr + 2);
    }
    netif_remove(&interface);
    return found == PEOPLE;
}

/* An advertisement to all takes away an address that is being probed, and no other. */
static bool nd6_duplicate(void)
{
    uint8_t message[MESSAGE] = {0};
    ip6_addr_t all;

    bring_up6();
    ip6_addr_set_allnodes_linklocal(&all);
    ip6_addr_assign_zone(&all, IP6_UNKNOWN, &interface);
    memcpy(message + 8, netif_ip6_addr(&interface, 0)->addr, 16);
    receive6_at(&all, 1, ICMP6_TYPE_NA, message, sizeof(message));
    bool kept = ip6_addr_isvalid(netif_ip6_addr_state(&interface, 0));
    netif_ip6_addr_set_state(&interface, 0, IP6_ADDR_TENTATIVE);
    receive6_at(&all, 1, ICMP6_TYPE_NA, message, sizeof(message));
    return kept && ip6_addr_isduplicated(netif_ip6_addr_state(&interface, 0));
}

/* Pings from forged addresses, whose answers wait for neighbours that do not exist. */
static bool nd6_recycle(void)
{
    static const uint8_t ping[8] = {0};

    bring_up6();
    receive_ns(0, source_lladdr, sizeof(source_lladdr));
    for (unsigned i = 1; i < LWIP_ND6_NUM_NEIGHBORS + 8; i++) {
        receive6(i, ICMP6_TYPE_EREQ, ping, sizeof(ping));
    }
    return reaches6(0, source_lladdr + 2);
}

static bool nd6_options(void)
{
    static const uint8_t nonce_first[2 * LLADDR_OPTION] = {14, 1, 9, 9, 9, 9, 9, 9,
                                                           1,  1, 2, 0, 0, 0, 0, 2};
    static const uint8_t truncated[2] = {1, 0};

    bring_up6();
    receive_ns(1, nonce_first, sizeof(nonce_first));
    if (sent_bytes == 0 || memcmp(sent, their_mac, sizeof(their_mac)) != 0) {
        return false;
    }
    receive_ns(2, truncated, sizeof(truncated));
    return sent_bytes == 0;
}

static bool nd6_pmtu(void)
{
    uint8_t message[8 + 40] = {0};
    const ip6_addr_t to = neighbour6(1);

    bring_up6();
    receive_ns(1, source_lladdr, sizeof(source_lladdr));
    put(message + 8, 0x60000000, 4);
    memcpy(message + 8 + 24, to.addr, 16);
    put(message + 4, 1279, 4);
    receive6(2, ICMP6_TYPE_PTB, message, sizeof(message));
    if (nd6_get_destination_mtu(&to, &interface) != 1500) {
        return false;
    }
    put(message + 4, 1280, 4);
    receive6(2, ICMP6_TYPE_PTB, message, sizeof(message));
    if (nd6_get_destination_mtu(&to, &interface) != 1280) {
        return false;
    }
    put(message + 4, 9000, 4);
    receive6(2, ICMP6_TYPE_PTB, message, sizeof(message));
    return nd6_get_destination_mtu(&to, &interface) == 1280;
}

/* --- TCP --- */

static bool tcp_option_bounds(void)
{
    uint8_t options[40];

    bring_up();
    listen_here();
    /* No-ops, then a kind that needs a length byte, which would be beyond the segment. */
    memset(options, 1, sizeof(options));
    options[39] = 2;
    receive_syn(1, options, sizeof(options));
    return sent_flags(TCP_SYN | TCP_ACK);
}

static unsigned told;

static void be_told(void *arg, err_t error)
{
    (void)arg;
    told += error == ERR_CLSD;
}

static struct tcp_pcb *connection(void)
{
    struct tcp_pcb *pcb = tcp_new();

    ip_addr_set_ip4_u32(&pcb->local_ip, lwip_htonl(ends.local));
    ip_addr_set_ip4_u32(&pcb->remote_ip, lwip_htonl(ends.remote));
    pcb->local_port = ends.local_port;
    pcb->remote_port = ends.remote_port;
    pcb->rcv_nxt = RECEIVED;
    return pcb;
}

/* A connection with an owner that both sides have ended. */
static struct tcp_pcb *ended_connection(void)
{
    struct tcp_pcb *pcb = connection();

    pcb->state = TIME_WAIT;
    tcp_err(pcb, be_told);
    TCP_REG(&tcp_tw_pcbs, pcb);
    return pcb;
}

/* A connection whose peer announces a window of `window` bytes. */
static struct tcp_pcb *open_connection(uint16_t window)
{
    struct tcp_pcb *pcb = connection();

    pcb->state = ESTABLISHED;
    pcb->snd_nxt = pcb->lastack = pcb->snd_lbb = pcb->snd_wl2 = ACKNOWLEDGED;
    pcb->snd_wl1 = RECEIVED;
    pcb->snd_wnd = pcb->snd_wnd_max = window;
    pcb->cwnd = 1;
    TCP_REG_ACTIVE(pcb);
    return pcb;
}

/* The same, with `text` queued. */
static struct tcp_pcb *waiting_connection(uint16_t window, const char *text)
{
    struct tcp_pcb *pcb = open_connection(window);

    (void)tcp_write(pcb, text, (u16_t)strlen(text), TCP_WRITE_FLAG_COPY);
    return pcb;
}

static const char longer[] = "A line that is longer than what comes now allows.\n";

static bool tcp_ack_in_window(void)
{
    static const uint8_t number[4] = {0, 0, ACKNOWLEDGED >> 8, ACKNOWLEDGED & 0xFF};

    bring_up();
    struct tcp_pcb *pcb = waiting_connection(0, longer);
    (void)tcp_zero_window_probe(pcb);
    receive(TCP_ACK, RECEIVED - 1, 0, NULL, 0);
    return pcb->snd_nxt == ACKNOWLEDGED + 1 && sent_flags(TCP_ACK) &&
           memcmp(sent + 38, number, sizeof(number)) == 0;
}

static bool tcp_mss_syn(void)
{
    static const uint8_t options[4] = {2, 4, 0, 8};

    bring_up();
    struct tcp_pcb *pcb = waiting_connection(8192, longer);
    uint16_t mss = pcb->mss;
    receive(TCP_ACK, RECEIVED, 8192, options, sizeof(options));
    return pcb->mss == mss &&
           tcp_write(pcb, longer, sizeof(longer) - 1, TCP_WRITE_FLAG_COPY) == ERR_OK;
}

static bool tcp_window_tiny(void)
{
    bring_up();
    struct tcp_pcb *pcb = waiting_connection(0, longer);
    receive(TCP_ACK, RECEIVED, 4, NULL, 0);
    return pcb->snd_wnd_max == 4 && tcp_write(pcb, "bye", 3, TCP_WRITE_FLAG_COPY) == ERR_OK;
}

/* Whether a segment of the connection reaches `pcb`, by a change of its window. */
static bool reaches(const struct tcp_pcb *pcb)
{
    tcpwnd_size_t window = pcb->snd_wnd + 1;

    receive(TCP_ACK, RECEIVED, (uint16_t)window, NULL, 0);
    return pcb->snd_wnd == window;
}

/* Whether a segment of the connection belongs to no PCB. */
static bool is_unknown(void)
{
    receive(TCP_ACK, RECEIVED, 8192, NULL, 0);
    return sent_flags(TCP_RST | TCP_ACK);
}

static void abort_all(void)
{
    while (tcp_active_pcbs != NULL || tcp_tw_pcbs != NULL) {
        tcp_abort(tcp_active_pcbs != NULL ? tcp_active_pcbs : tcp_tw_pcbs);
    }
}

/* Among many connections lwIP touches only the one that a segment belongs to. */
static bool looks_at_one(void)
{
    enum { COUNT = 100 };
    struct tcp_pcb *pcbs[COUNT];
    bool good = true;

    for (unsigned i = 0; i < COUNT; i++) {
        ends.remote_port = (uint16_t)(THEIR_PORT + i);
        pcbs[i] = i % 2 == 0 ? open_connection(1) : ended_connection();
        ASAN_POISON_MEMORY_REGION(pcbs[i], sizeof(*pcbs[i]));
    }
    for (unsigned i = 0; i < COUNT && good; i++) {
        ends.remote_port = (uint16_t)(THEIR_PORT + i);
        ASAN_UNPOISON_MEMORY_REGION(pcbs[i], sizeof(*pcbs[i]));
        if (i % 2 == 0) {
            good = reaches(pcbs[i]);
        } else {
            receive_syn(RECEIVED - 1, NULL, 0);
            good = sent_flags(TCP_ACK);
        }
        ASAN_POISON_MEMORY_REGION(pcbs[i], sizeof(*pcbs[i]));
    }
    ends.remote_port = THEIR_PORT + COUNT;
    good = good && is_unknown();
    for (unsigned i = 0; i < COUNT; i++) {
        ASAN_UNPOISON_MEMORY_REGION(pcbs[i], sizeof(*pcbs[i]));
    }
    return good;
}

/* A connection belongs to one local address, and may be bound to one interface. */
static bool minds_interface(void)
{
    static struct netif other;
    struct ends there = usual;
    ip4_addr_t address, mask, gateway;
    bool good;

    IP4_ADDR(&address, 192, 168, 8, 2);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 192, 168, 8, 1);
    netif_add(&other, &address, &mask, &gateway, NULL, start, ethernet_input);
    netif_set_up(&other);
    there.local = 0xC0A80802;

    struct tcp_pcb *pcb = open_connection(1);
    ends = there;
    good = is_unknown();
    good = good && reaches(open_connection(1)) && pcb->snd_wnd == 1;
    ends = usual;
    good = good && reaches(pcb);
    tcp_bind_netif(pcb, &other);
    good = good && is_unknown();
    abort_all();
    netif_remove(&other);
    return good;
}

static void be_reset(struct tcp_pcb *pcb)
{
    receive(TCP_RST, pcb->rcv_nxt, 0, NULL, 0);
}

static err_t close_too(void *arg, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
    (void)arg;
    (void)data;
    pcb->rcv_wnd--; /* unread data: closing sends a reset */
    (void)tcp_close(pcb);
    return error;
}

static void be_closed(struct tcp_pcb *pcb)
{
    tcp_recv(pcb, close_too);
    receive(TCP_FIN | TCP_ACK, RECEIVED, 1, NULL, 0);
}

static void wait(void)
{
    tcp_ticks += 2 * TCP_MSL / TCP_SLOW_INTERVAL + 1;
    tcp_slowtmr();
}

static void wait_for_last(struct tcp_pcb *pcb)
{
    pcb->state = LAST_ACK;
    pcb->tmr = tcp_ticks;
    wait();
}

static void end_and_wait(struct tcp_pcb *pcb)
{
    pcb->state = FIN_WAIT_2;
    receive(TCP_FIN | TCP_ACK, RECEIVED, 1, NULL, 0);
    if (pcb->state == TIME_WAIT) {
        wait();
    }
}

/* However a connection ended, it is no longer found, and a new one with its ports is. */
static bool forgets(void)
{
    static void (*const ways[])(struct tcp_pcb *) = {tcp_abort, be_reset, be_closed, wait_for_last,
                                                     end_and_wait};
    bool good = true;

    listen_here();
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        ways[i](open_connection(1));
        good = good && tcp_active_pcbs == NULL && tcp_tw_pcbs == NULL && is_unknown();
        receive_syn(1, NULL, 0);
        good = good && sent_flags(TCP_SYN | TCP_ACK);
        tcp_abort(tcp_active_pcbs);
    }
    return good;
}

/* Each differs from the usual one in one address or port; some share a hash bucket. */
static bool keeps_many(void)
{
    enum { COUNT = 3000 };
    static bool taken[65536];
    static struct ends all[COUNT];
    static struct tcp_pcb *pcbs[COUNT];
    bool good = true;

    for (unsigned i = 0; i < COUNT; i++) {
        uint16_t number;
        do {
            number = (uint16_t)rand();
        } while (taken[number] || number == OUR_PORT || number == THEIR_PORT);
        taken[number] = true;
        ends = usual;
        ends.remote = i % 3 == 0 ? 0x0A000000U | number : ends.remote;
        ends.remote_port = i % 3 == 1 ? number : ends.remote_port;
        ends.local_port = i % 3 == 2 ? number : ends.local_port;
        all[i] = ends;
        pcbs[i] = open_connection(1);
    }
    for (unsigned left = COUNT; left > 0 && good; left--) {
        unsigned leaves = (unsigned)rand() % left;
        ends = all[leaves];
        /* A lookup moves it to the front of its bucket; half are removed without one. */
        good = left % 2 == 0 || reaches(pcbs[leaves]);
        tcp_abort(pcbs[leaves]);
        good = good && is_unknown();
        all[leaves] = all[left - 1];
        pcbs[leaves] = pcbs[left - 1];
    }
    return good;
}

static bool tcp_pcb_hash(void)
{
    static bool (*const parts[])(void) = {looks_at_one, minds_interface, keeps_many, forgets};
    bool good = true;

    bring_up();
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && good; i++) {
        ends = usual;
        good = parts[i]();
        abort_all();
    }
    return good;
}

/* --- mDNS ------------------------------------------------------------------------- */

static void start_mdns(void)
{
    bring_up();
    mdns_resp_init();
    (void)mdns_resp_add_netif(&interface, "lwchat");
    (void)mdns_resp_add_service(&interface, "Marcel", "_lwchat", DNSSD_PROTO_TCP, OUR_PORT, NULL,
                                NULL);
    netif_mdns_data(&interface)->state = MDNS_STATE_COMPLETE;
}

/* Receives a query that is not from the mDNS port, and so is answered by unicast. */
static void receive_query(uint32_t from, const void *query, size_t bytes)
{
    struct pbuf *frame = pbuf_alloc(PBUF_RAW, (u16_t)(42 + bytes), PBUF_RAM);
    uint8_t *ip = (uint8_t *)frame->payload + 14;

    memset(frame->payload, 0, 42);
    memcpy(frame->payload, "\1\0\x5e\0\0\xfb", 6);
    put(ip - 2, 0x0800, 2);
    put(ip, 0x45000000U + 28 + (uint32_t)bytes, 4);
    put(ip + 8, 0xff110000, 4);
    put(ip + 12, from, 4);
    put(ip + 16, 0xE00000FB, 4);
    put(ip + 10, lwip_ntohs(inet_chksum(ip, 20)), 2);
    put(ip + 20, THEIR_PORT, 2);
    put(ip + 22, 5353, 2);
    put(ip + 24, 8 + (uint32_t)bytes, 2);
    memcpy(ip + 28, query, bytes);
    sent_bytes = 0;
    interface.input(frame, &interface);
}

struct query {
    const void *text;
    size_t bytes;
};

static void *receive_there(void *context)
{
    const struct query *query = context;

    receive_query(usual.remote, query->text, query->bytes);
    return NULL;
}

/* @return the bytes of stack that it takes to receive a query. */
static size_t stack_for(const void *text, size_t bytes)
{
    enum { STACK_BYTES = 1 << 20, UNUSED = 0xa5 };
    struct query query = {text, bytes};
    uint8_t *stack = aligned_alloc(4096, STACK_BYTES);
    size_t unused = 0;
    pthread_attr_t attributes;
    pthread_t thread;

    memset(stack, UNUSED, STACK_BYTES);
    (void)pthread_attr_init(&attributes);
    if (pthread_attr_setstack(&attributes, stack, STACK_BYTES) != 0 ||
        pthread_create(&thread, &attributes, receive_there, &query) != 0 ||
        pthread_join(thread, NULL) != 0) {
        exit(1);
    }
    while (stack[unused] == UNUSED) {
        unused++;
    }
    free(stack);
    return STACK_BYTES - unused;
}

/* Another's probe for a name of ours, while we probe, takes about as much stack as a question: the
 * four names that are read at the same time are not there. */
static bool mdns_probe_stack(void)
{
    static const uint8_t question[] = "\0\0\0\0\0\1\0\0\0\0\0\0\6lwchat\5local\0\0\1\0\1";
    static const uint8_t probe[] =
        "\0\0\0\0\0\1\0\0\0\2\0\0\6Marcel\7_lwchat\4_tcp\5local\0\0\xff\0\1"
        "\xc0\x0c\0\x21\0\1\0\0\0\x78\0\x08\0\0\0\0\0\0\xc0\x0c"
        "\xc0\x0c\0\x21\0\1\0\0\0\x78\0\x08\0\0\0\0\0\0\xc0\x0c";
    size_t for_question, for_probe;

    start_mdns();
    for_question = stack_for(question, sizeof question - 1);
    bool answered = sent_bytes > 0;
    netif_mdns_data(&interface)->state = MDNS_STATE_PROBING;
    for_probe = stack_for(probe, sizeof probe - 1);
    printf("stack for a question: %zu, for a probe: %zu\n", for_question, for_probe);
    return answered && for_probe < for_question + 4 * MDNS_DOMAIN_MAXLEN;
}

/* A query with a record that reaches beyond it is not answered. */
static bool mdns_record_length(void)
{
    static const uint8_t query[] =
        "\0\0\0\0\0\1\0\0\0\0\0\0\6lwchat\5local\0\0\1\0\1\0\0\1\0\1\0\0\0\x78\xff\xf5";
    uint8_t wrong[sizeof query - 1];

    start_mdns();
    receive_query(usual.remote, query, sizeof query - 1 - 11);
    bool answered = sent_bytes > 0;
    memcpy(wrong, query, sizeof wrong);
    wrong[7] = 1; /* answers */
    receive_query(usual.remote, wrong, sizeof wrong);
    return answered && sent_bytes == 0;
}

/* An answer to which there is no route does not keep others from being sent. */
static bool mdns_unicast_unsent(void)
{
    static const uint8_t query[] = "\0\0\0\0\0\1\0\0\0\0\0\0\7_lwchat\4_tcp\5local\0\0\x0c\0\1";
    const uint8_t *waits;

    start_mdns();
    waits = &netif_mdns_data(&interface)->ipv4.unicast_msg_in_use;
    netif_set_gw(&interface, IP4_ADDR_ANY4);
    netif_mdns_data(&interface)->state = MDNS_STATE_COMPLETE;
    receive_query(0x0A000001, query, sizeof query - 1);
    bool waited = *waits != 0;
    mdns_send_unicast_msg_delayed_ipv4(&interface);
    return waited && *waits == 0;
}

/* The peer has closed, and acknowledges our FIN: the owner is notified, unless it has closed, too.
 */
static bool tcp_last_ack_owner(void)
{
    bring_up();
    for (unsigned closes = 0; closes <= 1; closes++) {
        struct tcp_pcb *pcb = open_connection(8192);
        pcb->state = CLOSE_WAIT;
        pcb->snd_nxt = pcb->lastack = pcb->snd_lbb = ACKNOWLEDGED - 1;
        tcp_err(pcb, be_told);
        if (closes) {
            (void)tcp_close(pcb);
        } else {
            (void)tcp_shutdown(pcb, 0, 1);
            (void)tcp_shutdown(pcb, 1, 0);
        }
        receive(TCP_ACK, RECEIVED, 8192, NULL, 0);
        if (told != 1 || tcp_active_pcbs != NULL) {
            return false;
        }
    }
    return true;
}

/* A reset before the connection is accepted does not discard the data received on it. */
static bool tcp_reset_unaccepted(void)
{
    bring_up();
    struct tcp_pcb *pcb = open_connection(8192);
    tcp_set_flags(pcb, TF_BACKLOGPEND);
    pcb->rcv_wnd -= 5;
    receive(TCP_RST, RECEIVED, 8192, NULL, 0);
    if (tcp_active_pcbs != pcb) {
        return false;
    }
    /* A connection that is accepted, or has sent nothing, is reset as usual. */
    tcp_clear_flags(pcb, TF_BACKLOGPEND);
    receive(TCP_RST, RECEIVED, 8192, NULL, 0);
    bool accepted_is_reset = tcp_active_pcbs == NULL;
    pcb = open_connection(8192);
    tcp_set_flags(pcb, TF_BACKLOGPEND);
    receive(TCP_RST, RECEIVED, 8192, NULL, 0);
    return accepted_is_reset && tcp_active_pcbs == NULL;
}

static bool tcp_timewait_owner(void)
{
    bring_up();
    tcp_abort(ended_connection());
    if (told != 1) {
        return false;
    }
    ended_connection()->tmr = tcp_ticks;
    tcp_ticks += 2 * TCP_MSL / TCP_SLOW_INTERVAL + 1;
    tcp_slowtmr();
    return told == 2 && tcp_tw_pcbs == NULL;
}

static bool tcp_timewait_syn(void)
{
    static const uint8_t options[4] = {2, 4, 5, 0xb4};

    bring_up();
    listen_here();
    ended_connection();
    receive_syn(RECEIVED - 1, options, sizeof(options));
    if (!sent_flags(TCP_ACK)) {
        return false; /* a delayed old SYN must not open a new connection */
    }
    receive_syn(RECEIVED, options, sizeof(options));
    return sent_flags(TCP_SYN | TCP_ACK);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        bool (*passes)(void);
    } tests[] = {{"etharp-hash", etharp_hash},
                 {"etharp-recycle", etharp_recycle},
                 {"ip6-header-bounds", ip6_header_bounds},
                 {"mdns-probe-stack", mdns_probe_stack},
                 {"mdns-record-length", mdns_record_length},
                 {"mdns-unicast-unsent", mdns_unicast_unsent},
                 {"nd6-duplicate", nd6_duplicate},
                 {"nd6-indices", nd6_indices},
                 {"nd6-options", nd6_options},
                 {"nd6-pmtu", nd6_pmtu},
                 {"nd6-recycle", nd6_recycle},
                 {"tcp-ack-in-window", tcp_ack_in_window},
                 {"tcp-last-ack-owner", tcp_last_ack_owner},
                 {"tcp-mss-syn", tcp_mss_syn},
                 {"tcp-option-bounds", tcp_option_bounds},
                 {"tcp-pcb-hash", tcp_pcb_hash},
                 {"tcp-reset-unaccepted", tcp_reset_unaccepted},
                 {"tcp-timewait-owner", tcp_timewait_owner},
                 {"tcp-timewait-syn", tcp_timewait_syn},
                 {"tcp-window-tiny", tcp_window_tiny}};

    for (size_t i = 0; argc == 2 && i < sizeof(tests) / sizeof(tests[0]); i++) {
        if (strcmp(argv[1], tests[i].name) == 0) {
            return tests[i].passes() ? 0 : 1;
        }
    }
    fprintf(stderr, "stack: there is no test of the patch \"%s\"\n", argc == 2 ? argv[1] : "");
    return 2;
}

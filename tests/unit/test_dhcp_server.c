/*
 * The DHCP server of an access point: against lwIP's own client, over a cable of two interfaces,
 * and against messages that the test writes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../port/wifi/dhcp_server.h"
#include "lwip/def.h"
#include "lwip/dhcp.h"
#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/ip4_addr.h"
#include "lwip/pbuf.h"
#include "lwip/prot/dhcp.h"
#include "lwip/prot/ip4.h"
#include "lwip/prot/udp.h"
#include "lwip/inet_chksum.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"

#define OWN UINT32_C(0xC0A80401) /* 192.168.4.1 */

enum { CLIENTS = 3, MINUTE_MS = 60000, LEASE_S = DHCP_SERVER_LEASE_MIN * 60 };
enum { AT_OPTIONS = 14 + 20 + 8 + 240 };

static uint32_t now_ms = 0x10000;
static struct netif access_point, client[CLIENTS];

/* The server's last answer to the test's own messages. */
static uint8_t answer[1514];
static size_t answer_bytes;

uint32_t sys_now(void)
{
    return now_ms;
}

/* For lwIP's arch/cc.h. */
unsigned int lwip_port_rand(void)
{
    return 4;
}

/* --- The cable ----------------------------------------------------------------- */

static struct {
    struct netif *to;
    struct pbuf *frame;
} on_cable[64];
static unsigned cable_frames;

static void put(struct netif *to, struct pbuf *frame)
{
    struct pbuf *copy = pbuf_clone(PBUF_RAW, PBUF_RAM, frame);

    assert_non_null(copy);
    assert_true(cable_frames < sizeof on_cable / sizeof on_cable[0]);
    on_cable[cable_frames].to = to;
    on_cable[cable_frames++].frame = copy;
}

static err_t from_client(struct netif *netif, struct pbuf *frame)
{
    (void)netif;
    put(&access_point, frame);
    return ERR_OK;
}

static err_t from_access_point(struct netif *netif, struct pbuf *frame)
{
    (void)netif;
    answer_bytes = pbuf_copy_partial(frame, answer, sizeof answer, 0);
    for (unsigned i = 0; i < CLIENTS; i++) {
        if (netif_is_up(&client[i])) {
            put(&client[i], frame);
        }
    }
    return ERR_OK;
}

static void deliver(void)
{
    for (unsigned i = 0; i < cable_frames; i++) {
        if (on_cable[i].to->input(on_cable[i].frame, on_cable[i].to) != ERR_OK) {
            pbuf_free(on_cable[i].frame);
        }
    }
    cable_frames = 0;
}

static void pass(uint32_t ms)
{
    for (uint32_t end = now_ms + ms; (int32_t)(end - now_ms) > 0; now_ms += 50) {
        sys_check_timeouts();
        while (cable_frames > 0) {
            deliver();
        }
    }
}

static err_t plug(struct netif *netif)
{
    netif->linkoutput = netif == &access_point ? from_access_point : from_client;
    netif->output = etharp_output;
    netif->mtu = 1500;
    netif->hwaddr_len = ETH_HWADDR_LEN;
    netif->flags =
        NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

static int set_up(void **state)
{
    ip4_addr_t address, mask;

    (void)state;
    lwip_init();
    IP4_ADDR(&address, 192, 168, 4, 1);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    netif_add(&access_point, &address, &mask, NULL, NULL, plug, ethernet_input);
    memcpy(access_point.hwaddr, "\x02\0\0\0\0\x01", ETH_HWADDR_LEN);
    netif_set_up(&access_point);
    for (unsigned i = 0; i < CLIENTS; i++) {
        netif_add(&client[i], NULL, NULL, NULL, NULL, plug, ethernet_input);
        memcpy(client[i].hwaddr, "\x02\0\0\0\x01\0", ETH_HWADDR_LEN);
        client[i].hwaddr[5] = (uint8_t)i;
    }
    assert_int_equal(dhcp_server_start(&access_point), ERR_OK);
    return 0;
}

static uint32_t address_of(const struct netif *netif)
{
    return lwip_ntohl(ip4_addr_get_u32(netif_ip4_addr(netif)));
}

/* --- Messages of the test's own -------------------------------------------------- */

/* A client of its own, with the options that follow the message type. */
struct message {
    uint8_t type;
    uint8_t station; /* the last octet of its hardware address */
    uint32_t has;    /* ciaddr */
    uint32_t asks;   /* option 50 */
    uint32_t server; /* option 54 */
    const char *id;  /* option 61 */
    uint32_t relay;
    uint8_t op;
};

static size_t add_option(uint8_t *options, size_t at, uint8_t option, const void *value,
                         size_t bytes)
{
    options[at] = option;
    options[at + 1] = (uint8_t)bytes;
    memcpy(options + at + 2, value, bytes);
    return at + 2 + bytes;
}

static size_t add_address(uint8_t *options, size_t at, uint8_t option, uint32_t address)
{
    address = lwip_htonl(address);
    return address != 0 ? add_option(options, at, option, &address, 4) : at;
}

static size_t write_message(const struct message *from, uint8_t *to)
{
    struct dhcp_msg *message = (struct dhcp_msg *)(void *)to;
    uint8_t *options = to + 240;
    size_t at = 0;

    memset(to, 0, 240);
    message->op = from->op != 0 ? from->op : DHCP_BOOTREQUEST;
    message->htype = 1;
    message->hlen = 6;
    message->xid = lwip_htonl(0x12345678);
    memcpy(message->chaddr, "\x02\0\0\0\x02", 5);
    message->chaddr[5] = from->station;
    message->ciaddr.addr = lwip_htonl(from->has);
    message->giaddr.addr = lwip_htonl(from->relay);
    message->cookie = PP_HTONL(DHCP_MAGIC_COOKIE);
    options[at++] = DHCP_OPTION_PAD;
    at = add_option(options, at, DHCP_OPTION_MESSAGE_TYPE, &from->type, 1);
    at = add_option(options, at, DHCP_OPTION_PARAMETER_REQUEST_LIST, "\x01\x03\x06", 3);
    at = add_address(options, at, DHCP_OPTION_REQUESTED_IP, from->asks);
    at = add_address(options, at, DHCP_OPTION_SERVER_ID, from->server);
    if (from->id != NULL) {
        at = add_option(options, at, DHCP_OPTION_CLIENT_ID, from->id, strlen(from->id));
    }
    options[at++] = DHCP_OPTION_END;
    return 240 + at;
}

/* Sends a UDP datagram to the server as a station without an address does. */
static void send_bytes(const uint8_t *payload, size_t bytes)
{
    struct pbuf *frame = pbuf_alloc(PBUF_RAW, (u16_t)(14 + 20 + 8 + bytes), PBUF_RAM);
    uint8_t *to = frame->payload;
    struct ip_hdr ip = {0};
    struct udp_hdr udp = {PP_HTONS(68), PP_HTONS(67), lwip_htons((u16_t)(8 + bytes)), 0};

    memcpy(to, "\xff\xff\xff\xff\xff\xff\x02\0\0\0\x02\0\x08\0", 14);
    IPH_VHL_SET(&ip, 4, 5);
    IPH_LEN_SET(&ip, lwip_htons((u16_t)(28 + bytes)));
    IPH_TTL_SET(&ip, 64);
    IPH_PROTO_SET(&ip, IP_PROTO_UDP);
    ip.dest.addr = IPADDR_BROADCAST;
    memcpy(to + 14, &ip, 20);
    IPH_CHKSUM_SET(&ip, inet_chksum(to + 14, 20));
    memcpy(to + 14, &ip, 20);
    memcpy(to + 34, &udp, 8);
    memcpy(to + 42, payload, bytes);
    answer_bytes = 0;
    if (access_point.input(frame, &access_point) != ERR_OK) {
        pbuf_free(frame);
    }
    deliver();
}

static void send_message(struct message message)
{
    uint8_t bytes[400];

    send_bytes(bytes, write_message(&message, bytes));
}

/* The value of an option of the answer, `bytes` long; NULL if it is not there. */
static const uint8_t *option_of(uint8_t option, uint8_t bytes)
{
    for (size_t at = AT_OPTIONS; at + 1 < answer_bytes && answer[at] != DHCP_OPTION_END;
         at += 2U + answer[at + 1]) {
        if (answer[at] == option) {
            assert_int_equal(answer[at + 1], bytes);
            return answer + at + 2;
        }
    }
    return NULL;
}

static uint32_t number(const uint8_t *from)
{
    assert_non_null(from);
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/* The answer's type; 0 if there was none. */
static uint8_t answered(void)
{
    const uint8_t *type = answer_bytes > AT_OPTIONS ? option_of(DHCP_OPTION_MESSAGE_TYPE, 1) : NULL;

    return type != NULL ? *type : 0;
}

static uint32_t offered_address(void)
{
    return number(answer + 14 + 20 + 8 + 16);
}

/* Both steps. @return the address. */
static uint32_t lease(uint8_t station)
{
    send_message((struct message){.type = DHCP_DISCOVER, .station = station});
    assert_int_equal(answered(), DHCP_OFFER);
    uint32_t address = offered_address();
    send_message(
        (struct message){.type = DHCP_REQUEST, .station = station, .asks = address, .server = OWN});
    assert_int_equal(answered(), DHCP_ACK);
    assert_int_equal(offered_address(), address);
    return address;
}

static void forget_all(void)
{
    pass((DHCP_SERVER_LEASE_MIN + 1) * MINUTE_MS);
}

/* --- Tests -------------------------------------------------------------------------- */

static void test_lwips_own_client(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CLIENTS; i++) {
        netif_set_up(&client[i]);
        assert_int_equal(dhcp_start(&client[i]), ERR_OK);
    }
    pass(5000);
    for (unsigned i = 0; i < CLIENTS; i++) {
        assert_true(dhcp_supplied_address(&client[i]));
        assert_in_range(address_of(&client[i]), OWN + 1, OWN + DHCP_SERVER_LEASES);
        assert_int_equal(ip4_addr_get_u32(netif_ip4_netmask(&client[i])), PP_HTONL(0xFFFFFF00));
        assert_int_equal(ip4_addr_get_u32(netif_ip4_gw(&client[i])), PP_HTONL(OWN));
        for (unsigned j = 0; j < i; j++) {
            assert_int_not_equal(address_of(&client[i]), address_of(&client[j]));
        }
    }
    /* Renewed twice, by datagrams to the server alone. */
    uint32_t had = address_of(&client[1]);
    pass(2U * LEASE_S * 1000U);
    assert_true(dhcp_supplied_address(&client[1]));
    assert_int_equal(address_of(&client[1]), had);
    /* Its address is its own after an absence, too. */
    dhcp_release_and_stop(&client[1]);
    assert_false(dhcp_supplied_address(&client[1]));
    pass(MINUTE_MS);
    assert_int_equal(dhcp_start(&client[1]), ERR_OK);
    pass(5000);
    assert_int_equal(address_of(&client[1]), had);
    for (unsigned i = 0; i < CLIENTS; i++) {
        dhcp_release_and_stop(&client[i]);
        netif_set_down(&client[i]);
    }
    forget_all();
}

static void test_what_an_answer_says(void **state)
{
    const struct dhcp_msg *message = (const struct dhcp_msg *)(const void *)(answer + 42);

    (void)state;
    send_message((struct message){.type = DHCP_DISCOVER, .station = 1, .id = "\1abcdef"});
    assert_int_equal(answered(), DHCP_OFFER);
    assert_memory_equal(answer, "\xff\xff\xff\xff\xff\xff", 6);
    assert_int_equal(number(answer + 14 + 16), 0xFFFFFFFF);
    assert_int_equal(message->op, DHCP_BOOTREPLY);
    assert_int_equal(message->xid, PP_HTONL(0x12345678));
    assert_memory_equal(message->chaddr, "\x02\0\0\0\x02\x01", 6);
    assert_int_equal(number(option_of(DHCP_OPTION_SERVER_ID, 4)), OWN);
    assert_int_equal(number(option_of(DHCP_OPTION_LEASE_TIME, 4)), LEASE_S);
    assert_int_equal(number(option_of(DHCP_OPTION_SUBNET_MASK, 4)), 0xFFFFFF00);
    assert_int_equal(number(option_of(DHCP_OPTION_ROUTER, 4)), OWN);
    assert_int_equal(number(option_of(DHCP_OPTION_DNS_SERVER, 4)), OWN);
    assert_memory_equal(option_of(DHCP_OPTION_CLIENT_ID, 7), "\1abcdef", 7);
    /* BOOTP's least length (RFC 1542, section 2.1), which some clients insist on. */
    assert_true(answer_bytes >= 42 + 300);
    forget_all();
}

static void test_an_offer_that_is_not_taken(void **state)
{
    (void)state;
    send_message((struct message){.type = DHCP_DISCOVER, .station = 1});
    uint32_t first = offered_address();
    send_message((struct message){.type = DHCP_DISCOVER, .station = 2});
    assert_int_not_equal(offered_address(), first);
    /* The first takes another server's: its offer is free for others. */
    send_message((struct message){
        .type = DHCP_REQUEST, .station = 1, .asks = 0x0A000001, .server = 0x0A000002});
    assert_int_equal(answered(), 0);
    send_message((struct message){.type = DHCP_DISCOVER, .station = 3, .asks = first});
    assert_int_equal(offered_address(), first);
    forget_all();
}

static void test_an_address_that_is_asked_for(void **state)
{
    (void)state;
    send_message((struct message){.type = DHCP_DISCOVER, .station = 1, .asks = OWN + 7});
    assert_int_equal(offered_address(), OWN + 7);
    uint32_t not_ours[] = {OWN, OWN - 1, OWN + DHCP_SERVER_LEASES + 1, 0x0A000001, UINT32_MAX};
    for (size_t i = 0; i < sizeof not_ours / sizeof not_ours[0]; i++) {
        send_message((struct message){.type = DHCP_DISCOVER, .station = 2, .asks = not_ours[i]});
        assert_in_range(offered_address(), OWN + 1, OWN + DHCP_SERVER_LEASES);
    }
    forget_all();
}

/* The board has restarted: its clients keep their addresses, unless somebody else has them. */
static void test_leases_of_before(void **state)
{
    (void)state;
    send_message((struct message){.type = DHCP_REQUEST, .station = 1, .asks = OWN + 5});
    assert_int_equal(answered(), DHCP_ACK);
    assert_int_equal(offered_address(), OWN + 5);
    send_message((struct message){.type = DHCP_REQUEST, .station = 2, .asks = OWN + 5});
    assert_int_equal(answered(), DHCP_NAK);
    assert_int_equal(offered_address(), 0);
    assert_null(option_of(DHCP_OPTION_LEASE_TIME, 4));
    send_message((struct message){.type = DHCP_REQUEST, .station = 2, .asks = 0x0A000005});
    assert_int_equal(answered(), DHCP_NAK);
    send_message((struct message){.type = DHCP_REQUEST, .station = 2, .has = OWN + 5});
    assert_int_equal(answered(), DHCP_NAK);
    assert_int_equal(number(answer + 14 + 16), 0xFFFFFFFF);
    /* Who moves to another address gives up the first. */
    send_message((struct message){.type = DHCP_REQUEST, .station = 1, .asks = OWN + 6});
    assert_int_equal(answered(), DHCP_ACK);
    send_message((struct message){.type = DHCP_REQUEST, .station = 2, .asks = OWN + 5});
    assert_int_equal(answered(), DHCP_ACK);
    forget_all();
}

static void test_all_addresses_are_taken(void **state)
{
    enum { FIRST = 40, LAST = FIRST + DHCP_SERVER_LEASES - 1, LATE };
    bool taken[DHCP_SERVER_LEASES] = {false};

    (void)state;
    for (unsigned station = FIRST; station <= LAST; station++) {
        uint32_t index = lease((uint8_t)station) - OWN - 1;
        assert_true(index < DHCP_SERVER_LEASES && !taken[index]);
        taken[index] = true;
    }
    send_message((struct message){.type = DHCP_DISCOVER, .station = LATE});
    assert_int_equal(answered(), 0);
    uint32_t third = lease(FIRST + 2);
    /* Only its owner may release an address. */
    send_message(
        (struct message){.type = DHCP_RELEASE, .station = FIRST, .has = third, .server = OWN});
    send_message((struct message){.type = DHCP_DISCOVER, .station = LATE});
    assert_int_equal(answered(), 0);
    send_message(
        (struct message){.type = DHCP_RELEASE, .station = FIRST + 2, .has = third, .server = OWN});
    assert_int_equal(answered(), 0);
    assert_int_equal(lease(LATE), third);
    /* They end by themselves, too. */
    pass((DHCP_SERVER_LEASE_MIN - 2) * MINUTE_MS);
    send_message((struct message){.type = DHCP_DISCOVER, .station = LATE + 1});
    assert_int_equal(answered(), 0);
    pass(3 * MINUTE_MS);
    (void)lease(LATE + 1);
    forget_all();
}

static void test_an_address_that_somebody_else_has(void **state)
{
    (void)state;
    send_message((struct message){.type = DHCP_REQUEST, .station = 1, .asks = OWN + 9});
    assert_int_equal(answered(), DHCP_ACK);
    /* Only its owner may decline it, and no other address. */
    send_message(
        (struct message){.type = DHCP_DECLINE, .station = 2, .asks = OWN + 9, .server = OWN});
    send_message(
        (struct message){.type = DHCP_DECLINE, .station = 1, .asks = OWN + 10, .server = OWN});
    send_message((struct message){.type = DHCP_REQUEST, .station = 1, .asks = OWN + 9});
    assert_int_equal(answered(), DHCP_ACK);
    send_message(
        (struct message){.type = DHCP_DECLINE, .station = 1, .asks = OWN + 9, .server = OWN});
    assert_int_equal(answered(), 0);
    send_message((struct message){.type = DHCP_DISCOVER, .station = 1, .asks = OWN + 9});
    assert_int_not_equal(offered_address(), OWN + 9);
    send_message((struct message){.type = DHCP_REQUEST, .station = 2, .asks = OWN + 9});
    assert_int_equal(answered(), DHCP_NAK);
    pass(31 * MINUTE_MS);
    send_message((struct message){.type = DHCP_REQUEST, .station = 2, .asks = OWN + 9});
    assert_int_equal(answered(), DHCP_ACK);
    forget_all();
}

/* One client cannot keep all others out: what was declined the longest ago is given again. */
static void test_all_addresses_are_declined(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DHCP_SERVER_LEASES; i++) {
        uint32_t address = lease(1);
        send_message(
            (struct message){.type = DHCP_DECLINE, .station = 1, .asks = address, .server = OWN});
        pass(MINUTE_MS);
    }
    assert_int_equal(lease(2), OWN + 1);
    assert_int_equal(lease(3), OWN + 2);
    send_message((struct message){.type = DHCP_REQUEST, .station = 2, .asks = OWN + 1});
    assert_int_equal(answered(), DHCP_ACK);
    pass(31 * MINUTE_MS);
    forget_all();
}

static void test_an_address_of_its_own(void **state)
{
    (void)state;
    client[0].flags |= NETIF_FLAG_UP;
    ip4_addr_t address, mask;
    IP4_ADDR(&address, 192, 168, 4, 77);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    netif_set_addr(&client[0], &address, &mask, NULL);
    pass(1000);
    send_message((struct message){.type = DHCP_INFORM, .station = 1, .has = OWN + 76});
    pass(1000);
    assert_int_equal(answered(), DHCP_ACK);
    assert_int_equal(number(answer + 14 + 16), OWN + 76);
    assert_int_equal(offered_address(), 0);
    assert_null(option_of(DHCP_OPTION_LEASE_TIME, 4));
    assert_int_equal(number(option_of(DHCP_OPTION_SUBNET_MASK, 4)), 0xFFFFFF00);
    netif_set_down(&client[0]);
    netif_set_addr(&client[0], IP4_ADDR_ANY4, IP4_ADDR_ANY4, NULL);
}

/* The identifier identifies a client; a machine that boots two systems has two leases. */
static void test_identifiers(void **state)
{
    (void)state;
    send_message(
        (struct message){.type = DHCP_REQUEST, .station = 1, .id = "one", .asks = OWN + 2});
    assert_int_equal(answered(), DHCP_ACK);
    send_message(
        (struct message){.type = DHCP_REQUEST, .station = 1, .id = "two", .asks = OWN + 2});
    assert_int_equal(answered(), DHCP_NAK);
    send_message(
        (struct message){.type = DHCP_REQUEST, .station = 2, .id = "one", .asks = OWN + 2});
    assert_int_equal(answered(), DHCP_ACK);
    /* One that is too long to be kept: the hardware address does. */
    send_message((struct message){
        .type = DHCP_REQUEST, .station = 5, .id = "12345678901234567890", .asks = OWN + 3});
    assert_int_equal(answered(), DHCP_ACK);
    send_message((struct message){.type = DHCP_REQUEST, .station = 5, .asks = OWN + 3});
    assert_int_equal(answered(), DHCP_ACK);
    forget_all();
}

static void test_what_is_no_request(void **state)
{
    uint8_t bytes[400];
    size_t whole;

    (void)state;
    send_message((struct message){.type = DHCP_DISCOVER, .op = DHCP_BOOTREPLY});
    assert_int_equal(answered(), 0);
    send_message((struct message){.type = DHCP_DISCOVER, .relay = OWN + 5});
    assert_int_equal(answered(), 0);
    for (uint8_t type = 0; type < 20; type++) {
        if (type == 0 || type == DHCP_OFFER || type == DHCP_ACK || type == DHCP_NAK ||
            type > DHCP_INFORM) {
            send_message((struct message){.type = type});
            assert_int_equal(answered(), 0);
        }
    }
    whole = write_message(&(struct message){.type = DHCP_DISCOVER, .asks = OWN + 2}, bytes);
    for (unsigned at = 236; at < 240; at++) {
        bytes[at] ^= 1;
        send_bytes(bytes, whole);
        assert_int_equal(answered(), 0);
        bytes[at] ^= 1;
    }
    bytes[2] = 16;
    send_bytes(bytes, whole);
    assert_int_equal(answered(), 0);
    bytes[2] = 6;
    /* Cut anywhere in front of its options, or within one. */
    for (size_t cut = 0; cut < whole - 1; cut++) {
        static const size_t between[] = {244, 249, 255}; /* offsets between options */
        send_bytes(bytes, cut);
        assert_int_equal(answered(), cut == between[0] || cut == between[1] || cut == between[2]
                                         ? DHCP_OFFER
                                         : 0);
    }
    /* Options up to what is read, and beyond. */
    memset(bytes + 244, 0, sizeof bytes - 244);
    send_bytes(bytes, sizeof bytes);
    assert_int_equal(answered(), DHCP_OFFER);
    forget_all();
}

/* Whatever arrives, sanitizers find nothing and the server still answers. */
static void test_noise(void **state)
{
    uint8_t bytes[600];
    uint32_t random = 1;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        size_t count = write_message(&(struct message){.type = (uint8_t)(1 + i % 8),
                                                       .station = (uint8_t)i,
                                                       .asks = OWN + i % 20,
                                                       .id = "name"},
                                     bytes);
        for (unsigned changes = 0; changes < 1 + i % 6; changes++) {
            random = random * 1664525 + 1013904223;
            bytes[(i % 3 != 0 ? 240 : 0) + (random >> 8) % (i % 3 != 0 ? count - 240 : count)] =
                (uint8_t)(random >> 24);
        }
        random = random * 1664525 + 1013904223;
        send_bytes(bytes, i % 4 == 0 ? (random >> 8) % (count + 1) : count);
    }
    forget_all();
    assert_in_range(lease(200), OWN + 1, OWN + DHCP_SERVER_LEASES);
    forget_all();
}

static void test_a_network_that_is_too_small(void **state)
{
    ip4_addr_t address, mask;
    struct netif small = access_point;

    (void)state;
    IP4_ADDR(&address, 192, 168, 4, 1);
    IP4_ADDR(&mask, 255, 255, 255, 240);
    ip4_addr_copy(*ip_2_ip4(&small.ip_addr), address);
    ip4_addr_copy(*ip_2_ip4(&small.netmask), mask);
    assert_int_equal(dhcp_server_start(&small), ERR_VAL);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    ip4_addr_copy(*ip_2_ip4(&small.netmask), mask);
    IP4_ADDR(&address, 192, 168, 4, 240);
    ip4_addr_copy(*ip_2_ip4(&small.ip_addr), address);
    assert_int_equal(dhcp_server_start(&small), ERR_VAL);
    /* Its port is taken already. */
    assert_int_equal(dhcp_server_start(&access_point), ERR_USE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lwips_own_client),
        cmocka_unit_test(test_what_an_answer_says),
        cmocka_unit_test(test_an_offer_that_is_not_taken),
        cmocka_unit_test(test_an_address_that_is_asked_for),
        cmocka_unit_test(test_leases_of_before),
        cmocka_unit_test(test_all_addresses_are_taken),
        cmocka_unit_test(test_an_address_that_somebody_else_has),
        cmocka_unit_test(test_all_addresses_are_declined),
        cmocka_unit_test(test_an_address_of_its_own),
        cmocka_unit_test(test_identifiers),
        cmocka_unit_test(test_what_is_no_request),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_a_network_that_is_too_small),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}

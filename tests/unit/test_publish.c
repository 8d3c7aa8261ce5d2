/*
 * The server's names on its link: publish.c and lwIP's mDNS responder over a wire and a clock of
 * the test's own, on which an hour takes a second.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "lwip/def.h"
#include "lwip/etharp.h"
#include "lwip/inet_chksum.h"
#include "lwip/init.h"
#include "lwip/memp.h"
#include "lwip/stats.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"
#include "publish.h"

enum { A = 1, PTR = 12, TXT = 16, SRV = 33, ANY = 255, QUERY = 0, RESPONSE = 0x8400, CUT = 0x0200 };
enum { MDNS = 5353, LEGACY = 40000, HEADERS = 14 + 20 + 8, NAME_BYTES = 256, MOST = 64 };
enum { SECOND_MS = 1000, MINUTE_MS = 60000 };

static uint32_t now_ms = (uint32_t)-100000; /* the clock wraps during the test */
static struct netif interface;
static const struct publish_way way = {.interface = &interface};
static struct publish_way ways;
static struct port_service service = {.name = "Marcel", .port = 50000, .http = 80};

static uint8_t sent[MOST][1500];
static size_t sent_bytes[MOST];
static unsigned sents;
static char complaint[200];

/* --- Required by lwIP and publish.c ------------------------------------------- */

uint32_t sys_now(void)
{
    return now_ms;
}

uint32_t port_now_ms(void)
{
    return now_ms;
}

unsigned int lwip_port_rand(void)
{
    return (unsigned int)rand();
}

void port_complain(const char *line)
{
    (void)snprintf(complaint, sizeof complaint, "%s", line);
}

static void wake(void)
{
}

/* --- The wire ------------------------------------------------------------------- */

static err_t keep(struct netif *netif, struct pbuf *frame)
{
    static uint8_t bytes[1600];
    size_t count = pbuf_copy_partial(frame, bytes, sizeof bytes, 0);

    (void)netif;
    if (count > HEADERS && bytes[12] == 8 && bytes[13] == 0 && bytes[23] == 17 && sents < MOST) {
        sent_bytes[sents] = count - HEADERS;
        memcpy(sent[sents++], bytes + HEADERS, count - HEADERS);
    }
    return ERR_OK;
}

static err_t start_interface(struct netif *netif)
{
    static const uint8_t mac[] = {2, 0, 0, 0, 0, 1};

    netif->output = etharp_output;
    netif->linkoutput = keep;
    netif->mtu = 1500;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
                   NETIF_FLAG_IGMP | NETIF_FLAG_LINK_UP;
    netif->hwaddr_len = sizeof mac;
    memcpy(netif->hwaddr, mac, sizeof mac);
    return ERR_OK;
}

static void put(uint8_t *at, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        at[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
    }
}

/* Receives a message to the group, from `from`, in memory of exactly its size. */
static void hear_from(uint32_t from, uint16_t port, const uint8_t *message, size_t bytes)
{
    static const uint8_t macs[] = {1, 0, 0x5e, 0, 0, 0xfb, 2, 0, 0, 0, 0, 2, 8, 0};
    struct pbuf *frame = pbuf_alloc(PBUF_RAW, (u16_t)(HEADERS + bytes), PBUF_RAM);
    uint8_t *at = frame->payload, *ip = at + 14;

    memset(at, 0, HEADERS);
    memcpy(at, macs, sizeof macs);
    put(ip, 0x45000000U + 28 + (uint32_t)bytes, 4);
    put(ip + 8, 0xff110000, 4);
    put(ip + 12, from, 4);
    put(ip + 16, 0xE00000FB, 4);
    put(ip + 10, lwip_ntohs(inet_chksum(ip, 20)), 2);
    put(ip + 20, port, 2);
    put(ip + 22, MDNS, 2);
    put(ip + 24, 8 + (uint32_t)bytes, 2);
    memcpy(at + HEADERS, message, bytes);
    if (interface.input(frame, &interface) != ERR_OK) {
        pbuf_free(frame);
    }
}

static void hear(const uint8_t *message, size_t bytes)
{
    hear_from(0xC0A80701, MDNS, message, bytes);
}

/* --- Messages --------------------------------------------------------------------- */

static size_t put_name(uint8_t *at, const char *name)
{
    size_t bytes = 0;

    while (*name != '\0') {
        size_t label = strcspn(name, ".");
        at[bytes++] = (uint8_t)label;
        memcpy(at + bytes, name, label);
        bytes += label;
        name += label + (name[label] == '.');
    }
    at[bytes++] = 0;
    return bytes;
}

static size_t head(uint8_t *at, unsigned flags, unsigned questions, unsigned answers)
{
    memset(at, 0, 12);
    put(at + 2, flags, 2);
    put(at + 4, questions, 2);
    put(at + 6, answers, 2);
    return 12;
}

static size_t question(uint8_t *at, const char *name, unsigned type)
{
    size_t bytes = head(at, QUERY, 1, 0);

    bytes += put_name(at + bytes, name);
    put(at + bytes, type, 2);
    put(at + bytes + 2, 1, 2);
    return bytes + 4;
}

static size_t answer(uint8_t *at, const char *name, unsigned type, const void *data, size_t count)
{
    size_t bytes = head(at, RESPONSE, 0, 1);

    bytes += put_name(at + bytes, name);
    put(at + bytes, type, 2);
    put(at + bytes + 2, 0x8001, 2);
    put(at + bytes + 4, 120, 4);
    put(at + bytes + 8, (uint32_t)count, 2);
    memcpy(at + bytes + 10, data, count);
    return bytes + 10 + count;
}

static size_t read_name(const uint8_t *message, size_t at, char name[NAME_BYTES])
{
    size_t end = 0, used = 0;

    while (message[at] != 0) {
        if (message[at] >= 0xc0) {
            end = end == 0 ? at + 2 : end;
            at = (size_t)(message[at] & 0x3f) << 8 | message[at + 1];
        } else {
            memcpy(name + used, message + at + 1, message[at]);
            used += message[at];
            name[used++] = '.';
            at += 1U + message[at];
        }
    }
    name[used > 0 ? used - 1 : 0] = '\0';
    return end == 0 ? at + 1 : end;
}

struct record {
    uint32_t ttl;
    const uint8_t *data;
    unsigned bytes;
    char target[NAME_BYTES]; /* of PTR and SRV */
};

static unsigned number_at(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* The last record of this name and type that was sent, answers and others alike. */
static bool was_sent(const char *wanted, unsigned type, struct record *found)
{
    bool is = false;

    for (unsigned i = 0; i < sents; i++) {
        const uint8_t *message = sent[i];
        unsigned records =
            number_at(message + 6) + number_at(message + 8) + number_at(message + 10);
        char name[NAME_BYTES];
        size_t at = 12;
        for (unsigned left = number_at(message + 4); left > 0; left--) {
            at = read_name(message, at, name) + 4;
        }
        for (; records > 0; records--) {
            at = read_name(message, at, name);
            assert_true(at + 10 <= sent_bytes[i]);
            unsigned bytes = number_at(message + at + 8);
            if (number_at(message + at) == type && strcasecmp(name, wanted) == 0) {
                is = true;
                *found = (struct record){.ttl = number_at(message + at + 4) << 16 |
                                                number_at(message + at + 6),
                                         .data = message + at + 10,
                                         .bytes = bytes};
                if (type == PTR || type == SRV) {
                    (void)read_name(message, at + 10U + (type == SRV ? 6 : 0), found->target);
                }
            }
            at += 10 + bytes;
        }
        assert_int_equal(at, sent_bytes[i]);
    }
    return is;
}

static bool has_item(const struct record *text, const char *item)
{
    for (unsigned at = 0; at < text->bytes; at += 1U + text->data[at]) {
        if (text->data[at] == strlen(item) &&
            memcmp(text->data + at + 1, item, strlen(item)) == 0) {
            return true;
        }
    }
    return false;
}

/* --- Time ----------------------------------------------------------------------------- */

static void run(uint32_t for_ms)
{
    uint32_t end_ms = now_ms + for_ms;

    while (now_ms != end_ms) {
        uint32_t step_ms = end_ms - now_ms;
        step_ms = step_ms < sys_timeouts_sleeptime() ? step_ms : sys_timeouts_sleeptime();
        step_ms = step_ms < publish_due() ? step_ms : publish_due();
        now_ms += step_ms;
        sys_check_timeouts();
        publish_turn(true);
    }
}

/* Asks until there is an answer: nothing is sent twice within a second. */
static bool answers(const char *name, unsigned type, uint16_t port, struct record *found)
{
    uint8_t message[NAME_BYTES + 16];
    bool is = false;

    for (unsigned tries = 0; tries < 3 && !is; tries++) {
        sents = 0;
        hear_from(0xC0A80701, port, message, question(message, name, type));
        run(SECOND_MS);
        is = was_sent(name, type, found);
    }
    return is;
}

static void is_there(const char *host)
{
    struct record record;

    assert_true(answers(host, A, MDNS, &record));
    assert_memory_equal(record.data, &interface.ip_addr, 4);
}

static int begin(void **state)
{
    ip4_addr_t address, mask;

    (void)state;
    IP4_ADDR(&address, 192, 168, 7, 2);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    if (ways.interface == NULL) {
        ways = way;
        ways.wake = wake;
        lwip_init();
        (void)netif_add(&interface, &address, &mask, IP4_ADDR_ANY4, NULL, start_interface,
                        ethernet_input);
        netif_set_default(&interface);
        netif_set_up(&interface);
    }
    sents = 0;
    publish(&ways, &service);
    return 0;
}

/* Has this machine in the ARP table. */
static void know(void)
{
    static const uint8_t arp[] = {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0,   2,   8, 6,
                                  0,   1,   8,   0,   6,   4,   0, 1, 2, 0, 0,   0,   0, 2,
                                  192, 168, 7,   1,   0,   0,   0, 0, 0, 0, 192, 168, 7, 2};
    struct pbuf *frame = pbuf_alloc(PBUF_RAW, 60, PBUF_RAM);

    memset(frame->payload, 0, 60);
    memcpy(frame->payload, arp, sizeof arp);
    assert_int_equal(interface.input(frame, &interface), ERR_OK);
}

/* --- Tests --------------------------------------------------------------------------- */

static void test_names_and_services(void **state)
{
    struct record record;
    unsigned probes = 0;

    (void)state;
    run(3 * SECOND_MS);
    for (unsigned i = 0; i < sents; i++) {
        probes += number_at(sent[i] + 4) == 3 && number_at(sent[i] + 8) == 3;
    }
    assert_int_equal(probes, 3);
    assert_int_equal(sents, 5); /* and two announcements */
    assert_true(was_sent("lwchat.local", A, &record));
    assert_memory_equal(record.data, &interface.ip_addr, 4);
    assert_true(was_sent("_lwchat._tcp.local", PTR, &record));
    assert_string_equal(record.target, "Marcel._lwchat._tcp.local");
    assert_true(was_sent("Marcel._lwchat._tcp.local", SRV, &record));
    assert_int_equal(number_at(record.data + 4), 50000);
    assert_string_equal(record.target, "lwchat.local");
    assert_true(was_sent("Marcel._lwchat._tcp.local", TXT, &record));
    assert_true(has_item(&record, "name=Marcel") && has_item(&record, "people=0"));
    assert_true(was_sent("Marcel._http._tcp.local", SRV, &record));
    assert_int_equal(number_at(record.data + 4), 80);
    assert_true(was_sent("Marcel._http._tcp.local", TXT, &record));
    assert_true(has_item(&record, "path=/"));
    is_there("lwchat.local");
    is_there("LWCHAT.local"); /* sent in our own case */
}

static void test_people_are_announced_at_a_limited_rate(void **state)
{
    struct record record;

    (void)state;
    run(MINUTE_MS);
    sents = 0;
    for (unsigned i = 0; i < 600; i++) {
        service.people = (uint16_t)(i % 7);
        publish(&ways, &service);
        run(100);
    }
    assert_true(sents >= 5 && sents <= 7);
    sents = 0;
    service.people = 9;
    publish(&ways, &service);
    run(12 * SECOND_MS);
    assert_int_equal(sents, 1);
    assert_true(was_sent("Marcel._lwchat._tcp.local", TXT, &record));
    assert_true(has_item(&record, "people=9"));
    run(MINUTE_MS);
    assert_int_equal(sents, 1);
}

static void test_an_hour(void **state)
{
    struct record record;

    (void)state;
    know();
    run(3 * SECOND_MS);
    for (unsigned round = 0; round < 360; round++) {
        run(4 * SECOND_MS + (uint32_t)rand() % 1000);
        assert_true(answers("lwchat.local", A, MDNS, &record));
        know(); /* an ARP entry lives for five minutes */
        assert_true(answers("_lwchat._tcp.local", PTR, LEGACY, &record));
        assert_true(record.ttl <= 10);
        run(4 * SECOND_MS);
        assert_true(answers("Marcel._http._tcp.local", SRV, MDNS, &record));
        service.people = (uint16_t)(round % 5);
        publish(&ways, &service);
        if (round % 60 == 59) {
            netif_set_link_down(&interface);
            run((uint32_t)rand() % MINUTE_MS);
            netif_set_link_up(&interface);
            run(3 * SECOND_MS);
        }
    }
    assert_true(lwip_stats.memp[MEMP_SYS_TIMEOUT]->err == 0);
}

/* A query from a host to which there is no route does not keep others from being answered. */
static void test_an_answer_that_cannot_be_sent(void **state)
{
    uint8_t message[NAME_BYTES + 16];
    struct record record;

    (void)state;
    know();
    run(3 * SECOND_MS);
    hear_from(0x0A000001, LEGACY, message, question(message, "_lwchat._tcp.local", PTR));
    run(SECOND_MS);
    assert_true(answers("_lwchat._tcp.local", PTR, LEGACY, &record));
}

static void test_the_address_changes(void **state)
{
    ip4_addr_t before = *netif_ip4_addr(&interface), address;
    struct record record;

    (void)state;
    run(3 * SECOND_MS);
    IP4_ADDR(&address, 192, 168, 7, 77);
    sents = 0;
    netif_set_ipaddr(&interface, &address);
    run(3 * SECOND_MS);
    assert_true(was_sent("lwchat.local", A, &record));
    assert_memory_equal(record.data, &address, 4);
    is_there("lwchat.local");
    netif_set_ipaddr(&interface, IP4_ADDR_ANY4);
    run(MINUTE_MS);
    sents = 0;
    netif_set_ipaddr(&interface, &before);
    is_there("lwchat.local");
}

/* One whose record points back to itself is not parsed 65,535 times. */
static void test_a_record_that_is_too_long(void **state)
{
    uint8_t message[NAME_BYTES];
    struct record record;
    size_t bytes = question(message, "_lwchat._tcp.local", PTR);

    (void)state;
    run(3 * SECOND_MS);
    put(message + 6, 65535, 2); /* answers */
    memset(message + bytes, 0, 11);
    put(message + bytes + 9, 65536 - 11, 2);
    sents = 0;
    hear(message, bytes + 11);
    run(SECOND_MS);
    assert_false(was_sent("_lwchat._tcp.local", PTR, &record));
}

static void test_goodbye(void **state)
{
    struct record record;

    (void)state;
    run(3 * SECOND_MS);
    sents = 0;
    publish(&ways, NULL);
    assert_int_equal(sents, 1);
    assert_true(was_sent("lwchat.local", A, &record));
    assert_int_equal(record.ttl, 0);
    assert_true(was_sent("Marcel._http._tcp.local", SRV, &record));
    assert_int_equal(record.ttl, 0);
    assert_true(was_sent("Marcel._lwchat._tcp.local", TXT, &record));
    assert_int_equal(record.ttl, 0);
    assert_true(was_sent("_lwchat._tcp.local", PTR, &record));
    assert_int_equal(record.ttl, 0);
    assert_string_equal(record.target, "Marcel._lwchat._tcp.local");
    run(MINUTE_MS);
    assert_false(answers("lwchat.local", A, MDNS, &record));
    publish(&ways, NULL);
    publish(&ways, &service);
    is_there("lwchat.local");
}

/* The numbers stay, and the tests after this one begin with them. */
static void test_names_that_are_taken(void **state)
{
    static const uint8_t other[] = {192, 168, 7, 9}, place[] = {0, 0, 0, 0, 0, 80, 0};
    uint8_t message[NAME_BYTES];

    (void)state;
    publish(&ways, NULL);
    publish(&ways, &service);
    run(600); /* it probes */
    hear(message, answer(message, "lwchat.local", A, other, 4));
    run(600);
    hear(message, answer(message, "lwchat-2.local", A, other, 4));
    run(600);
    hear(message, answer(message, "Marcel._lwchat._tcp.local", SRV, place, sizeof place));
    run(5 * SECOND_MS);
    assert_string_equal(complaint, "lwchat.local is taken: this server is lwchat-3.local");
    is_there("lwchat-3.local");
    struct record record;
    assert_true(answers("Marcel (2)._lwchat._tcp.local", SRV, MDNS, &record));
    assert_string_equal(record.target, "lwchat-3.local");
    assert_true(answers("_http._tcp.local", PTR, MDNS, &record));
    assert_string_equal(record.target, "Marcel (2)._http._tcp.local");
    assert_false(answers("lwchat.local", A, MDNS, &record));
    /* Later, too: it probes again, and is answered. */
    hear(message, answer(message, "lwchat-3.local", A, other, 4));
    run(600);
    hear(message, answer(message, "lwchat-3.local", A, other, 4));
    run(5 * SECOND_MS);
    assert_string_equal(complaint, "lwchat.local is taken: this server is lwchat-4.local");
    is_there("lwchat-4.local");
}

/* Some of it is about our names, which may be others afterwards. */
static void test_junk(void **state)
{
    static const char *const names[] = {"lwchat.local", "Marcel._lwchat._tcp.local",
                                        "_services._dns-sd._udp.local", "2.7.168.192.in-addr.arpa"};
    static const unsigned flags[] = {QUERY, RESPONSE, CUT};
    static uint8_t message[1400];

    (void)state;
    run(3 * SECOND_MS);
    for (unsigned number = 0; number < 3000; number++) {
        size_t bytes = number % 3 == 0 ? 12 + (size_t)rand() % 1388
                       : number % 3 == 1
                           ? question(message, names[rand() % 4], (unsigned)rand() % 40)
                           : answer(message, names[rand() % 4], (unsigned)rand() % 40, names, 8);
        for (unsigned flips = number % 3 == 0 ? (unsigned)bytes : (unsigned)rand() % 8; flips > 0;
             flips--) {
            message[(size_t)rand() % bytes] = (uint8_t)rand();
        }
        if (number % 4 != 0) {
            put(message + 2, flags[rand() % 3], 2);
        }
        bytes -= number % 5 == 0 ? (size_t)rand() % bytes : 0;
        hear_from(0xC0A80701, rand() % 2 ? MDNS : LEGACY, message, bytes);
        run((uint32_t)rand() % 50);
        sents = 0;
    }
    run(MINUTE_MS);
    struct record record;
    assert_true(answers("_lwchat._tcp.local", PTR, MDNS, &record));
    assert_true(lwip_stats.memp[MEMP_SYS_TIMEOUT]->err == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_names_and_services, begin),
        cmocka_unit_test_setup(test_people_are_announced_at_a_limited_rate, begin),
        cmocka_unit_test_setup(test_an_hour, begin),
        cmocka_unit_test_setup(test_an_answer_that_cannot_be_sent, begin),
        cmocka_unit_test_setup(test_the_address_changes, begin),
        cmocka_unit_test_setup(test_a_record_that_is_too_long, begin),
        cmocka_unit_test_setup(test_goodbye, begin),
        cmocka_unit_test_setup(test_names_that_are_taken, begin),
        cmocka_unit_test_setup(test_junk, begin),
    };

    srand(7);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

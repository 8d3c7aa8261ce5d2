/* Multicast DNS: questions, and what good and hostile answers say of servers and hosts. */
#include "core/address_text.h"
#include "net/client_dnssd.h"
#include "unit.h"

enum { ID = 0x1234, PACKET_BYTES = 2000 };

/* A packet that is being written. */
static struct {
    uint8_t bytes[PACKET_BYTES];
    size_t used;
} packet;

static struct dnssd_found found;

static void put(const void *from, size_t bytes)
{
    assert_true(packet.used + bytes <= sizeof packet.bytes);
    memcpy(packet.bytes + packet.used, from, bytes);
    packet.used += bytes;
}

static void put16(unsigned number)
{
    const uint8_t bytes[] = {(uint8_t)(number >> 8), (uint8_t)number};

    put(bytes, sizeof bytes);
}

/* Begins an answer. Labels of names have their lengths; sizeof counts the last one, which is empty.
 */
static void begin(unsigned flags, unsigned questions)
{
    packet.used = 0;
    put16(ID);
    put16(flags);
    put16(questions);
    put16(0);
    put16(0);
    put16(0);
}

static void record(const void *name, size_t name_bytes, unsigned type, const void *data,
                   size_t bytes)
{
    put(name, name_bytes);
    put16(type);
    put16(type == DNSSD_PTR ? 1 : 0x8001);
    put16(0);
    put16(10);
    put16((unsigned)bytes);
    put(data, bytes);
    packet.bytes[7]++;
}

#define RECORD(name, type, data) record(name, sizeof(name), type, data, sizeof(data))
/* The same, of data whose last byte is not a string's NUL. */
#define RECORD_OF(name, type, data) record(name, sizeof(name), type, data, sizeof(data) - 1)

#define SERVICE "\7_lwchat\4_tcp\5local"
#define ADA     "\3Ada" SERVICE
#define BOB     "\3Bob" SERVICE
#define HOST    "\6lwchat\5local"

static void put_ada(void)
{
    RECORD(SERVICE, DNSSD_PTR, ADA);
    RECORD(ADA, DNSSD_SRV, "\0\0\0\0\xC3\x50" HOST);
    RECORD_OF(ADA, DNSSD_TXT, "\10name=Ada\10people=3");
    RECORD_OF(HOST, DNSSD_A, "\300\250\7\2");
}

static struct lwchat_address address(const char *text)
{
    struct lwchat_address parsed;

    assert_true(address_parse(text, strlen(text), &parsed));
    return parsed;
}

/* Takes the packet, in memory that ends with it. */
static void take_from(const char *from)
{
    uint8_t *copy = malloc(packet.used);

    memcpy(copy, packet.bytes, packet.used);
    dnssd_take(&found, copy, packet.used, ID, address(from));
    free(copy);
}

static int start(void **state)
{
    (void)state;
    memset(&found, 0, sizeof found);
    begin(0x8400, 0);
    return 0;
}

static const struct dnssd_server *the_server(void)
{
    assert_int_equal(found.count, 1);
    return &found.server[0];
}

static void assert_shown(const struct dnssd_server *server, const char *name)
{
    assert_int_equal(server->shown_bytes, strlen(name));
    assert_memory_equal(server->shown, name, strlen(name));
}

static void assert_ada(const struct dnssd_server *server)
{
    assert_shown(server, "Ada");
    assert_true(address_is(server->address, address("192.168.7.2")));
    assert_int_equal(server->port, 50000);
    assert_true(server->described && server->counted);
    assert_int_equal(server->people, 3);
}

static void test_questions(void **state)
{
    static const uint8_t servers[] = "\x12\x34\0\0\0\1\0\0\0\0\0\0" SERVICE "\0\0\14\0\1";
    static const uint8_t host[] = "\x12\x34\0\0\0\1\0\0\0\0\0\0" HOST "\0\0\34\0\1";
    uint8_t question[DNSSD_QUESTION_BYTES];
    struct dnssd_name name;

    (void)state;
    assert_int_equal(dnssd_ask(question, ID, NULL, DNSSD_PTR), sizeof servers - 1);
    assert_memory_equal(question, servers, sizeof servers - 1);
    assert_true(dnssd_read_host(&name, "lwchat.local"));
    assert_int_equal(dnssd_ask(question, ID, &name, DNSSD_AAAA), sizeof host - 1);
    assert_memory_equal(question, host, sizeof host - 1);
}

static void test_hosts(void **state)
{
    static const char *const bad[] = {"", ".", "a..local", ".local"};
    char longest[300];
    struct dnssd_name name;

    (void)state;
    assert_true(dnssd_is_local("a.local") && dnssd_is_local("a.b.LOCAL."));
    assert_false(dnssd_is_local(".local") || dnssd_is_local("local") ||
                 dnssd_is_local("a.local.net") || dnssd_is_local("alocal") || dnssd_is_local("") ||
                 dnssd_is_local("."));
    assert_true(dnssd_read_host(&name, "lwchat.local."));
    assert_int_equal(name.bytes, sizeof HOST);
    assert_memory_equal(name.text, HOST, sizeof HOST);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(dnssd_read_host(&name, bad[i]));
    }
    /* Labels of 63 bytes, and names of 255 with all lengths. */
    memset(longest, 'a', sizeof longest);
    longest[63] = longest[127] = longest[191] = '.';
    longest[253] = '\0';
    assert_true(dnssd_read_host(&name, longest));
    assert_int_equal(name.bytes, 255);
    longest[253] = 'a';
    longest[254] = '\0';
    assert_false(dnssd_read_host(&name, longest));
    strcpy(longest + 64, "local");
    longest[63] = '.';
    assert_true(dnssd_read_host(&name, longest));
    longest[63] = 'a';
    longest[64] = '.';
    assert_false(dnssd_read_host(&name, longest));
}

static void test_a_server(void **state)
{
    enum dnssd_type type;

    (void)state;
    put_ada();
    take_from("192.168.7.2");
    assert_ada(the_server());
    assert_null(dnssd_missing(the_server(), 0, &type));
    /* Another answer of the same server, in other letters. */
    begin(0x8400, 0);
    RECORD(SERVICE, DNSSD_PTR, "\3ADA" SERVICE);
    take_from("192.168.7.2");
    assert_ada(the_server());
    dnssd_settle(&found);
    assert_ada(the_server());
}

static void test_records_in_any_order(void **state)
{
    (void)state;
    RECORD_OF(HOST, DNSSD_AAAA, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1");
    RECORD_OF(HOST, DNSSD_A, "\300\250\7\2");
    RECORD_OF(ADA, DNSSD_TXT, "\0\10PEOPLE=0\1x\10people=3");
    RECORD(ADA, DNSSD_SRV, "\0\0\0\0\xC3\x50" HOST);
    RECORD(SERVICE, DNSSD_PTR, ADA);
    take_from("192.168.7.2");
    assert_true(address_is(the_server()->address, address("192.168.7.2")));
    assert_true(the_server()->counted && the_server()->people == 0);
}

static void test_compressed_names(void **state)
{
    (void)state;
    begin(0x8400, 1);
    put(SERVICE, sizeof SERVICE); /* at 12 */
    put16(DNSSD_PTR);
    put16(1);
    record("\xC0\x0C", 2, DNSSD_PTR, "\3Ada\xC0\x0C", 6); /* its data is at 48 */
    record("\xC0\x30", 2, DNSSD_SRV, "\0\0\0\0\xC3\x50\6lwchat\xC0\x19", 15); /* local at 25 */
    record(HOST, sizeof HOST, DNSSD_A, "\300\250\7\2", 4);
    take_from("192.168.7.2");
    assert_true(address_is(the_server()->address, address("192.168.7.2")));
    assert_shown(the_server(), "Ada");
}

/* What is missing is asked for: the service, its text, then the host, by turns over both protocols.
 */
static void test_what_is_missing(void **state)
{
    enum dnssd_type type;

    (void)state;
    RECORD(SERVICE, DNSSD_PTR, ADA);
    take_from("192.168.7.2");
    assert_ptr_equal(dnssd_missing(the_server(), 1, &type), &the_server()->instance);
    assert_int_equal(type, DNSSD_SRV);
    begin(0x8400, 0);
    RECORD(ADA, DNSSD_SRV, "\0\0\0\0\xC3\x50" HOST);
    take_from("192.168.7.2");
    assert_ptr_equal(dnssd_missing(the_server(), 1, &type), &the_server()->instance);
    assert_int_equal(type, DNSSD_TXT);
    begin(0x8400, 0);
    RECORD_OF(ADA, DNSSD_TXT, "\0");
    take_from("192.168.7.2");
    assert_ptr_equal(dnssd_missing(the_server(), 1, &type), &the_server()->host);
    assert_int_equal(type, DNSSD_A);
    assert_ptr_equal(dnssd_missing(the_server(), 2, &type), &the_server()->host);
    assert_int_equal(type, DNSSD_AAAA);
    /* Nobody joins what has no address. */
    dnssd_settle(&found);
    assert_int_equal(found.count, 0);
}

static void test_two_of_one_name(void **state)
{
    (void)state;
    put_ada();
    take_from("192.168.7.2");
    begin(0x8400, 0);
    RECORD(SERVICE, DNSSD_PTR, ADA);
    RECORD(ADA, DNSSD_SRV, "\0\0\0\0\xC3\x51" HOST);
    RECORD_OF(HOST, DNSSD_A, "\300\250\10\2");
    take_from("192.168.8.2");
    begin(0x8400, 0);
    put_ada(); /* the first, through a reflector */
    take_from("192.168.9.9");
    assert_int_equal(found.count, 3);
    dnssd_settle(&found);
    assert_int_equal(found.count, 2);
    assert_ada(&found.server[0]);
    assert_int_equal(found.server[1].port, 50001);
    assert_true(address_is(found.server[1].address, address("192.168.8.2")));
}

static void test_they_are_sorted(void **state)
{
    (void)state;
    RECORD(SERVICE, DNSSD_PTR, BOB);
    RECORD(BOB, DNSSD_SRV, "\0\0\0\0\xC3\x51" HOST);
    put_ada();
    take_from("192.168.7.2");
    dnssd_settle(&found);
    assert_int_equal(found.count, 2);
    assert_shown(&found.server[0], "Ada");
    assert_shown(&found.server[1], "Bob");
}

/* What strangers send must not move a cursor, hide, or be nothing. */
static void test_names_are_clean(void **state)
{
    (void)state;
    RECORD(SERVICE, DNSSD_PTR, "\7\33[2J\r\n." SERVICE);
    RECORD(SERVICE, DNSSD_PTR, "\3   " SERVICE);
    RECORD(SERVICE, DNSSD_PTR, "\6\xE2\x80\xAE\xE2\x80\x8B" SERVICE);
    RECORD(SERVICE, DNSSD_PTR, "\2\xC3\xA9" SERVICE);
    RECORD(SERVICE, DNSSD_PTR, "\1\xFF" SERVICE);
    RECORD(SERVICE, DNSSD_PTR,
           "\77aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" SERVICE);
    take_from("192.168.7.2");
    assert_int_equal(found.count, 6);
    assert_shown(&found.server[0], "?[2J??.");
    assert_shown(&found.server[1], "?");
    assert_shown(&found.server[2], "??");
    assert_shown(&found.server[3], "\xC3\xA9");
    assert_shown(&found.server[4], "?");
    assert_shown(&found.server[5], "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
}

static void test_what_is_not_used(void **state)
{
    static const char *const useless[] = {"\0\0\0\0", "\177\0\0\1", "\340\0\0\373",
                                          "\377\377\377\377"};

    (void)state;
    /* Other services, and names that are not below this one. */
    RECORD("\5_http\4_tcp\5local", DNSSD_PTR, ADA);
    RECORD(SERVICE, DNSSD_PTR, SERVICE);
    RECORD(SERVICE, DNSSD_PTR, "\1a\1b" SERVICE);
    RECORD(SERVICE, DNSSD_PTR, "\3Ada\5_http\4_tcp\5local");
    RECORD_OF(SERVICE, DNSSD_PTR, "");
    take_from("192.168.7.2");
    assert_int_equal(found.count, 0);
    begin(0x8400, 0);
    RECORD(SERVICE, DNSSD_PTR, ADA);
    RECORD(ADA, DNSSD_SRV, "\0\0\0\0\0\0" HOST); /* no port */
    take_from("192.168.7.2");
    assert_int_equal(the_server()->host.bytes, 0);
    begin(0x8400, 0);
    RECORD_OF(ADA, DNSSD_SRV, "\0\0\0\0\xC3\x50"); /* no host */
    take_from("192.168.7.2");
    assert_int_equal(the_server()->host.bytes, 0);
    begin(0x8400, 0);
    RECORD(ADA, DNSSD_SRV, "\0\0\0\0\xC3\x50" HOST);
    RECORD_OF(ADA, DNSSD_TXT, "\13people=9999\377");
    for (size_t i = 0; i < sizeof useless / sizeof useless[0]; i++) {
        record(HOST, sizeof HOST, DNSSD_A, useless[i], 4);
    }
    RECORD_OF(HOST, DNSSD_A, "\300\250\7\2\0");
    RECORD_OF(HOST, DNSSD_AAAA, "\0\0\0\0\0\0\0\0\0\0\377\377\177\0\0\1"); /* ::ffff:127.0.0.1 */
    RECORD_OF(HOST, DNSSD_AAAA, "\377\2\0\0\0\0\0\0\0\0\0\0\0\0\0\1");
    RECORD_OF(HOST, DNSSD_AAAA, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1");
    take_from("192.168.7.2");
    assert_true(address_is_none(the_server()->address));
    /* Another machine says where this one's server is. */
    begin(0x8400, 0);
    RECORD_OF(HOST, DNSSD_A, "\300\250\7\2");
    take_from("192.168.7.3");
    assert_true(address_is_none(the_server()->address));
    /* One that is leaving. */
    packet.bytes[packet.used - 7] = 0;
    take_from("192.168.7.2");
    assert_true(address_is_none(the_server()->address));
}

static void test_texts_that_do_not_count(void **state)
{
    static const struct {
        const char *text;
        size_t bytes;
    } texts[] = {{"\20people=7", 9},
                 {"\7people=", 8},
                 {"\10people=x", 9},
                 {"\14people=65536", 13},
                 {"\6people", 7},
                 {"\377", 1},
                 {"", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        begin(0x8400, 0);
        found.count = 0;
        RECORD(SERVICE, DNSSD_PTR, ADA);
        record(ADA, sizeof ADA, DNSSD_TXT, texts[i].text, texts[i].bytes);
        take_from("192.168.7.2");
        assert_true(the_server()->described);
        assert_false(the_server()->counted);
    }
}

/* Of several addresses the best: IPv4, and not one that nobody has assigned. */
static void test_the_best_address(void **state)
{
    static const struct {
        unsigned type;
        const char *data;
        size_t bytes;
        const char *best;
    } rising[] = {{DNSSD_AAAA, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16, "fe80::1"},
                  {DNSSD_A, "\251\376\0\1", 4, "169.254.0.1"},
                  {DNSSD_AAAA, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16, "169.254.0.1"},
                  {DNSSD_A, "\300\250\7\2", 4, "192.168.7.2"},
                  {DNSSD_A, "\251\376\0\1", 4, "192.168.7.2"},
                  {DNSSD_A, "\300\250\7\3", 4, "192.168.7.2"}};

    (void)state;
    RECORD(SERVICE, DNSSD_PTR, ADA);
    RECORD(ADA, DNSSD_SRV, "\0\0\0\0\xC3\x50" HOST);
    for (size_t i = 0; i < sizeof rising / sizeof rising[0]; i++) {
        record(HOST, sizeof HOST, rising[i].type, rising[i].data, rising[i].bytes);
        take_from("192.168.7.2");
        assert_true(address_is(the_server()->address, address(rising[i].best)));
    }
}

static void test_other_packets(void **state)
{
    static const uint16_t flags[] = {0x0000, 0x0400, 0x8403, 0x8C00};

    (void)state;
    put_ada();
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        packet.bytes[2] = (uint8_t)(flags[i] >> 8);
        packet.bytes[3] = (uint8_t)flags[i];
        take_from("192.168.7.2");
    }
    packet.bytes[2] = 0x84;
    packet.bytes[3] = 0;
    packet.bytes[1] ^= 1; /* another question's */
    take_from("192.168.7.2");
    assert_int_equal(found.count, 0);
}

/* Names that lead to themselves, to each other, forwards, out of the packet, or are too long. */
static void test_endless_names(void **state)
{
    static const struct {
        const char *name;
        size_t bytes;
    } names[] = {{"\xC0\x0C", 2}, {"\1a\xC0\x0C", 4}, {"\xC0\x0E\xC0\x0C", 4},
                 {"\xFF\xFF", 2}, {"\xC0", 1},        {"\x40", 1},
                 {"\x80\0", 2},   {"\77a", 2},        {"\1a", 2}};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        begin(0x8400, 0);
        packet.bytes[7] = 0xFF;
        put(names[i].name, names[i].bytes);
        take_from("192.168.7.2");
        put("\0\14\0\1\0\0\0\1\0\0", 10);
        take_from("192.168.7.2");
    }
    /* Each pointer leads to a longer name. */
    begin(0x8400, 0);
    packet.bytes[7] = 1;
    put("\0\0\20\0\1\0\0\0\1\2\0", 11); /* a TXT record of 512 bytes */
    size_t last = packet.used;
    put("\1a", 3);
    while (packet.used < 23 + 512 - 66) {
        size_t at = packet.used;
        put("\77aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 64);
        put16(0xC000 | (unsigned)last);
        last = at;
    }
    packet.used = 23 + 512;
    const uint8_t name[] = {(uint8_t)(0xC0 | last >> 8), (uint8_t)last};
    record(name, sizeof name, DNSSD_PTR, ADA, sizeof ADA);
    put_ada();
    take_from("192.168.7.2");
    assert_int_equal(found.count, 0);
}

static void test_many_servers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < DNSSD_SERVERS + 5; i++) {
        const char name[] = {2, (char)('a' + i / 26), (char)('a' + i % 26)};
        char instance[sizeof name + sizeof SERVICE];
        memcpy(instance, name, sizeof name);
        memcpy(instance + sizeof name, SERVICE, sizeof SERVICE);
        RECORD(SERVICE, DNSSD_PTR, instance);
    }
    take_from("192.168.7.2");
    assert_int_equal(found.count, DNSSD_SERVERS);
}

/* Every cut, and random changes, in memory that ends with the packet: sanitizers see an overrun. */
static void test_hostile(void **state)
{
    struct dice dice = {.state = 7};
    struct dnssd_name host;
    uint8_t good[PACKET_BYTES];

    (void)state;
    assert_true(dnssd_read_host(&host, "lwchat.local"));
    put_ada();
    RECORD_OF(HOST, DNSSD_AAAA, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1");
    size_t bytes = packet.used;
    memcpy(good, packet.bytes, bytes);
    for (packet.used = 0; packet.used < bytes; packet.used++) {
        take_from("192.168.7.2");
    }
    for (unsigned round = 0; round < 20000; round++) {
        struct lwchat_address unused;
        packet.used = bytes - dice_below(&dice, 3) * dice_below(&dice, (uint32_t)bytes / 2);
        memcpy(packet.bytes, good, packet.used);
        for (unsigned changes = dice_below(&dice, 8); changes > 0; changes--) {
            packet.bytes[dice_below(&dice, (uint32_t)packet.used)] =
                dice_below(&dice, 3) == 0 ? 0xC0 : (uint8_t)dice_throw(&dice);
        }
        packet.bytes[0] = ID >> 8;
        packet.bytes[1] = ID & 0xFF;
        if (round % 16 == 0) {
            found.count = 0;
        }
        take_from("192.168.7.2");
        (void)dnssd_find_address(packet.bytes, packet.used, ID, &host, &unused);
        for (unsigned i = 0; i < found.count; i++) {
            assert_in_range(found.server[i].shown_bytes, 1, DNSSD_SHOWN_BYTES);
        }
        if (round % 16 == 15) {
            dnssd_settle(&found);
        }
    }
}

static void test_an_address(void **state)
{
    struct lwchat_address ip;
    struct dnssd_name host, other;

    (void)state;
    assert_true(dnssd_read_host(&host, "LWchat.local."));
    assert_true(dnssd_read_host(&other, "lwchat-2.local"));
    RECORD_OF(HOST, DNSSD_AAAA, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1");
    assert_true(dnssd_find_address(packet.bytes, packet.used, ID, &host, &ip));
    assert_true(address_is(ip, address("fe80::1")));
    RECORD_OF(HOST, DNSSD_A, "\300\250\7\2");
    RECORD_OF(HOST, DNSSD_A, "\300\250\7\3");
    assert_true(dnssd_find_address(packet.bytes, packet.used, ID, &host, &ip));
    assert_true(address_is(ip, address("192.168.7.2")));
    assert_false(dnssd_find_address(packet.bytes, packet.used, ID, &other, &ip));
    assert_false(dnssd_find_address(packet.bytes, packet.used, ID + 1, &host, &ip));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test_setup(test_a_server, start),
        cmocka_unit_test_setup(test_records_in_any_order, start),
        cmocka_unit_test_setup(test_compressed_names, start),
        cmocka_unit_test_setup(test_what_is_missing, start),
        cmocka_unit_test_setup(test_two_of_one_name, start),
        cmocka_unit_test_setup(test_they_are_sorted, start),
        cmocka_unit_test_setup(test_names_are_clean, start),
        cmocka_unit_test_setup(test_what_is_not_used, start),
        cmocka_unit_test_setup(test_texts_that_do_not_count, start),
        cmocka_unit_test_setup(test_the_best_address, start),
        cmocka_unit_test_setup(test_other_packets, start),
        cmocka_unit_test_setup(test_endless_names, start),
        cmocka_unit_test_setup(test_many_servers, start),
        cmocka_unit_test_setup(test_hostile, start),
        cmocka_unit_test_setup(test_an_address, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The header of a proxy: both versions, cut at every byte, followed by anything, and mutated. */
#include "unit.h"

#include "core/address_text.h"
#include "net/server_header.h"

enum { OWN_PORT = 7 };

struct header {
    const char *bytes;
    size_t length;
    const char *from; /* NULL: not said */
    unsigned port;
};

#define HEADER(bytes, from, port)                                                                  \
    {                                                                                              \
        bytes, sizeof(bytes) - 1, from, port                                                       \
    }
#define V2     "\r\n\r\n\0\r\nQUIT\n"
#define V4_TO  "\xc6\x33\x64\x07\xcb\x00\x71\x09\x9c\x40\x01\xbb"
#define V6_ONE "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"

static const struct header headers[] = {
    HEADER("PROXY TCP4 198.51.100.7 203.0.113.9 40000 443\r\n", "198.51.100.7", 40000),
    HEADER("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255", 65535),
    HEADER("PROXY TCP4 198.51.100.7 203.0.113.9 0 0\r\n", "198.51.100.7", 0),
    HEADER("PROXY TCP6 2001:db8::7 2001:db8::1 40000 443\r\n", "2001:db8::7", 40000),
    HEADER("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe "
           "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
           "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", 65535),
    HEADER("PROXY UNKNOWN\r\n", NULL, 0),
    HEADER("PROXY UNKNOWN ffff::1 whatever it says here\r\n", NULL, 0),
    HEADER(V2 "\x21\x11\x00\x0c" V4_TO, "198.51.100.7", 40000),
    HEADER(V2 "\x21\x11\x00\x10" V4_TO "\x04\x00\x01\x00", "198.51.100.7", 40000), /* with a TLV */
    HEADER(V2 "\x21\x21\x00\x24" V6_ONE V6_ONE "\x9c\x40\x01\xbb", "2001:db8::7", 40000),
    HEADER(V2 "\x20\x11\x00\x0c" V4_TO, NULL, 0), /* LOCAL */
    HEADER(V2 "\x20\x00\x00\x00", NULL, 0),
    HEADER(V2 "\x21\x00\x00\x00", NULL, 0),       /* UNSPEC */
    HEADER(V2 "\x21\x12\x00\x0c" V4_TO, NULL, 0), /* UDP */
    HEADER(V2 "\x21\x31\x00\x02xx", NULL, 0),     /* a Unix socket, cut short */
};

static const struct header bad[] = {
    HEADER("GET / HTTP/1.1\r\n", NULL, 0),
    HEADER("hello\n", NULL, 0),
    HEADER("\x16\x03\x01", NULL, 0),
    HEADER("proxy TCP4 198.51.100.7 203.0.113.9 40000 443\r\n", NULL, 0),
    HEADER("PROXY \r\n", NULL, 0),
    HEADER("PROXY TCP4\r\n", NULL, 0),
    HEADER("PROXY TCP5 198.51.100.7 203.0.113.9 40000 443\r\n", NULL, 0),
    HEADER("PROXY TCP4 198.51.100.7 203.0.113.9 40000\r\n", NULL, 0),
    HEADER("PROXY TCP4 198.51.100.7 203.0.113.9 40000 443 \r\n", NULL, 0),
    HEADER("PROXY TCP4 198.51.100.7 203.0.113.9 40000 443 1\r\n", NULL, 0),
    HEADER("PROXY TCP4  198.51.100.7 203.0.113.9 40000 443\r\n", NULL, 0),
    HEADER("PROXY TCP4 198.51.100.700 203.0.113.9 40000 443\r\n", NULL, 0),
    HEADER("PROXY TCP4 198.51.100.7 203.0.113.9 65536 443\r\n", NULL, 0),
    HEADER("PROXY TCP4 198.51.100.7 203.0.113.9 -1 443\r\n", NULL, 0),
    HEADER("PROXY TCP4 198.51.100.7 203.0.113.9 040 443\r\n", NULL, 0),
    HEADER("PROXY TCP4 2001:db8::7 203.0.113.9 40000 443\r\n", NULL, 0),
    HEADER("PROXY TCP6 198.51.100.7 203.0.113.9 40000 443\r\n", NULL, 0),
    HEADER("PROXY TCP6 :: ::1 40000 443\r\n", NULL, 0),
    HEADER("PROXY TCP4 198.51.100.7 203.0.113.9 40000 443\n", NULL, 0),
    HEADER("PROXY TCP4 198.51.100.7 203.0.113.9 40000 443\rx", NULL, 0),
    HEADER("PROXY UNKNOWNS\r\n", NULL, 0),
    HEADER(V2 "\x11\x11\x00\x0c" V4_TO, NULL, 0),
    HEADER(V2 "\x22\x11\x00\x0c" V4_TO, NULL, 0),
    HEADER(V2 "\x21\x11\x00\x0b" V4_TO, NULL, 0),
    HEADER(V2 "\x21\x21\x00\x0c" V4_TO, NULL, 0),
    HEADER(V2 "\x21\x11\x02\x09" V4_TO, NULL, 0), /* longer than is accepted */
    HEADER(V2 "\x21\x11\x00\x0c\0\0\0\0\xcb\x00\x71\x09\x9c\x40\x01\xbb", NULL, 0),
};

enum { HEADERS = sizeof headers / sizeof *headers, BAD = sizeof bad / sizeof *bad };

static struct sock_address peer;
static size_t used;

/* Reads bytes in memory that ends where they do. */
static enum proxy_result take(const char *bytes, size_t length)
{
    uint8_t *exact = malloc(length + (length == 0));

    memcpy(exact, bytes, length);
    peer = (struct sock_address){.ip = address_v4(1), .port = OWN_PORT};
    enum proxy_result result = proxy_read(exact, length, &peer, &used);
    free(exact);
    return result;
}

static void says(const struct header *header)
{
    char text[ADDRESS_TEXT_BYTES + 1] = "";

    assert_int_equal(used, header->length);
    assert_int_equal(peer.port, header->from == NULL ? OWN_PORT : header->port);
    text[address_write(text, peer.ip)] = '\0';
    assert_string_equal(text, header->from == NULL ? "0.0.0.1" : header->from);
}

static void test_headers_cut_at_every_byte(void **state)
{
    char more[256];

    (void)state;
    for (unsigned i = 0; i < HEADERS; i++) {
        for (size_t n = 0; n < headers[i].length; n++) {
            assert_int_equal(take(headers[i].bytes, n), PROXY_MORE);
        }
        assert_int_equal(take(headers[i].bytes, headers[i].length), PROXY_DONE);
        says(&headers[i]);
        memset(more, '\n', sizeof more);
        memcpy(more, headers[i].bytes, headers[i].length);
        assert_int_equal(take(more, sizeof more), PROXY_DONE);
        says(&headers[i]);
    }
}

static void test_what_is_no_header(void **state)
{
    (void)state;
    for (unsigned i = 0; i < BAD; i++) {
        if (take(bad[i].bytes, bad[i].length) != PROXY_BAD) {
            fail_msg("%s", bad[i].bytes);
        }
        assert_int_equal(peer.port, OWN_PORT);
        for (size_t n = 0; n < bad[i].length; n++) {
            assert_int_not_equal(take(bad[i].bytes, n), PROXY_DONE);
        }
    }
}

static void test_the_longest(void **state)
{
    static char line[PROXY_BYTES + 1];

    (void)state;
    memset(line, 'x', sizeof line);
    memcpy(line, "PROXY UNKNOWN ", 14);
    assert_int_equal(take(line, 106), PROXY_MORE);
    assert_int_equal(take(line, 107), PROXY_BAD);
    memcpy(line + 105, "\r\n", 2);
    assert_int_equal(take(line, 106), PROXY_MORE);
    assert_int_equal(take(line, 107), PROXY_DONE);
    assert_int_equal(used, 107);
    line[105] = 'x';
    memcpy(line + 106, "\r\n", 2);
    assert_int_equal(take(line, 108), PROXY_BAD);
    memcpy(line, V2 "\x21\x11\x02\x08" V4_TO, 28);
    assert_int_equal(take(line, PROXY_BYTES - 1), PROXY_MORE);
    assert_int_equal(take(line, PROXY_BYTES), PROXY_DONE);
    assert_int_equal(used, PROXY_BYTES);
}

/* Whatever comes, it is judged within its bytes, and says nothing unless it is a header. */
static void test_mutations(void **state)
{
    struct dice dice = {7};
    char bytes[256];

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        const struct header *header = &headers[dice_below(&dice, HEADERS)];
        size_t length = header->length;
        memcpy(bytes, header->bytes, length);
        for (uint32_t n = 1 + dice_below(&dice, 3); n > 0; n--) {
            bytes[dice_below(&dice, (uint32_t)length)] = (char)dice_throw(&dice);
        }
        length -= dice_below(&dice, 4) == 0 ? dice_below(&dice, (uint32_t)length) : 0;
        enum proxy_result result = take(bytes, length);
        assert_true(result == PROXY_DONE ? used <= length : peer.port == OWN_PORT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers_cut_at_every_byte),
        cmocka_unit_test(test_what_is_no_header),
        cmocka_unit_test(test_the_longest),
        cmocka_unit_test(test_mutations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

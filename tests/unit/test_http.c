/* Request heads and their responses: each whole, split at every place, and byte by byte. */
#include "unit.h"

#include "net/http.h"
#include "net/sha1.h"

enum { MOST_BYTES = HTTP_HEAD_BYTES + 16 };

static bool is_kitchen(const char *host)
{
    return strcmp(host, "kitchen-2") == 0;
}

static const struct http_site site = {"Marcel", "\"5f3a,b\"", is_kitchen};

struct outcome {
    enum http_answer answer;
    size_t used;
    bool head, text;
};

/* Feeds a piece, in memory that ends where the piece does. Adds the bytes used to the outcome. */
static void feed(struct http_request *request, const char *piece, size_t bytes,
                 struct outcome *outcome)
{
    uint8_t *exact = malloc(bytes + (bytes == 0));
    size_t used;

    memcpy(exact, piece, bytes);
    outcome->answer = http_feed(request, exact, bytes, &site, &used);
    free(exact);
    assert_true(used <= bytes);
    assert_true(used == bytes || outcome->answer != HTTP_GOES_ON);
    outcome->used += used;
    outcome->head = http_is_head(request);
    outcome->text = http_wants_text(request);
}

static struct outcome feed_whole(const char *head, size_t bytes)
{
    struct http_request request = {0};
    struct outcome outcome = {0};

    feed(&request, head, bytes, &outcome);
    return outcome;
}

static void assert_same(const struct outcome *a, const struct outcome *b)
{
    assert_int_equal(a->answer, b->answer);
    assert_int_equal(a->used, b->used);
    assert_int_equal(a->head, b->head);
    assert_int_equal(a->text, b->text);
}

static struct outcome assert_answer(const char *head, size_t bytes, enum http_answer answer)
{
    struct outcome whole = feed_whole(head, bytes);
    struct http_request request = {0};
    struct outcome slow = {0};

    if (whole.answer != answer) {
        fail_msg("answer %d instead of %d to:\n%.*s", (int)whole.answer, (int)answer, (int)bytes,
                 head);
    }
    for (size_t cut = 0; cut <= bytes; cut += 1 + bytes / 512) {
        struct http_request two = {0};
        struct outcome outcome = {0};
        feed(&two, head, cut, &outcome);
        feed(&two, head + cut, bytes - cut, &outcome);
        assert_same(&whole, &outcome);
    }
    for (size_t i = 0; i < bytes; i++) {
        feed(&request, head + i, 1, &slow);
    }
    assert_same(&whole, &slow);
    return whole;
}

/* A head that ends with the text, followed by bytes that do not belong to it. */
static struct outcome assert_head(const char *head, enum http_answer answer)
{
    static char longer[MOST_BYTES];
    size_t bytes = strlen(head);

    assert_true(bytes < sizeof longer - 4);
    struct outcome outcome = assert_answer(head, bytes, answer);
    if (answer != HTTP_BAD) {
        assert_int_equal(outcome.used, bytes);
        assert_int_equal(feed_whole(head, bytes - 1).answer, HTTP_GOES_ON);
    }
    memcpy(longer, head, bytes);
    memcpy(longer + bytes, "GET ", 4);
    struct outcome more = assert_answer(longer, bytes + 4, answer);
    assert_int_equal(more.used, outcome.used);
    return outcome;
}

struct row {
    enum http_answer answer;
    const char *head;
};

static void assert_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_head(rows[i].head, rows[i].answer);
    }
}

#define ASSERT_ROWS(rows) assert_rows(rows, sizeof(rows) / sizeof(rows)[0])

#define N    "\r\n"
#define HOST "Host: 192.168.7.2" N

/* --- The request line ----------------------------------------------------------- */

static void test_targets(void **state)
{
    static const struct row rows[] = {
        {HTTP_PAGE, "GET / HTTP/1.1" N HOST N},
        {HTTP_PAGE, "HEAD / HTTP/1.1" N HOST N},
        {HTTP_PAGE, "GET /? HTTP/1.1" N HOST N},
        {HTTP_PAGE, "GET /?a=b&c=/ws?d HTTP/1.1" N HOST N},
        {HTTP_PAGE, "GET http://192.168.7.2/ HTTP/1.1" N HOST N},
        {HTTP_PAGE, "GET HTTP://elsewhere:80/?x HTTP/1.1" N HOST N},
        {HTTP_PAGE, "GET http://elsewhere HTTP/1.1" N HOST N},
        {HTTP_PAGE, "GET http://elsewhere?x HTTP/1.1" N HOST N},
        {HTTP_NOT_FOUND, "GET /favicon.ico HTTP/1.1" N HOST N},
        {HTTP_NOT_FOUND, "HEAD /favicon.ico HTTP/1.1" N HOST N},
        {HTTP_NOT_FOUND, "GET // HTTP/1.1" N HOST N},
        {HTTP_NOT_FOUND, "GET /ws/ HTTP/1.1" N HOST N},
        {HTTP_NOT_FOUND, "GET /WS HTTP/1.1" N HOST N},
        {HTTP_NOT_FOUND, "GET /w HTTP/1.1" N HOST N},
        {HTTP_NOT_FOUND, "GET /wsx HTTP/1.1" N HOST N},
        {HTTP_NOT_FOUND, "GET /0123456789012345678901234567890123456789 HTTP/1.1" N HOST N},
        {HTTP_NOT_FOUND, "GET https://192.168.7.2/ HTTP/1.1" N HOST N},
        {HTTP_NOT_FOUND, "GET http://192.168.7.2/x HTTP/1.1" N HOST N},
        {HTTP_NOT_FOUND, "GET * HTTP/1.1" N HOST N},
        {HTTP_METHOD, "POST / HTTP/1.1" N HOST "Content-Length: 3" N N},
        {HTTP_METHOD, "OPTIONS * HTTP/1.1" N HOST N},
        {HTTP_METHOD, "CONNECT example.com:443 HTTP/1.1" N HOST N},
        {HTTP_METHOD, "DELETE /favicon.ico HTTP/1.1" N HOST N},
        {HTTP_METHOD, "get / HTTP/1.1" N HOST N},
        {HTTP_METHOD, "GETS / HTTP/1.1" N HOST N},
        {HTTP_METHOD, "GE / HTTP/1.1" N HOST N},
        {HTTP_METHOD, "A-METHOD-OF-MORE-THAN-24-BYTES / HTTP/1.1" N HOST N},
        {HTTP_METHOD, "HEAD /ws HTTP/1.1" N HOST N},
        {HTTP_METHOD, "POST /ws HTTP/1.1" N HOST N},
    };

    (void)state;
    ASSERT_ROWS(rows);
    assert_true(assert_head("HEAD / HTTP/1.1" N HOST N, HTTP_PAGE).head);
    assert_false(assert_head("GET / HTTP/1.1" N HOST N, HTTP_PAGE).head);
}

static void test_request_lines(void **state)
{
    static const struct row rows[] = {
        {HTTP_PAGE, "\r\n\n\r\nGET / HTTP/1.1" N HOST N},
        {HTTP_PAGE, "GET / HTTP/1.1\nHost: x\n\n"},
        {HTTP_PAGE, "GET / HTTP/1.1\r\nHost: x\n\r\n"},
        {HTTP_PAGE, "GET / HTTP/1.9" N HOST N},
        {HTTP_PAGE, "GET / HTTP/1.0" N N},
        {HTTP_PAGE, "GET / HTTP/1.0" N HOST N},
        {HTTP_METHOD, "POST / HTTP/1.0" N N},
        {HTTP_BAD, "GET /" N},
        {HTTP_BAD, "GET" N},
        {HTTP_BAD, " GET / HTTP/1.1" N},
        {HTTP_BAD, "GET  / HTTP/1.1" N},
        {HTTP_BAD, "GET\t/ HTTP/1.1" N},
        {HTTP_BAD, "GET / HTTP/1.1 " N},
        {HTTP_BAD, "GET /  HTTP/1.1" N},
        {HTTP_BAD, "GET / x HTTP/1.1" N},
        {HTTP_BAD, "GET /\x80 HTTP/1.1" N},
        {HTTP_BAD, "GET /?\xC3\xA9 HTTP/1.1" N},
        {HTTP_BAD, "GET /\x7F HTTP/1.1" N},
        {HTTP_BAD, "GET ?x HTTP/1.1" N},
        {HTTP_BAD, "GET http:/// HTTP/1.1" N},
        {HTTP_BAD, "GET http://a@b/ HTTP/1.1" N},
        {HTTP_BAD, "G(T / HTTP/1.1" N},
        {HTTP_BAD, "GET / http/1.1" N},
        {HTTP_BAD, "GET / HTTP/2.0" N},
        {HTTP_BAD, "GET / HTTP/0.9" N},
        {HTTP_BAD, "GET / HTTP/1." N},
        {HTTP_BAD, "GET / HTTP/1.x" N},
        {HTTP_BAD, "GET / HTTP/1.10" N},
        {HTTP_BAD, "GET / HTTP/11" N},
        {HTTP_BAD, "GET / HTTP/1.11111111111111111111111111111111111" N},
        {HTTP_BAD, "PRI * HTTP/2.0" N N "SM" N N},
        {HTTP_BAD, "GET / HTTP/1.1\rHost: x" N N},
        {HTTP_BAD, "GE\rT / HTTP/1.1" N HOST N},
        {HTTP_BAD, "\r\r\nGET / HTTP/1.1" N HOST N},
        {HTTP_BAD, "\x16\x03\x01"},
    };

    (void)state;
    ASSERT_ROWS(rows);
    assert_answer("GET /\0 HTTP/1.1\r\n", 17, HTTP_BAD);
    assert_answer("\0", 1, HTTP_BAD);
}

/* --- Headers -------------------------------------------------------------------- */

#define GET "GET / HTTP/1.1" N

static void test_headers(void **state)
{
    static const struct row rows[] = {
        {HTTP_PAGE, GET "hOsT:x" N N},
        {HTTP_PAGE, GET "Host:" N N},
        {HTTP_PAGE, GET "Host: \t x \t " N N},
        {HTTP_PAGE, GET HOST "A: b" N "C:" N "D-E_f.9: \t \x80\xFF\t\"x\" , y" N N},
        {HTTP_PAGE, GET "A-header-with-a-name-of-more-than-24-bytes: x" N HOST N},
        {HTTP_PAGE, GET "Hos: a" N "Hostx: b" N HOST N},
        {HTTP_BAD, GET N},
        {HTTP_BAD, "POST / HTTP/1.1" N N},
        {HTTP_BAD, GET HOST HOST N},
        {HTTP_BAD, GET HOST "A: b" N "host:x" N N},
        {HTTP_BAD, GET "Host: a b" N N},
        {HTTP_BAD, GET "Host: a/b" N N},
        {HTTP_BAD, GET "Host: a@b" N N},
        {HTTP_BAD, GET "Host: \xC3\xA9" N N},
        {HTTP_BAD, GET HOST "No colon" N},
        {HTTP_BAD, GET HOST "Nocolon" N},
        {HTTP_BAD, GET HOST ": x" N},
        {HTTP_BAD, GET "Host : x" N},
        {HTTP_BAD, GET "Host\t: x" N},
        {HTTP_BAD, GET HOST "A: b" N " folded" N},
        {HTTP_BAD, GET HOST "A: b" N "\tfolded" N},
        {HTTP_BAD, GET " Host: x" N},
        {HTTP_BAD, GET HOST "A(: b" N},
        {HTTP_BAD, GET HOST "A\x80: b" N},
        {HTTP_BAD, GET HOST "A: \x01" N},
        {HTTP_BAD, GET HOST "A: \x7F" N},
        {HTTP_BAD, GET HOST "A: b\rc" N},
        {HTTP_BAD, GET HOST "A: b\r\r\n"},
        {HTTP_BAD, GET HOST "\rx"},
    };

    (void)state;
    ASSERT_ROWS(rows);
    assert_answer(GET HOST "A: b\0c\r\n\r\n", sizeof(GET HOST) - 1 + 10, HTTP_BAD);
}

static void test_bodies(void **state)
{
    static const struct row rows[] = {
        {HTTP_PAGE, GET HOST "Content-Length: 0" N N},
        {HTTP_BAD, GET HOST "Content-Length: 1" N N},
        {HTTP_BAD, GET HOST "Content-Length: 01" N N},
        {HTTP_BAD, GET HOST "Content-Length:" N N},
        {HTTP_BAD, GET HOST "Content-Length: 0 0" N N},
        {HTTP_BAD, GET HOST "Content-Length: 0, 0" N N},
        {HTTP_BAD, GET HOST "Content-Length: -0" N N},
        {HTTP_BAD, GET HOST "Content-Length: 0" N "Content-Length: 5" N N},
        {HTTP_BAD, GET HOST "Transfer-Encoding: chunked" N N},
        {HTTP_BAD, GET HOST "transfer-encoding:" N N},
        {HTTP_BAD, "HEAD / HTTP/1.1" N HOST "Content-Length: 7" N N},
        {HTTP_BAD, "GET /x HTTP/1.1" N HOST "Content-Length: 7" N N},
    };

    (void)state;
    ASSERT_ROWS(rows);
}

static void test_etags(void **state)
{
    static const struct row rows[] = {
        {HTTP_NOT_MODIFIED, GET HOST "If-None-Match: \"5f3a,b\"" N N},
        {HTTP_NOT_MODIFIED, GET HOST "If-None-Match:W/\"5f3a,b\"" N N},
        {HTTP_NOT_MODIFIED, GET HOST "If-None-Match: *" N N},
        {HTTP_NOT_MODIFIED, GET HOST "If-None-Match: \"a\", , W/\"x,y\" ,\"5f3a,b\", \"c\"" N N},
        {HTTP_NOT_MODIFIED, GET HOST "If-None-Match: \"a\"" N "If-None-Match: \"5f3a,b\"" N N},
        {HTTP_NOT_MODIFIED, "HEAD /?x HTTP/1.1" N HOST "If-None-Match: \"5f3a,b\"" N N},
        {HTTP_PAGE, GET HOST "If-None-Match: \"5f3a,c\"" N N},
        {HTTP_PAGE, GET HOST "If-None-Match: \"5F3A,B\"" N N},
        {HTTP_PAGE, GET HOST "If-None-Match: \"5f3a,\"" N N},
        {HTTP_PAGE, GET HOST "If-None-Match: \"5f3a,bb\"" N N},
        {HTTP_PAGE, GET HOST "If-None-Match: \"5f3a,b" N N},
        {HTTP_PAGE, GET HOST "If-None-Match: 5f3a,b" N N},
        {HTTP_PAGE, GET HOST "If-None-Match: w/\"5f3a,b\"" N N},
        {HTTP_PAGE, GET HOST "If-None-Match: \"a\"\"5f3a,b\"" N N},
        {HTTP_PAGE, GET HOST "If-None-Match: \"*\"" N N},
        {HTTP_PAGE, GET HOST "If-None-Match: **" N N},
        {HTTP_PAGE, GET HOST "If-None-Match:" N N},
        {HTTP_PAGE, GET HOST "If-None-Match: \"a,*\"" N N},
        {HTTP_PAGE, GET HOST "If-Match: \"5f3a,b\"" N N},
        {HTTP_NOT_FOUND, "GET /x HTTP/1.1" N HOST "If-None-Match: *" N N},
    };

    (void)state;
    ASSERT_ROWS(rows);
}

static void test_limit(void **state)
{
    static char head[MOST_BYTES];
    static const char start[] = GET HOST "A: ";

    (void)state;
    memset(head, 'x', sizeof head);
    memcpy(head, start, sizeof start - 1);
    memcpy(head + HTTP_HEAD_BYTES - 4, "\r\n\r\n", 4);
    assert_int_equal(assert_answer(head, HTTP_HEAD_BYTES, HTTP_PAGE).used, HTTP_HEAD_BYTES);
    assert_int_equal(assert_answer(head, sizeof head, HTTP_PAGE).used, HTTP_HEAD_BYTES);

    memcpy(head + HTTP_HEAD_BYTES - 4, "x\r\n\r\n", 5);
    assert_int_equal(assert_answer(head, sizeof head, HTTP_TOO_LARGE).used, HTTP_HEAD_BYTES);
    assert_answer(head, HTTP_HEAD_BYTES - 1, HTTP_GOES_ON);

    /* Wherever the limit is reached, and also with nothing but empty lines. */
    memset(head, 'x', sizeof head);
    assert_answer(head, sizeof head, HTTP_TOO_LARGE);
    memcpy(head, "GET /", 5);
    assert_answer(head, sizeof head, HTTP_TOO_LARGE);
    memset(head, '\n', sizeof head);
    assert_answer(head, sizeof head, HTTP_TOO_LARGE);
}

/* A response is final, and nothing is consumed after it. */
static void test_ended(void **state)
{
    struct http_request request = {0};
    struct outcome outcome = {0};

    (void)state;
    feed(&request, GET HOST N, sizeof(GET HOST N) - 1, &outcome);
    assert_int_equal(outcome.answer, HTTP_PAGE);
    outcome.used = 0;
    feed(&request, "\x01", 1, &outcome);
    assert_int_equal(outcome.answer, HTTP_PAGE);
    assert_int_equal(outcome.used, 0);
}

/* --- The handshake (RFC 6455 section 4.2.1) ------------------------------------- */

#define WS      "GET /ws HTTP/1.1" N
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" N
#define V13     "Sec-WebSocket-Version: 13" N
#define UPGRADE "Upgrade: websocket" N "Connection: Upgrade" N

static void test_handshake(void **state)
{
    static const struct row rows[] = {
        {HTTP_UPGRADE, WS HOST UPGRADE KEY V13 N},
        {HTTP_UPGRADE, WS V13 KEY UPGRADE HOST N},
        {HTTP_UPGRADE, "GET /ws?x=/ HTTP/1.1" N HOST UPGRADE KEY V13 N},
        {HTTP_UPGRADE, "GET http://192.168.7.2/ws?x HTTP/1.1" N HOST UPGRADE KEY V13 N},
        {HTTP_UPGRADE, "GET /ws HTTP/1.2" N HOST UPGRADE KEY V13 N},
        {HTTP_UPGRADE,
         WS HOST "upgrade: h2c , WebSocket" N "connection: keep-alive,UPGRADE" N KEY V13 N},
        {HTTP_UPGRADE, WS HOST "Upgrade: h2c" N "Upgrade:\twebsocket\t" N "Connection: keep-alive" N
                               "Connection:,upgrade," N "Connection: x" N KEY V13 N},
        {HTTP_UPGRADE, WS HOST UPGRADE V13 "sec-websocket-key:AAAAAAAAAAAAAAAAAA+/0g== " N N},
        {HTTP_UPGRADE,
         WS HOST "If-None-Match: \"5f3a\"" N "Origin: http://192.168.7.2" N UPGRADE KEY V13 N},
        {HTTP_PAGE, "GET / HTTP/1.1" N HOST UPGRADE KEY V13 N},
        {HTTP_NOT_FOUND, "GET /chat HTTP/1.1" N HOST UPGRADE KEY V13 N},

        {HTTP_NO_UPGRADE, WS HOST N},
        {HTTP_NO_UPGRADE, WS HOST "Connection: Upgrade" N KEY V13 N},
        {HTTP_NO_UPGRADE, WS HOST "Upgrade: websocket" N KEY V13 N},
        {HTTP_NO_UPGRADE, WS HOST "Upgrade: websocket/13" N "Connection: Upgrade" N KEY V13 N},
        {HTTP_NO_UPGRADE, WS HOST "Upgrade: web socket" N "Connection: Upgrade" N KEY V13 N},
        {HTTP_NO_UPGRADE, WS HOST "Upgrade: websocket x" N "Connection: Upgrade" N KEY V13 N},
        {HTTP_NO_UPGRADE, WS HOST "Upgrade: websocket" N "Connection: no upgrade" N KEY V13 N},
        {HTTP_NO_UPGRADE, WS HOST "Upgrade: websocket" N "Connection: upgrades" N KEY V13 N},
        {HTTP_NO_UPGRADE, WS HOST UPGRADE KEY N},
        {HTTP_NO_UPGRADE, WS HOST UPGRADE KEY "Sec-WebSocket-Version: 8" N N},
        {HTTP_NO_UPGRADE, WS HOST UPGRADE KEY "Sec-WebSocket-Version: 013" N N},
        {HTTP_NO_UPGRADE, WS HOST UPGRADE KEY "Sec-WebSocket-Version: 13, 8" N N},
        {HTTP_NO_UPGRADE, WS HOST UPGRADE KEY V13 "Sec-WebSocket-Version: 8" N N},
        {HTTP_NO_UPGRADE, WS HOST UPGRADE KEY V13 V13 N},
        {HTTP_NO_UPGRADE, "GET /ws HTTP/1.0" N HOST UPGRADE KEY V13 N},

        {HTTP_BAD, WS UPGRADE KEY V13 N},
        {HTTP_BAD, WS HOST UPGRADE V13 N},
        {HTTP_BAD, WS HOST UPGRADE V13 KEY KEY N},
        {HTTP_BAD, WS HOST UPGRADE V13 "Sec-WebSocket-Key:" N N},
        {HTTP_BAD, WS HOST UPGRADE V13 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=" N N},
        {HTTP_BAD, WS HOST UPGRADE V13 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ===" N N},
        {HTTP_BAD, WS HOST UPGRADE V13 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQAA" N N},
        {HTTP_BAD, WS HOST UPGRADE V13 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ===" N N},
        {HTTP_BAD, WS HOST UPGRADE V13 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j-Q==" N N},
        {HTTP_BAD, WS HOST UPGRADE V13 "Sec-WebSocket-Key: dGhlIHNhbXBs ZSBub25jZQ==" N N},
        {HTTP_BAD, WS HOST UPGRADE V13 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== x" N N},
        {HTTP_BAD, WS HOST UPGRADE KEY V13 "Content-Length: 5" N N},
    };

    (void)state;
    ASSERT_ROWS(rows);
}

static void test_protocol(void **state)
{
    static const struct {
        bool text;
        const char *lines;
    } rows[] = {
        {false, ""},
        {true, "Sec-WebSocket-Protocol: text" N},
        {true, "Sec-WebSocket-Protocol: chat, text" N},
        {true, "Sec-WebSocket-Protocol: text,chat" N},
        {true, "Sec-WebSocket-Protocol: chat" N "sec-websocket-protocol:\ttext" N},
        {false, "Sec-WebSocket-Protocol: texts, tex, x text, text x" N},
        {false, "Sec-WebSocket-Protocol: Text" N},
        {false, "Sec-WebSocket-Protocol: json" N},
        {false, "Sec-WebSocket-Extensions: text" N},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char head[512];
        snprintf(head, sizeof head, "%s%s%s", WS HOST UPGRADE KEY V13, rows[i].lines, N);
        assert_int_equal(assert_head(head, HTTP_UPGRADE).text, rows[i].text);
    }
}

/* --- Which pages may join ------------------------------------------------------- */

static void test_origins(void **state)
{
    static const struct {
        bool may;
        const char *host, *origin; /* NULL: none */
    } rows[] = {
        {true, "192.168.7.2", "http://192.168.7.2"},
        {true, "192.168.7.2:8080", "http://192.168.7.2:8080"},
        {true, "192.168.7.2:80", "http://192.168.7.2"},
        {true, "192.168.7.2", "http://192.168.7.2:80"},
        {true, "192.168.7.2", "https://192.168.7.2"},
        {true, "192.168.7.2:443", "https://192.168.7.2"},
        {true, "192.168.7.2", "HTTPS://192.168.7.2:443"},
        {true, "localhost", "http://localhost"},
        {true, "LocalHost:8080", "http://localhost:8080"},
        {true, "localhost", "http://LOCALHOST"},
        {true, "marcel", "http://marcel"},
        {true, "MARCEL:8080", "http://marcel:8080"},
        {true, "marcel.local", "http://marcel.LOCAL"},
        {true, "kitchen-2.local", "http://Kitchen-2.local"},
        {true, "Kitchen-2.local:8080", "http://kitchen-2.local:8080"},
        {true, "Marcel.local:81", "http://marcel.local:81"},
        {true, "[::1]", "http://[::1]"},
        {true, "[::1]:80", "http://[::1]"},
        {true, "[FE80::1]:8080", "http://[fe80::1]:8080"},
        {true, "[::ffff:192.168.7.2]", "http://[::ffff:192.168.7.2]"},
        {true, "[2001:0db8:1234:5678:a1b2:c3ff:fed4:e5f6]:65535",
         "http://[2001:0db8:1234:5678:a1b2:c3ff:fed4:e5f6]:65535"},
        {true, "[2001:0db8:1234:5678:a1b2:c3ff:fed4:e5f6]:80",
         "http://[2001:0db8:1234:5678:a1b2:c3ff:fed4:e5f6]"},
        {true, "0.0.0.0", "http://0.0.0.0"},
        {true, "255.255.255.255:1", "http://255.255.255.255:1"},

        /* A client that is not a browser may use any host name. */
        {true, "192.168.7.2", NULL},
        {true, "chat.example", NULL},
        {true, "a.name.that.is.much.longer.than.what.is.kept.of.it.example", NULL},

        /* Another page. */
        {false, "192.168.7.2", "null"},
        {false, "192.168.7.2", ""},
        {false, "192.168.7.2", "192.168.7.2"},
        {false, "192.168.7.2", "http:192.168.7.2"},
        {false, "192.168.7.2", "ftp://192.168.7.2"},
        {false, "192.168.7.2", "http://"},
        {false, "192.168.7.2", "http://http://192.168.7.2"},
        {false, "192.168.7.2", "http://192.168.7.2/"},
        {false, "192.168.7.2", "http://192.168.7.2 http://192.168.7.2"},
        {false, "192.168.7.2", "http://192.168 .7.2"},
        {false, "192.168.7.2", "http://192.168.7.2, http://192.168.7.2"},
        {false, "192.168.7.2", "http://evil.example"},
        {false, "192.168.7.2", "http://192.168.7.3"},
        {false, "192.168.7.2", "http://192.168.7.20"},
        {false, "192.168.7.2", "http://192.168.7."},
        {false, "192.168.7.2", "http://192.168.7.2:8080"},
        {false, "192.168.7.2:8080", "http://192.168.7.2"},
        {false, "192.168.7.2:8080", "http://192.168.7.2:8081"},
        {false, "192.168.7.2:80", "https://192.168.7.2"},
        {false, "192.168.7.2", "https://192.168.7.2:80"},
        {false, "192.168.7.2", "http://192.168.7.2:443"},
        {false, "192.168.7.2:443", "http://192.168.7.2"},
        {false, "192.168.7.2:80", "http://192.168.7.2:443"},
        {false, "192.168.7.2", "http://192.168.7.2.evil.example.with.more.than.24.bytes"},
        {false, "192.168.7.2", "http://192.168.7.2:8000000000000000000000000000000000000"},
        {false, "localhost", "http://localhost:80:80"},
        {false, "localhost", "http://local:80host"},
        {false, "[2001:0db8:1234:5678:a1b2:c3ff:fed4:e5f6]:0000801",
         "http://[2001:0db8:1234:5678:a1b2:c3ff:fed4:e5f6]:000080"},
        {false, "localhost", "file://localhost"},
        {false, "localhost", "http://user@localhost"},

        /* A foreign host name that may nevertheless resolve to this server. */
        {false, "evil.example", "http://evil.example"},
        {false, "192.168.7.2.example", "http://192.168.7.2.example"},
        {false, "192.168.7", "http://192.168.7"},
        {false, "192.168.7.256", "http://192.168.7.256"},
        {false, "1.2.3.4.5", "http://1.2.3.4.5"},
        {false, "1.2.3.", "http://1.2.3."},
        {false, "3232237314", "http://3232237314"},
        {false, "marcel.example", "http://marcel.example"},
        {false, "marcel.local.example", "http://marcel.local.example"},
        {false, "marcel.loca", "http://marcel.loca"},
        {false, "marcels", "http://marcels"},
        {false, "kitchen-2", "http://kitchen-2"},
        {false, "kitchen.local", "http://kitchen.local"},
        {false, "kitchen-2.local.example", "http://kitchen-2.local.example"},
        {false, "marce", "http://marce"},
        {false, ".local", "http://.local"},
        {false, "localhost.example", "http://localhost.example"},
        {false, "localhos", "http://localhos"},
        {false, "localhost:x", "http://localhost:x"},
        {false, "localhost:", "http://localhost:"},
        {false, "localhost:65536", "http://localhost:65536"},
        {false, "localhost:1:2", "http://localhost:1:2"},
        {false, ":80", "http://"},
        {false, "", "http://"},
        {false, "::1", "http://::1"},
        {false, "[]", "http://[]"},
        {false, "[::g]", "http://[::g]"},
        {false, "[evil]", "http://[evil]"},
        {false, "[::1]x", "http://[::1]x"},
        {false, "[::1", "http://[::1"},
        {false, "[1.2.3.4]", "http://[1.2.3.4]"},
        {false, "a.name.that.is.much.longer.than.what.is.kept.of.it.example",
         "http://a.name.that.is.much.longer.than.what.is.kept.of.it.example"},
    };
    char head[1024];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum http_answer answer = rows[i].may ? HTTP_UPGRADE : HTTP_FORBIDDEN;
        char origin[256] = "";
        if (rows[i].origin != NULL) {
            snprintf(origin, sizeof origin, "Origin: %s" N, rows[i].origin);
        }
        snprintf(head, sizeof head, WS "Host: %s" N "%s" UPGRADE KEY V13 N, rows[i].host, origin);
        assert_head(head, answer);
        /* In the other order, and twice. */
        snprintf(head, sizeof head, WS UPGRADE KEY "%s" V13 "Host: %s" N N, origin, rows[i].host);
        assert_head(head, answer);
        if (rows[i].origin != NULL) {
            snprintf(head, sizeof head, WS "%s" UPGRADE KEY "Host: %s" N V13 "%s" N, origin,
                     rows[i].host, origin);
            assert_head(head, HTTP_FORBIDDEN);
        }
        /* The page itself is served regardless of the origin. */
        snprintf(head, sizeof head, GET "Host: %s" N "%s" N, rows[i].host, origin);
        assert_head(head, HTTP_PAGE);
    }
}

/* A page has come through a proxy that has a certificate for its host. */
static void test_behind_a_proxy(void **state)
{
    static const struct {
        const char *host, *origin;
        bool may;
    } rows[] = {
        {"chat.example.org", "Origin: https://chat.example.org" N, true},
        {"chat.example.org:8443", "Origin: https://chat.example.org:8443" N, true},
        {"chat.example.org:443", "Origin: https://chat.example.org" N, true},
        {"chat.example.org", "", true}, /* no browser */
        {"localhost", "Origin: http://localhost" N, true},
        {"chat.example.org", "Origin: http://chat.example.org" N, false},
        {"chat.example.org", "Origin: https://evil.example" N, false},
        {"chat.example.org:8443", "Origin: https://chat.example.org" N, false},
        {"chat.example.org", "Origin: null" N, false},
    };
    char head[1024];
    size_t used;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_request request = {.bytes = 0};
        snprintf(head, sizeof head, WS "Host: %s" N "%s" UPGRADE KEY V13 N, rows[i].host,
                 rows[i].origin);
        http_behind_proxy(&request);
        assert_int_equal(http_feed(&request, (const uint8_t *)head, strlen(head), &site, &used),
                         rows[i].may ? HTTP_UPGRADE : HTTP_FORBIDDEN);
        /* Without one, a foreign name may resolve to us. */
        request = (struct http_request){.bytes = 0};
        assert_int_equal(http_feed(&request, (const uint8_t *)head, strlen(head), &site, &used),
                         rows[i].may && strstr(head, "https:") == NULL ? HTTP_UPGRADE
                                                                       : HTTP_FORBIDDEN);
    }
}

/* RFC 9112 section 3.2.2: the host in the target takes precedence. */
static void test_host_in_target(void **state)
{
    static const struct row rows[] = {
        {HTTP_UPGRADE, "GET http://localhost/ws HTTP/1.1" N "Host: evil.example" N
                       "Origin: http://localhost" N UPGRADE KEY V13 N},
        {HTTP_UPGRADE, "GET http://localhost:80/ws HTTP/1.1" N "Origin: http://localhost" N
                       "Host: evil.example" N UPGRADE KEY V13 N},
        {HTTP_FORBIDDEN, "GET http://evil.example/ws HTTP/1.1" N "Host: localhost" N
                         "Origin: http://localhost" N UPGRADE KEY V13 N},
        {HTTP_FORBIDDEN, "GET http://evil.example/ws HTTP/1.1" N "Host: localhost" N
                         "Origin: http://evil.example" N UPGRADE KEY V13 N},
        {HTTP_BAD, "GET http://localhost/ws HTTP/1.1" N UPGRADE KEY V13 N},
    };

    (void)state;
    ASSERT_ROWS(rows);
}

/* --- The accept key ---------------------------------------------------------------- */

static void assert_accept(const char *key, const char *expected)
{
    struct http_request request = {0};
    struct outcome outcome = {0};
    char head[512], accept[HTTP_ACCEPT_BYTES + 1] = "";

    snprintf(head, sizeof head, WS HOST UPGRADE V13 "Sec-WebSocket-Key: %s" N N, key);
    feed(&request, head, strlen(head), &outcome);
    assert_int_equal(outcome.answer, HTTP_UPGRADE);
    http_accept(&request, accept);
    assert_string_equal(accept, expected);
}

static void test_accept(void **state)
{
    (void)state;
    assert_accept("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); /* RFC 6455 */
    assert_accept("z80ghJXVZe9m59/5+Ydk2g==", "fFW93ixQX4U3uHtoCAgNAEszJfA=");
    assert_accept("xMpCOKC5I4INzFCab3WEmw==", "H4UGM3tTwiC8GoRjnOdgnIumV20=");
    assert_accept("yB5yjZ1ML2NvBn+JzBSGLA==", "SBF3ZqBctYbviimL4p3zcsThRzA=");
    assert_accept("7MvIfktc4v4oMI/Z8qe68w==", "yutaXZmxqucI0x4hwnL6dOXQc/4=");
    assert_accept("qH/2eaLz5x2RgaZ7dUISLA==", "akLj1EV7jHInadWnjd5quaVCSSU=");
    assert_accept("5No7f7vOI0XXdysGdKMY1Q==", "jDAMha8IGOehndLRMp+H5kZ/xwA=");
    assert_accept("FnkJHFqID69vteYIfrGy3A==", "1+dYQJIgKBJWf4lQ5x033NkTQIc=");
    assert_accept("jxTkX87qFnpaNt7dS+olQw==", "+5vEPdtADWM811zPwCELNrfcmwE=");
}

static void assert_digest(const void *in, size_t bytes, const char *expected)
{
    uint8_t digest[SHA1_BYTES];
    char hex[2 * SHA1_BYTES + 1];
    uint8_t *exact = malloc(bytes + (bytes == 0));

    memcpy(exact, in, bytes);
    sha1(exact, bytes, digest);
    free(exact);
    for (size_t i = 0; i < SHA1_BYTES; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    assert_string_equal(hex, expected);
}

/* RFC 3174 section 7.3. */
static void test_sha1(void **state)
{
    static char a[1000000], eights[640];

    (void)state;
    assert_digest("abc", 3, "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
                  "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    memset(a, 'a', sizeof a);
    assert_digest(a, sizeof a, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    for (size_t i = 0; i < sizeof eights; i++) {
        eights[i] = (char)('0' + i % 8);
    }
    assert_digest(eights, sizeof eights, "dea356a2cddd90c7a7ecedc5ebb563934f460452");
}

/*
 * Every length around the block boundaries: the digest of all digests, compared
 * with that of Python's hashlib.
 *
 *     all = b"".join(hashlib.sha1(bytes(range(n))).digest() for n in range(131))
 */
static void test_sha1_lengths(void **state)
{
    static uint8_t in[131], all[131 * SHA1_BYTES];

    (void)state;
    for (size_t n = 0; n < sizeof in; n++) {
        in[n] = (uint8_t)n;
        sha1(in, n, all + n * SHA1_BYTES);
    }
    assert_digest(all, sizeof all, "69e8170ae953351d42e29a858ad1f6d32b9fc7d5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),        cmocka_unit_test(test_request_lines),
        cmocka_unit_test(test_headers),        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_etags),          cmocka_unit_test(test_limit),
        cmocka_unit_test(test_ended),          cmocka_unit_test(test_handshake),
        cmocka_unit_test(test_protocol),       cmocka_unit_test(test_origins),
        cmocka_unit_test(test_behind_a_proxy), cmocka_unit_test(test_host_in_target),
        cmocka_unit_test(test_accept),         cmocka_unit_test(test_sha1),
        cmocka_unit_test(test_sha1_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

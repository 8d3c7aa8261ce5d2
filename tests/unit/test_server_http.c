/* server_http.c, with sockets of the test: a browser that joins while the stack has no memory. */
#include "core/session.h"
#include "lwchat_error.h"
#include "net/page.h"
#include "net/server_parts.h"
#include "port.h"

#include "unit.h"

#include <string.h>

enum { PLACES = 2 };

const unsigned char page_gzip[] = "page";
const unsigned page_gzip_bytes = 4;
const char page_etag[] = "\"1\"";
const char page_fields[] = "ETag: \"1\"\r\n";

/* The handshake of RFC 6455 section 1.3. */
static const char handshake[] = "GET /ws HTTP/1.1\r\n"
                                "Host: localhost\r\n"
                                "Upgrade: websocket\r\n"
                                "Connection: Upgrade\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                "Sec-WebSocket-Version: 13\r\n\r\n";
static const char switched[] = "HTTP/1.1 101 Switching Protocols\r\n"
                               "Upgrade: websocket\r\n"
                               "Connection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static struct server server;
static const struct lwchat_config config = {.name = "Marcel", .max_sessions = PLACES};

/* --- The only socket --------------------------------------------------------------- */

static bool calling, was_reset, finished, peer_gone;
static size_t room; /* bytes for which there is memory */
static char sent[512];
static size_t sent_bytes, heard;

int sock_accept(int listener, struct sock_address *peer)
{
    (void)listener;
    if (!calling) {
        return LWCHAT_AGAIN;
    }
    calling = false;
    *peer = (struct sock_address){address_v4(0x0A000001), 4000};
    return 5;
}

int sock_peek(int sock, void *buffer, size_t bytes)
{
    size_t left = sizeof handshake - 1 - heard;

    (void)sock;
    bytes = left < bytes ? left : bytes;
    memcpy(buffer, handshake + heard, bytes);
    return bytes > 0 ? (int)bytes : LWCHAT_AGAIN;
}

void sock_skip(int sock, void *buffer, size_t bytes)
{
    (void)sock;
    (void)buffer;
    heard += bytes;
}

int sock_send(int sock, const void *data, size_t bytes)
{
    (void)sock;
    if (peer_gone) {
        return LWCHAT_GONE;
    }
    bytes = bytes < room ? bytes : room;
    assert_true(sent_bytes + bytes < sizeof sent);
    memcpy(sent + sent_bytes, data, bytes);
    sent_bytes += bytes;
    sent[sent_bytes] = '\0';
    room -= bytes;
    return bytes > 0 ? (int)bytes : LWCHAT_AGAIN;
}

int sock_finish(int sock)
{
    (void)sock;
    finished = true;
    return LWCHAT_OK;
}

size_t sock_abort(int sock)
{
    (void)sock;
    was_reset = true;
    return 0;
}

bool sock_delivered(int sock)
{
    (void)sock;
    return false;
}

void sock_close(int sock)
{
    (void)sock;
    fail();
}

int sock_listen(uint16_t port, int backlog)
{
    (void)port;
    (void)backlog;
    return 1;
}

void sock_set_backlog(int listener, int backlog)
{
    (void)listener;
    (void)backlog;
}

/* --- The rest of the server, and the port ------------------------------------------- */

void server_files_write(struct server *of)
{
    (void)of;
}

void port_address(char text[PORT_ADDRESS_BYTES])
{
    text[0] = '\0';
}

void port_reach(struct port_reach *reach, uint16_t listening)
{
    *reach = (struct port_reach){.port = listening};
}

bool port_reading_is_short(void)
{
    return false;
}

/* --- The tests ---------------------------------------------------------------------- */

/* A pass of the loop, as far as it concerns a request. */
static void pass(uint32_t ms)
{
    struct server_connection *browser = &server.connection[0];

    server.now_ms += ms;
    server.busy = false;
    chat_begin(&server.chat, server.now_ms);
    server_http_accept(&server);
    if (server_is_request(browser)) {
        server_http_read(&server, browser);
    }
    if (server_is_request(browser)) {
        server_http_serve(&server, browser);
    }
    chat_tick(&server.chat);
}

/* A browser has connected and asked to join, with memory for `bytes`. */
static void browser_joins(size_t bytes)
{
    struct chat_config chat_config = {.name = "Marcel", .max_sessions = PLACES};

    memset(&server, 0, sizeof server);
    server.now_ms = UINT32_MAX - 5000; /* wraps during the test */
    server_http_start(&server, &config, &chat_config);
    chat_init(&server.chat, &chat_config, server.now_ms);
    server.poll[1] = (struct sock_poll){.sock = 1, .ready = SOCK_READABLE};
    calling = true;
    was_reset = finished = peer_gone = false;
    sent_bytes = heard = 0;
    sent[0] = '\0';
    room = bytes;
    pass(1);
}

static void is_chatting(void)
{
    struct server_connection *browser = &server.connection[0];

    assert_string_equal(sent, switched);
    assert_int_equal(browser->state, SERVER_CHATTING);
    assert_int_equal(chat_state(&server.chat, browser->session), CHAT_ACTIVE);
    assert_int_equal(chat_people(&server.chat), 1);
    assert_false(server.request[0].used);
    assert_int_equal(server.web, 0);
    assert_true(server.busy); /* it is greeted in the next pass */
}

static void nothing_is_left(void)
{
    assert_int_equal(server.taken, 0);
    assert_int_equal(server.web, 0);
    assert_false(server.request[0].used);
    assert_int_equal(chat_people(&server.chat), 0);
}

static void test_it_joins(void **state)
{
    (void)state;
    browser_joins(SIZE_MAX);
    is_chatting();
}

/* It is not reset, but waits; meanwhile the loop looks for memory again soon. */
static void test_no_memory_for_a_while(void **state)
{
    (void)state;
    browser_joins(0);
    for (unsigned i = 0; i < 50; i++) {
        assert_false(was_reset);
        assert_int_equal(server.connection[0].state, SERVER_ANSWERING);
        assert_true(server_http_prepare(&server, &server.connection[0]) <= SERVER_RETRY_MS);
        assert_int_equal(chat_people(&server.chat), 1); /* it has its place, and only one */
        pass(100);
    }
    room = SIZE_MAX;
    pass(1);
    is_chatting();
    assert_false(was_reset);
}

static void test_memory_for_a_few_bytes_at_a_time(void **state)
{
    (void)state;
    browser_joins(1);
    for (unsigned n = 1; n < sizeof switched - 1; n++) {
        assert_int_equal(server.connection[0].state, SERVER_ANSWERING);
        room = 1;
        pass(1);
    }
    is_chatting();
}

/* As any request whose answer cannot be sent. */
static void test_no_memory_for_long(void **state)
{
    (void)state;
    browser_joins(0);
    pass(LWCHAT_HTTP_MS - 1);
    assert_false(was_reset);
    pass(1);
    assert_true(was_reset);
    nothing_is_left();
}

static void test_it_leaves_while_it_waits(void **state)
{
    (void)state;
    browser_joins(0);
    peer_gone = true;
    pass(1);
    nothing_is_left();
}

/* What waits for memory has a place among people, and leaves its place among requests. */
static void test_it_counts_as_a_person_while_it_waits(void **state)
{
    (void)state;
    browser_joins(0);
    unsigned left = server_places_left(&server);
    assert_int_equal(server.web, 0);
    room = SIZE_MAX;
    pass(1);
    is_chatting();
    assert_int_equal(server_places_left(&server), left);
}

/* There is none: it is told so, and its request ends. */
static void test_no_place(void **state)
{
    (void)state;
    browser_joins(0);
    server_abort(&server, &server.connection[0]);
    while (chat_join_as(&server.chat, address_v4(1), 1, CHAT_LINES) > 0) {
    }
    calling = true;
    heard = 0;
    room = SIZE_MAX;
    pass(1);
    assert_memory_equal(sent, "HTTP/1.1 503 ", 13);
    assert_true(finished);
    assert_int_equal(server.connection[0].state, SERVER_DRAINING);
    assert_false(server.request[0].used);
    assert_int_equal(server.web, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_joins),
        cmocka_unit_test(test_no_memory_for_a_while),
        cmocka_unit_test(test_memory_for_a_few_bytes_at_a_time),
        cmocka_unit_test(test_no_memory_for_long),
        cmocka_unit_test(test_it_leaves_while_it_waits),
        cmocka_unit_test(test_it_counts_as_a_person_while_it_waits),
        cmocka_unit_test(test_no_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

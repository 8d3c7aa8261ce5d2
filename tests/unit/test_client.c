/* The client's loop over scripted sockets, console and clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lwchat_error.h"
#include "net/client.h"
#include "net/sock.h"
#include "port.h"

enum { SOCK = 5 };

static struct {
    uint32_t now_ms;
    int resolve, connect, connected; /* what these give */
    bool open;
    char arrived[2048]; /* from the server */
    size_t arrived_bytes;
    bool server_ended, server_reset;
    size_t send_room; /* what the connection takes now */
    char sent[8192];  /* '|' stands between writes */
    size_t sent_bytes;
    uint32_t sent_ms;
    bool finished;
    uint32_t finished_ms;
    char typed[4096];
    size_t typed_bytes;
    bool input_ended;
    bool starved; /* the client has read all that was typed */
    size_t console_room;
    bool console_gone;
    char out[16384];
    size_t out_bytes;
    char complaint[512];
    bool stopping;
    uint32_t last_wait_ms;
} world;

static struct client client;

static void world_begin(void)
{
    memset(&world, 0, sizeof world);
    world.now_ms = UINT32_MAX - 5000; /* wraps on the way */
    world.send_room = SIZE_MAX;
    world.console_room = SIZE_MAX;
}

int sock_resolve(const char *host, uint32_t *ip)
{
    assert_non_null(host);
    *ip = 0x7F000001;
    return world.resolve;
}

int sock_connect(const struct sock_address *to)
{
    assert_true(to->ip == 0x7F000001 && to->port > 0);
    world.open = world.connect == 0;
    return world.connect == 0 ? SOCK : world.connect;
}

int sock_connected(int sock)
{
    assert_int_equal(sock, SOCK);
    return world.connected;
}

int sock_peek(int sock, void *buffer, size_t bytes)
{
    assert_true(sock == SOCK && world.open && bytes > 0);
    if (world.arrived_bytes == 0) {
        return world.server_reset ? LWCHAT_GONE : world.server_ended ? 0 : LWCHAT_AGAIN;
    }
    if (bytes > world.arrived_bytes) {
        bytes = world.arrived_bytes;
    }
    memcpy(buffer, world.arrived, bytes);
    return (int)bytes;
}

void sock_skip(int sock, size_t bytes)
{
    assert_true(sock == SOCK && bytes <= world.arrived_bytes);
    world.arrived_bytes -= bytes;
    memmove(world.arrived, world.arrived + bytes, world.arrived_bytes);
}

int sock_send(int sock, const void *data, size_t bytes)
{
    assert_true(sock == SOCK && world.open && !world.finished && bytes > 0);
    if (world.server_reset) {
        return LWCHAT_GONE;
    }
    if (world.send_room == 0) {
        return LWCHAT_AGAIN;
    }
    if (bytes > world.send_room) {
        bytes = world.send_room;
    }
    world.send_room -= bytes;
    assert_true(world.sent_bytes + bytes + 2 < sizeof world.sent);
    memcpy(world.sent + world.sent_bytes, data, bytes);
    world.sent_bytes += bytes;
    world.sent[world.sent_bytes++] = '|';
    world.sent_ms = world.now_ms;
    return (int)bytes;
}

int sock_finish(int sock)
{
    assert_int_equal(sock, SOCK);
    world.finished = true;
    world.finished_ms = world.now_ms;
    return LWCHAT_OK;
}

void sock_close(int sock)
{
    assert_true(sock == SOCK && world.open);
    world.open = false;
}

void sock_abort(int sock)
{
    sock_close(sock);
}

int sock_wait(struct sock_poll *set, size_t count, uint32_t timeout_ms)
{
    assert_int_equal(count, 1);
    assert_true(set->sock < 0 || world.open);
    bool readable = (set->want & SOCK_READABLE) != 0 &&
                    (world.arrived_bytes > 0 || world.server_ended || world.server_reset);
    bool writable = (set->want & SOCK_WRITABLE) != 0 && world.send_room > 0;
    world.last_wait_ms = timeout_ms;
    if (world.starved && (world.typed_bytes > 0 || world.input_ended)) {
        world.starved = false;
        return 0;
    }
    if (set->sock < 0 || (!readable && !writable)) {
        world.now_ms += timeout_ms;
    }
    return 0;
}

int port_console_read(char *buffer, size_t bytes)
{
    assert_true(bytes > 0);
    if (world.typed_bytes == 0) {
        world.starved = true;
        return world.input_ended ? LWCHAT_GONE : LWCHAT_AGAIN;
    }
    if (bytes > world.typed_bytes) {
        bytes = world.typed_bytes;
    }
    memcpy(buffer, world.typed, bytes);
    world.typed_bytes -= bytes;
    memmove(world.typed, world.typed + bytes, world.typed_bytes);
    return (int)bytes;
}

int port_console_write(const char *text, size_t bytes)
{
    if (world.console_gone) {
        return LWCHAT_GONE;
    }
    if (bytes > world.console_room) {
        bytes = world.console_room;
    }
    world.console_room -= bytes;
    assert_true(world.out_bytes + bytes < sizeof world.out);
    memcpy(world.out + world.out_bytes, text, bytes);
    world.out_bytes += bytes;
    world.out[world.out_bytes] = '\0';
    return (int)bytes;
}

uint32_t port_now_ms(void)
{
    return world.now_ms;
}

bool port_stopping(void)
{
    return world.stopping;
}

int port_set_address(const char *address, const char *gateway)
{
    return strcmp(address, "10.0.0.2/8") == 0 &&
                   (gateway == NULL || strcmp(gateway, "10.0.0.1") == 0)
               ? LWCHAT_OK
               : LWCHAT_BAD_ARGUMENT;
}

void port_complain(const char *text)
{
    snprintf(world.complaint, sizeof world.complaint, "%s", text);
}

static void arrives(const char *text)
{
    size_t bytes = strlen(text);

    assert_true(world.arrived_bytes + bytes <= sizeof world.arrived);
    memcpy(world.arrived + world.arrived_bytes, text, bytes);
    world.arrived_bytes += bytes;
}

static void is_typed(const char *text)
{
    size_t bytes = strlen(text);

    assert_true(world.typed_bytes + bytes <= sizeof world.typed);
    memcpy(world.typed + world.typed_bytes, text, bytes);
    world.typed_bytes += bytes;
}

static struct client_config config;

static void begin(enum client_framing framing, const char *nick)
{
    world_begin();
    config = (struct client_config){
        .host = "here", .port = 50000, .nick = nick, .framing = framing, .lang = WORDS_ENGLISH};
    client_start(&client, &config);
}

/* Runs for some time, or to the end; a loop that spins fails. */
static bool run_ms(uint32_t ms)
{
    uint32_t start_ms = world.now_ms;
    int at_once = 0;

    while (world.now_ms - start_ms < ms) {
        uint32_t before_ms = world.now_ms;
        if (!client_step(&client)) {
            return false;
        }
        at_once = before_ms == world.now_ms ? at_once + 1 : 0;
        assert_true(at_once < 100);
    }
    return true;
}

static const char *sent(void)
{
    world.sent[world.sent_bytes] = '\0';
    return world.sent;
}

static void test_a_talk(void **state)
{
    (void)state;
    begin(CLIENT_AUTO, "bob");
    is_typed("early\n");
    arrives("Welcome.\n");
    assert_true(run_ms(300));
    assert_string_equal(world.out, "Connected to here port 50000.\nWelcome.\n");
    assert_string_equal(sent(), "/nick bob\nearly\n|");
    is_typed("late");
    world.input_ended = true;
    assert_true(run_ms(1000));
    assert_string_equal(sent(), "/nick bob\nearly\n|late\n|fin\n|");
    assert_false(world.finished);
    arrives("fin\n");
    world.server_ended = true;
    assert_false(run_ms(1000));
    assert_int_equal(client.result, 0);
    assert_false(world.open);
    assert_string_equal(world.out, "Connected to here port 50000.\nWelcome.\nfin\n");
    assert_string_equal(world.complaint, "");
}

static void test_a_server_that_does_not_greet(void **state)
{
    (void)state;
    begin(CLIENT_AUTO, "bob");
    is_typed("hello\n");
    assert_true(run_ms(900));
    assert_string_equal(sent(), "");
    assert_true(run_ms(400));
    assert_string_equal(sent(), "/nick bob\nhello\n|");
    world.input_ended = true;
    assert_true(run_ms(2600));
    assert_string_equal(sent(), "/nick bob\nhello\n|fin\n|");
    /* It does not know the word: it gets the end of our side. */
    assert_true(world.finished);
    assert_in_range(world.finished_ms - world.sent_ms, 2000, 2500);
}

static void test_a_server_without_newlines(void **state)
{
    (void)state;
    begin(CLIENT_AUTO, NULL);
    arrives("Bienvenue.");
    is_typed("un\ndeux\n");
    world.input_ended = true;
    assert_true(run_ms(200));
    assert_string_equal(sent(), "");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "un|");
    uint32_t first_ms = world.sent_ms;
    assert_true(run_ms(LWCHAT_QUIET_MS + 90));
    assert_string_equal(sent(), "un|deux|");
    assert_in_range(world.sent_ms - first_ms, LWCHAT_QUIET_MS + 100, LWCHAT_QUIET_MS + 120);
    assert_true(run_ms(LWCHAT_QUIET_MS + 150));
    assert_string_equal(sent(), "un|deux|fin|");
    world.server_ended = true;
    assert_false(run_ms(500));
    assert_int_equal(client.result, 0);
}

static void test_failures(void **state)
{
    static const struct {
        int resolve, connect, connected;
        const char *complaint;
    } failures[] = {
        {LWCHAT_NOT_FOUND, 0, 0, "Connection failed: no host is called \"here\""},
        {LWCHAT_AGAIN, 0, 0, "Connection failed: no host is called \"here\""},
        {0, LWCHAT_UNREACHABLE, 0, "Connection failed: there is no way to here"},
        {0, LWCHAT_NO_MEMORY, 0, "Connection failed: the network stack has no room, or gave up"},
        {0, 0, LWCHAT_REFUSED, "Connection failed: nobody listens on here port 50000"},
        {0, 0, LWCHAT_TIMED_OUT, "Connection failed: here port 50000 does not answer"},
        {0, 0, LWCHAT_AGAIN, "Connection failed: here port 50000 does not answer"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        begin(CLIENT_AUTO, NULL);
        world.resolve = failures[i].resolve;
        world.connect = failures[i].connect;
        world.connected = failures[i].connected;
        world.send_room = 0;
        assert_false(run_ms(30000));
        assert_int_equal(client.result, 1);
        assert_string_equal(world.complaint, failures[i].complaint);
        assert_false(world.open);
        assert_int_equal(world.out_bytes, 0);
    }
}

static void test_a_reset(void **state)
{
    (void)state;
    begin(CLIENT_AUTO, NULL);
    arrives("Welcome.\nhal");
    assert_true(run_ms(100));
    world.server_reset = true;
    assert_false(run_ms(1000));
    assert_int_equal(client.result, 1);
    assert_string_equal(world.complaint, "The connection to here port 50000 was lost.");
    assert_string_equal(world.out, "Connected to here port 50000.\nWelcome.\nhal\n");

    /* After the farewell it is as good as a close. */
    begin(CLIENT_AUTO, NULL);
    arrives("Welcome.\n");
    is_typed("fin\n");
    world.input_ended = true;
    assert_true(run_ms(100));
    assert_string_equal(sent(), "fin\n|");
    world.server_reset = true;
    assert_false(run_ms(1000));
    assert_int_equal(client.result, 0);
    assert_string_equal(world.complaint, "");
}

static void test_a_slow_connection_holds_the_console(void **state)
{
    (void)state;
    begin(CLIENT_LINE, NULL);
    world.send_room = 0;
    for (int i = 0; i < 40; i++) {
        is_typed(
            "0123456789012345678901234567890123456789012345678901234567890123456789012345678\n");
    }
    assert_true(run_ms(500));
    assert_in_range(world.typed_bytes, 1, sizeof world.typed);
    world.send_room = 7;
    assert_true(run_ms(500));
    assert_int_equal(world.sent_bytes, 8);
    world.send_room = SIZE_MAX;
    assert_true(run_ms(500));
    assert_int_equal(world.typed_bytes, 0);
    size_t bytes = 0;
    for (size_t i = 0; i < world.sent_bytes; i++) {
        if (world.sent[i] != '|') {
            assert_int_equal(world.sent[i], bytes % 80 == 79 ? '\n' : '0' + (int)(bytes % 80 % 10));
            bytes++;
        }
    }
    assert_int_equal(bytes, 3200);
}

static void test_a_slow_console_holds_the_connection(void **state)
{
    (void)state;
    begin(CLIENT_AUTO, NULL);
    world.console_room = 10;
    arrives("Welcome.\n");
    assert_true(run_ms(500));
    assert_string_equal(world.out, "Connected ");
    assert_int_equal(world.arrived_bytes, 9);
    /* Nothing is lost when the server ends meanwhile. */
    world.server_ended = true;
    assert_true(run_ms(3000));
    world.console_room = SIZE_MAX;
    assert_false(run_ms(3000));
    assert_string_equal(world.out, "Connected to here port 50000.\nWelcome.\n");
    assert_int_equal(client.result, 0);
}

static void test_stopping(void **state)
{
    (void)state;
    begin(CLIENT_AUTO, NULL);
    arrives("Welcome.\n");
    assert_true(run_ms(100));
    is_typed("unsent\n");
    world.send_room = 0;
    assert_true(run_ms(300));
    world.stopping = true;
    world.send_room = SIZE_MAX;
    assert_true(run_ms(300));
    assert_string_equal(sent(), "fin\n|");
    assert_true(world.finished);
    uint32_t start_ms = world.now_ms;
    assert_false(run_ms(5000)); /* the server does not answer */
    assert_in_range(world.now_ms - start_ms, 0, 1600);
    assert_int_equal(client.result, 0);
    assert_false(world.open);

    begin(CLIENT_AUTO, NULL);
    world.connected = LWCHAT_AGAIN;
    world.send_room = 0;
    assert_true(run_ms(100));
    world.stopping = true;
    assert_false(run_ms(500));
    assert_int_equal(client.result, 0);
}

static void test_nobody_reads(void **state)
{
    (void)state;
    begin(CLIENT_AUTO, NULL);
    world.console_gone = true;
    arrives("Welcome.\n");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "fin\n|");
    assert_true(world.finished);
    world.server_ended = true;
    assert_false(run_ms(1000));
    assert_int_equal(client.result, 0);
}

static void test_a_board_connects_again_and_again(void **state)
{
    (void)state;
    world_begin();
    config = (struct client_config){.host = NULL, .port = 50000, .lang = WORDS_ENGLISH};
    client_start(&client, &config);
    is_typed("hello\n/connect\n/connect a b\n/ip 10.0.0.2/8 10.0.0.1\n/ip 1\n");
    assert_true(run_ms(100));
    assert_string_equal(world.out, "*** not connected: /connect HOST [PORT]\n"
                                   "*** not connected: /connect HOST [PORT]\n"
                                   "!!! \"/connect\" is not complete: /connect HOST [PORT]\n"
                                   "!!! \"/connect a b\" is not complete: /connect HOST [PORT]\n"
                                   "*** the address is now 10.0.0.2/8\n"
                                   "!!! \"1\" cannot be set: /ip ADDR/PREFIX [GATEWAY]\n");
    for (int i = 0; i < 3; i++) {
        world.out_bytes = world.sent_bytes = 0;
        world.finished = world.server_ended = false;
        is_typed("/connect 192.0.2.1 7\nsaid\n");
        arrives("Welcome.\n");
        assert_true(run_ms(300));
        assert_string_equal(world.out, "Connected to 192.0.2.1 port 7.\nWelcome.\n");
        assert_string_equal(sent(), "said\n|");
        world.server_ended = true;
        assert_true(run_ms(1000));
        assert_false(world.open);
        assert_non_null(strstr(world.out, "\n*** not connected: /connect HOST [PORT]\n"));
    }
    world.connected = LWCHAT_REFUSED;
    is_typed("/connect there\n");
    assert_true(run_ms(1000));
    assert_string_equal(world.complaint, "Connection failed: nobody listens on there port 50000");
    assert_int_equal(client.state, CLIENT_IDLE);
}

static void test_an_idle_client_sleeps(void **state)
{
    (void)state;
    begin(CLIENT_AUTO, NULL);
    arrives("Welcome.\n");
    assert_true(run_ms(20000));
    assert_in_range(world.last_wait_ms, 5000, UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_talk),
        cmocka_unit_test(test_a_server_that_does_not_greet),
        cmocka_unit_test(test_a_server_without_newlines),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_a_reset),
        cmocka_unit_test(test_a_slow_connection_holds_the_console),
        cmocka_unit_test(test_a_slow_console_holds_the_connection),
        cmocka_unit_test(test_stopping),
        cmocka_unit_test(test_nobody_reads),
        cmocka_unit_test(test_a_board_connects_again_and_again),
        cmocka_unit_test(test_an_idle_client_sleeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

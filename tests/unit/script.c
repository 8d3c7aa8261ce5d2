#include "script.h"

#include "net/sock.h"
#include "port.h"

enum { SOCK = 5 };

struct script world;
struct client client;
struct client_config config;

static void world_begin(void)
{
    memset(&world, 0, sizeof world);
    world.now_ms = UINT32_MAX - 5000; /* wraps during the test */
    world.send_room = SIZE_MAX;
    world.console_room = SIZE_MAX;
    world.acknowledged = SIZE_MAX;
}

int sock_resolve(const char *host, struct lwchat_address *ip)
{
    assert_non_null(host);
    *ip = address_v4(0x7F000001);
    return world.resolve;
}

int sock_connect(const struct sock_address *to)
{
    assert_true(to->ip.low == 0x7F000001 && to->port > 0);
    world.open = world.connect == 0;
    world.got = 0;
    world.server_ended = world.server_reset = world.finished = false;
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

void sock_skip(int sock, void *buffer, size_t bytes)
{
    (void)buffer;
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
    world.got += bytes;
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

bool sock_has_ended(int sock)
{
    (void)sock;
    return world.server_reset;
}

bool sock_delivered(int sock)
{
    (void)sock;
    return true;
}

int sock_unacknowledged(int sock, bool *silent)
{
    assert_true(sock == SOCK && world.open);
    *silent = world.silent;
    if (world.server_reset) {
        return LWCHAT_GONE;
    }
    return world.got > world.acknowledged ? (int)(world.got - world.acknowledged) : 0;
}

void sock_close(int sock)
{
    assert_true(sock == SOCK && world.open);
    world.open = false;
}

size_t sock_abort(int sock)
{
    sock_close(sock);
    return 0;
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
        uint32_t left_ms = world.until_ms - world.now_ms;
        world.now_ms += timeout_ms < left_ms ? timeout_ms : left_ms;
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

void port_address(char text[PORT_ADDRESS_BYTES])
{
    strcpy(text, world.address_set ? "10.0.0.2/8 10.0.0.1" : "");
}

bool port_clock(uint32_t *utc_s, int32_t *local_s)
{
    *utc_s = world.utc_s;
    *local_s = 3600;
    return world.utc_s > 0;
}

void port_entropy(void *buffer, size_t bytes)
{
    memset(buffer, 0, bytes); /* the longest pauses */
}

bool port_screen(uint32_t *colours)
{
    *colours = 0;
    return world.screen;
}

void port_screen_echo(bool echoes)
{
    world.echoes = echoes;
}

void port_screen_hide(bool hides)
{
    world.hides = hides;
}

void port_screen_status(const char *text, size_t bytes)
{
    memcpy(world.status, text, bytes);
    world.status[bytes] = '\0';
}

void port_screen_complete(void (*complete)(void *context, const char *line, size_t bytes,
                                           struct port_completion *completion),
                          void *context)
{
    world.complete = complete;
    world.complete_context = context;
}

size_t port_log_write(const char *text, size_t bytes)
{
    size_t had = strlen(world.log);

    assert_true(had + bytes < sizeof world.log);
    memcpy(world.log + had, text, bytes);
    return bytes;
}

bool port_stopping(void)
{
    return world.stopping;
}

int port_set_address(const char *address, const char *gateway)
{
    bool good =
        strcmp(address, "10.0.0.2/8") == 0 && (gateway == NULL || strcmp(gateway, "10.0.0.1") == 0);

    world.address_set = world.address_set || good;
    return good ? LWCHAT_OK : LWCHAT_BAD_ARGUMENT;
}

void port_complain(const char *text)
{
    size_t bytes = strlen(world.complaint);

    snprintf(world.complaint + bytes, sizeof world.complaint - bytes, "%s%s", bytes > 0 ? "\n" : "",
             text);
}

void arrives(const char *text)
{
    size_t bytes = strlen(text);

    assert_true(world.arrived_bytes + bytes <= sizeof world.arrived);
    memcpy(world.arrived + world.arrived_bytes, text, bytes);
    world.arrived_bytes += bytes;
}

void is_typed(const char *text)
{
    size_t bytes = strlen(text);

    assert_true(world.typed_bytes + bytes <= sizeof world.typed);
    memcpy(world.typed + world.typed_bytes, text, bytes);
    world.typed_bytes += bytes;
}

void begin(enum client_framing framing, const char *nick)
{
    world_begin();
    config = (struct client_config){
        .host = "here", .port = 50000, .nick = nick, .framing = framing, .lang = WORDS_ENGLISH};
    client_start(&client, &config);
}

void begin_on_screen(const char *nick)
{
    world_begin();
    world.screen = true;
    world.utc_s = 1796019150; /* 2026-11-30 06:12:30; the script's local time is an hour later */
    config = (struct client_config){
        .host = "here", .port = 50000, .nick = nick, .lang = WORDS_ENGLISH, .log = true};
    client_start(&client, &config);
}

void begin_board(void)
{
    world_begin();
    config = (struct client_config){.host = NULL, .port = 50000, .lang = WORDS_ENGLISH};
    client_start(&client, &config);
}

bool run_ms(uint32_t ms)
{
    uint32_t start_ms = world.now_ms;
    int at_once = 0;

    world.until_ms = start_ms + ms;
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

const char *sent(void)
{
    world.sent[world.sent_bytes] = '\0';
    return world.sent;
}

/* --- Other tasks: there are none -------------------------------------------- */

void sock_lock(void)
{
}

void sock_unlock(void)
{
}

void sock_wake(void)
{
}

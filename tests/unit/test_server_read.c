/* server_read.c, with sockets of the test: which connection is heard when the log has no room. */
#include "net/server_parts.h"

#include "unit.h"

#include <string.h>

/* Connections: one that never stops, somebody who says lines, two that read, one that types. */
enum { FLOODER, SPEAKER, READER, OTHER_READER, TYPIST, PEERS };

static struct server server;
static uint32_t now_ms;
static char flood[LWCHAT_RECEIVE_BYTES];
static const char *input[PEERS];
static size_t input_bytes[PEERS];

int sock_peek(int sock, void *buffer, size_t bytes)
{
    size_t count = input_bytes[sock] < bytes ? input_bytes[sock] : bytes;

    memcpy(buffer, input[sock], count);
    return count > 0 ? (int)count : LWCHAT_AGAIN;
}

void sock_skip(int sock, void *buffer, size_t bytes)
{
    (void)buffer;
    if (sock != FLOODER) {
        input[sock] += bytes;
        input_bytes[sock] -= bytes;
    }
}

bool sock_has_ended(int sock)
{
    (void)sock;
    return false;
}

void server_abort(struct server *its, struct server_connection *connection)
{
    (void)its;
    (void)connection;
    fail();
}

void server_close(struct server *its, struct server_connection *connection)
{
    server_abort(its, connection);
}

void server_mark_broken(struct server *its, struct server_connection *connection)
{
    server_abort(its, connection);
}

void server_http_read(struct server *its, struct server_connection *connection)
{
    server_abort(its, connection);
}

void server_http_take(struct server *its, struct server_connection *connection)
{
    server_abort(its, connection);
}

static void add(struct server_connection *connection, int sock)
{
    struct lwchat_address ip = address_v4(0x0A000001U + (uint32_t)sock);
    int session = chat_join_as(&server.chat, ip, 4000, CHAT_LINES);

    assert_true(session > 0);
    connection->sock = (int16_t)sock;
    connection->session = (uint16_t)session;
    connection->state = SERVER_CHATTING;
}

static void start(void)
{
    static const struct chat_config config = {.name = "Marcel", .max_sessions = PEERS};

    memset(&server, 0, sizeof server);
    chat_init(&server.chat, &config, now_ms);
    for (int i = 0; i < PEERS; i++) {
        add(&server.connection[i], i);
        input_bytes[i] = 0;
    }
    server.used = PEERS;
    for (size_t i = 0; i + 1 < sizeof flood; i += 2) {
        memcpy(flood + i, "a\n", 2);
    }
    input[FLOODER] = flood;
    input_bytes[FLOODER] = sizeof flood;
}

/* Takes up to `bytes` of what a session has to read. */
static void take(unsigned session, size_t bytes)
{
    size_t offered;

    do {
        (void)chat_output(&server.chat, session, &offered);
        size_t part = offered < bytes ? offered : bytes;
        chat_taken(&server.chat, session, part);
        bytes -= part;
    } while (bytes > 0 && offered > 0);
}

/* A pass of the loop, as server_run() makes it. */
static void pass(void)
{
    server.now_ms = ++now_ms;
    chat_begin(&server.chat, now_ms);
    server_read(&server);
    chat_tick(&server.chat);
    for (int i = 0; i < PEERS; i++) {
        bool slow = i == READER || i == OTHER_READER;
        take(server.connection[i].session, slow ? 4096 : SIZE_MAX);
    }
    take(CHAT_OPERATOR, SIZE_MAX);
    for (int i = 0; i < PEERS; i++) {
        bool reads = chat_reads(&server.chat, server.connection[i].session);
        server.poll[SERVER_LISTENERS + i].ready = reads && input_bytes[i] > 0 ? SOCK_READABLE : 0;
    }
}

/* While readers hold the log, a peer that never stops does not keep others from being heard. */
static void test_room_for_each(void **state)
{
    enum { PASSES = 400 };
    unsigned said = 0, held = 0;

    (void)state;
    start();
    for (unsigned i = 0; i < PASSES; i++) {
        if (input_bytes[SPEAKER] == 0) {
            input[SPEAKER] = "hello\n";
            input_bytes[SPEAKER] = 6;
            said++;
        }
        input[TYPIST] = i % 256 == 0 ? "\n" : "x";
        input_bytes[TYPIST] = 1;
        pass();
        held += server.poll[SERVER_LISTENERS + FLOODER].ready == 0;
    }
    assert_true(held > PASSES / 4);
    assert_true(said > PASSES / 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_room_for_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

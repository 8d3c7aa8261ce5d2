/* server_read.c, with sockets of the test: who is heard when the log has no room. */
#include "net/server_parts.h"

#include "unit.h"

#include <string.h>

/*
 * Connections: one that never stops, somebody who says lines, two that read, one that types, a
 * program that sends no line ends, and as many that leave a line unfinished as there are buffers.
 */
enum {
    FLOODER,
    SPEAKER,
    READER,
    OTHER_READER,
    TYPIST,
    PROGRAM,
    IDLER,
    PEERS = IDLER + LWCHAT_LINE_BUFFERS - 1
};

static struct server server;
static uint32_t now_ms;
static char flood[LWCHAT_RECEIVE_BYTES];
static const char *input[PEERS];
static size_t input_bytes[PEERS];
static const char *typed; /* on the console */
static unsigned firmware_said;
static bool firmware_says;

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

void server_read_console(struct server *its)
{
    if (typed != NULL && chat_reads(&its->chat, CHAT_OPERATOR)) {
        typed += chat_receive(&its->chat, CHAT_OPERATOR, (const uint8_t *)typed, strlen(typed));
        typed = *typed == '\0' ? NULL : typed;
    }
}

void server_firmware_say(struct server *its)
{
    if (firmware_says && chat_say(&its->chat, "", 0, "42", 2) == LWCHAT_OK) {
        firmware_said++;
    }
}

static void add(struct server_connection *connection, int sock)
{
    struct lwchat_address ip = address_v4(0x0A000001U + (uint32_t)sock);
    int session = sock == PROGRAM ? chat_join(&server.chat, ip, 4000)
                                  : chat_join_as(&server.chat, ip, 4000, CHAT_LINES);

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
    typed = NULL;
    firmware_says = false;
    firmware_said = 0;
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

/* @return in how many of the passes the log was held when the flooder's turn came. */
static unsigned flood_for(unsigned passes)
{
    unsigned held = 0;

    for (unsigned i = 0; i < passes; i++) {
        input[TYPIST] = i % 256 == 0 ? "\n" : "x";
        input_bytes[TYPIST] = 1;
        pass();
        held += server.poll[SERVER_LISTENERS + FLOODER].ready == 0;
    }
    return held;
}

static void start_flooded(void)
{
    start();
    assert_true(flood_for(400) > 100);
}

/* The operator's endless input, the firmware's and people's lines leave room for each other. */
static void test_room_for_people_console_and_firmware(void **state)
{
    static char file[8193];
    unsigned heard = 0, said = 0;

    (void)state;
    for (size_t i = 0; i + 1 < sizeof file; i += 2) {
        memcpy(file + i, "b\n", 2);
    }
    start();
    input_bytes[FLOODER] = 0;
    firmware_says = true;
    for (unsigned i = 0; i < 400; i++) {
        heard += typed == NULL;
        typed = typed == NULL ? file : typed;
        if (input_bytes[SPEAKER] == 0) {
            input[SPEAKER] = "hello\n";
            input_bytes[SPEAKER] = 6;
            said++;
        }
        pass();
    }
    assert_true(heard > 1);
    assert_true(said > 50);
    assert_true(firmware_said > 50);
}

/* A message ends with silence: it is said, though nothing more arrives to be read. */
static void test_room_for_a_message_without_line_end(void **state)
{
    unsigned program;

    (void)state;
    start_flooded();
    program = server.connection[PROGRAM].session;
    input[PROGRAM] = "1";
    input_bytes[PROGRAM] = 1;
    flood_for(LWCHAT_QUIET_MS + 400);
    assert_int_equal(chat_state(&server.chat, program), CHAT_ACTIVE);
    flood_for(LWCHAT_OPENING_MS);
    input[PROGRAM] = "hello";
    input_bytes[PROGRAM] = 5;
    for (unsigned i = IDLER; i < PEERS; i++) { /* people leave, which takes a turn, too */
        flood_for((LWCHAT_QUIET_MS + 200) / (PEERS - IDLER));
        chat_release(&server.chat, server.connection[i].session, 0);
    }
    assert_int_equal(server.chat.session[program].line, BUFFER_NONE);
}

/* Lines that are never finished hold all buffers: the oldest is dropped, though the log is held. */
static void test_a_buffer_for_each(void **state)
{
    (void)state;
    start_flooded();
    for (unsigned i = IDLER; i < PEERS; i++) {
        input[i] = "half a li";
        input_bytes[i] = 9;
    }
    flood_for(LWCHAT_PARTIAL_MS);
    input[SPEAKER] = "in two ";
    input_bytes[SPEAKER] = 7;
    flood_for(100);
    assert_int_equal(input_bytes[SPEAKER], 0);
    assert_true(server.chat.counts.dropped > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_room_for_each),
        cmocka_unit_test(test_room_for_people_console_and_firmware),
        cmocka_unit_test(test_room_for_a_message_without_line_end),
        cmocka_unit_test(test_a_buffer_for_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

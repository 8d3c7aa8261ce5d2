/* The history's file: what is in it when peers are sent something, and when it is replaced. */
#include "core/history.h"
#include "lwchat_error.h"
#include "net/server_parts.h"
#include "port.h"

#include "unit.h"

enum { FILE_BYTES = 12 * LWCHAT_LOG_BYTES, LONG_BYTES = 4 * LWCHAT_LOG_BYTES };

static struct server server;
static unsigned alice, bob;

/* --- The port ------------------------------------------------------------------- */

struct file {
    size_t bytes;
    char text[FILE_BYTES];
};

static struct file file, new;
static bool replaces, blocked, full, new_full, torn;
static unsigned renewals;

void port_boot_id(char id[PORT_BOOT_ID_BYTES])
{
    memset(id, 'x', PORT_BOOT_ID_BYTES);
}

const char *port_history_content(size_t *bytes)
{
    *bytes = file.bytes;
    return file.text;
}

int port_history_cut(size_t whole)
{
    file.bytes = whole;
    return LWCHAT_OK;
}

int port_history_write(const char *data, size_t bytes)
{
    struct file *to = replaces ? &new : &file;

    assert_false(torn && !replaces);
    assert_true(bytes <= FILE_BYTES - to->bytes);
    memcpy(to->text + to->bytes, data, bytes);
    bool fits = !full && !(new_full && replaces);
    to->bytes += fits ? bytes : 0;
    return fits ? LWCHAT_OK : LWCHAT_FAILED;
}

int port_history_tear(void)
{
    torn = true;
    return LWCHAT_OK;
}

uint64_t port_history_bytes(void)
{
    return replaces ? new.bytes : file.bytes;
}

int port_history_renew(void)
{
    assert_false(replaces);
    renewals++;
    new.bytes = 0;
    replaces = !blocked;
    return blocked ? LWCHAT_FAILED : LWCHAT_OK;
}

int port_history_replace(bool whole)
{
    assert_true(replaces);
    replaces = false;
    if (whole) {
        file = new;
        torn = false;
    }
    return whole ? LWCHAT_OK : LWCHAT_FAILED;
}

int port_log_reopen(void)
{
    return LWCHAT_AGAIN;
}

size_t port_log_write(const char *text, size_t bytes)
{
    (void)text;
    return bytes;
}

const char *port_reason(void)
{
    return "because";
}

void port_complain(const char *line)
{
    fail_msg("%s", line);
}

bool port_reading_is_short(void)
{
    return false;
}

void sock_close(int sock)
{
    (void)sock;
}

size_t sock_abort(int sock)
{
    (void)sock;
    return 0;
}

int sock_finish(int sock)
{
    (void)sock;
    return LWCHAT_OK;
}

void server_http_forget(struct server *of, struct server_connection *connection)
{
    (void)of;
    (void)connection;
}

void server_proxy_forget(struct server *of, const struct server_connection *connection)
{
    (void)of;
    (void)connection;
}

/* --- The chat -------------------------------------------------------------------- */

static const char *hear(unsigned session)
{
    static char heard[8 * LWCHAT_LOG_BYTES];
    size_t all = 0, bytes;

    do {
        const char *out = chat_output(&server.chat, session, &bytes);
        assert_true(bytes < sizeof heard - all);
        memcpy(heard + all, out, bytes);
        all += bytes;
        chat_taken(&server.chat, session, bytes);
    } while (bytes > 0);
    heard[all] = '\0';
    return heard;
}

static char console[4096]; /* what the operator has read and the test has not looked at */

static void pass(uint32_t ms)
{
    server.now_ms += ms;
    chat_begin(&server.chat, server.now_ms);
    chat_tick(&server.chat);
    server_files_write(&server);
    strncat(console, hear(CHAT_OPERATOR), sizeof console - strlen(console) - 1);
}

/* How often the console said that since the last time. */
static unsigned count(const char *what)
{
    unsigned found = 0;

    for (const char *at = console; (at = strstr(at, what)) != NULL; at++) {
        found++;
    }
    console[0] = '\0';
    return found;
}

/* Says so many long lines, which bob reads. */
static void say(unsigned lines)
{
    char line[LWCHAT_LINE_BYTES + 1];

    memset(line, 'x', LWCHAT_LINE_BYTES);
    line[LWCHAT_LINE_BYTES] = '\n';
    for (unsigned i = 0; i < lines; i++) {
        assert_int_equal(chat_receive(&server.chat, alice, (const uint8_t *)line, sizeof line),
                         sizeof line);
        pass(0);
        (void)hear(bob);
    }
}

static unsigned join(void)
{
    unsigned session = (unsigned)chat_join(&server.chat, address_v4(0x0A000001), 4001);

    server.connection[server.used] = (struct server_connection){
        .state = SERVER_CHATTING, .sock = (int16_t)server.used, .session = (uint16_t)session};
    server.used++;
    server.taken++;
    pass(LWCHAT_OPENING_MS);
    return session;
}

static int start(void **state)
{
    const struct chat_config config = {.name = "Marcel", .max_sessions = 4, .quiet = true};
    const struct lwchat_config options = {.name = "Marcel", .history = "history"};

    (void)state;
    memset(&server, 0, sizeof server);
    file.bytes = 0;
    replaces = blocked = full = new_full = torn = false;
    renewals = 0;
    server.now_ms = 1000;
    chat_init(&server.chat, &config, server.now_ms);
    assert_int_equal(server_files_start(&server, &options), LWCHAT_OK);
    alice = join();
    bob = join();
    (void)hear(alice);
    (void)hear(bob);
    console[0] = '\0';
    return 0;
}

/* The position up to which the file tells what was used: its last part is USED. */
static uint64_t told(void)
{
    uint64_t position = 0;
    const char *last = file.text + file.bytes - HISTORY_PART_BYTES - 8;

    assert_int_equal(last[6], HISTORY_USED);
    for (unsigned i = 8; i > 0; i--) {
        position = position << 8 | (uint8_t)last[HISTORY_PART_BYTES + i - 1];
    }
    return position;
}

static void test_who_leaves_is_written_before_others_are_sent_it(void **state)
{
    (void)state;
    uint64_t before = told();
    server_abort(&server, &server.connection[0]); /* alice's */
    assert_string_equal(hear(bob), "*** guest1 left\n");
    assert_true(told() > before);
    assert_int_equal(told(), log_long_position(&server.chat.log, server.chat.log.next));
}

static void test_a_long_file_that_cannot_be_replaced(void **state)
{
    (void)state;
    blocked = true;
    say(LONG_BYTES / LWCHAT_LINE_BYTES + 10);
    assert_true(file.bytes > LONG_BYTES);
    assert_false(torn);
    assert_int_equal(renewals, 1);
    pass(58000);
    say(1);
    assert_int_equal(renewals, 1);
    for (unsigned i = 0; i < 2; i++) {
        pass(60000);
        assert_int_equal(renewals, 2 + i);
        say(10);
        assert_int_equal(renewals, 2 + i);
    }
    assert_int_equal(count("the history's file grows, it cannot be replaced "
                           "for now: because\n"),
                     1);
    assert_int_equal(server_files_due_ms(&server), UINT32_MAX);

    /* The new one's disk is full, and then not. */
    blocked = false;
    new_full = true;
    pass(60000);
    size_t before = file.bytes;
    say(1);
    assert_true(file.bytes > before);
    new_full = false;
    pass(60000);
    assert_int_equal(renewals, 5);
    assert_true(file.bytes < 2 * LWCHAT_LOG_BYTES);
    assert_string_equal(console, "");

    /* It is told again when it fails again. */
    blocked = true;
    say(LONG_BYTES / LWCHAT_LINE_BYTES);
    assert_int_equal(count("grows"), 1);

    /* What is appended does not fit: then it is given up, until all of it is replaced. */
    full = true;
    say(1);
    assert_true(torn);
    assert_int_equal(count("cannot be written for now"), 1);
    full = blocked = false;
    pass(1000);
    assert_false(torn);
    assert_true(file.bytes < 2 * LWCHAT_LOG_BYTES);
    assert_int_equal(count("writing the history again; 0 messages lost"), 1);
}

/* The part of this run must be in a file that is long when the server starts. */
static void test_a_file_that_is_long_at_the_start(void **state)
{
    const struct lwchat_config options = {.name = "Marcel", .history = "history"};
    const struct chat_config config = {.name = "Marcel", .max_sessions = 4};

    (void)state;
    new_full = true;
    say(LONG_BYTES / LWCHAT_LINE_BYTES + 1);
    for (unsigned i = 0; i < 2; i++) {
        memset(&server, 0, sizeof server);
        server.now_ms = 1000;
        chat_init(&server.chat, &config, server.now_ms);
        size_t before = file.bytes;
        assert_int_equal(server_files_start(&server, &options), LWCHAT_OK);
        pass(0);
        assert_true(i == 0 ? file.bytes > before : file.bytes < 2 * LWCHAT_LOG_BYTES);
        assert_int_equal(i == 0 ? file.text[before + 6] : HISTORY_BEGUN, HISTORY_BEGUN);
        new_full = false;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_who_leaves_is_written_before_others_are_sent_it, start),
        cmocka_unit_test_setup(test_a_long_file_that_cannot_be_replaced, start),
        cmocka_unit_test_setup(test_a_file_that_is_long_at_the_start, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What other tasks give the server: lwchat.h, without a network. */
#include "net/server_parts.h"

#include "unit.h"

#include <string.h>

static struct server server;
static unsigned locks, wakes;
static bool locked;

void sock_lock(void)
{
    assert_false(locked);
    locked = true;
    locks++;
}

void sock_unlock(void)
{
    assert_true(locked);
    locked = false;
}

void sock_wake(void)
{
    assert_false(locked);
    wakes++;
}

static enum lwchat_answer run(void *arg, const struct lwchat_request *request, char *answer,
                              size_t bytes)
{
    (void)arg;
    (void)request;
    (void)answer;
    (void)bytes;
    return LWCHAT_TO_ASKER;
}

/* What somebody who is in the lobby has to hear. */
static unsigned alice;
static uint32_t now_ms;

static const char *hear(void)
{
    static char heard[2 * LWCHAT_LOG_BYTES];
    size_t all = 0, bytes;

    do {
        const char *out = chat_output(&server.chat, alice, &bytes);
        memcpy(heard + all, out, bytes);
        all += bytes;
        chat_taken(&server.chat, alice, bytes);
    } while (bytes > 0);
    heard[all] = '\0';
    return heard;
}

static int start(void **state)
{
    struct chat_config config = {.name = "Marcel", .max_sessions = 4};

    (void)state;
    now_ms = 1000;
    server_firmware_start(&config);
    chat_init(&server.chat, &config, now_ms);
    alice = (unsigned)chat_join(&server.chat, address_v4(0x0A000001), 4001);
    now_ms += LWCHAT_OPENING_MS;
    chat_begin(&server.chat, now_ms);
    chat_tick(&server.chat);
    (void)hear();
    wakes = locks = 0;
    return 0;
}

static void test_says_in_order(void **state)
{
    (void)state;
    assert_int_equal(lwchat_say("#lobby", "one"), LWCHAT_OK);
    assert_int_equal(lwchat_say("#nobody", "dropped"), LWCHAT_OK);
    assert_int_equal(lwchat_say(NULL, "two"), LWCHAT_OK);
    assert_int_equal(wakes, 3);
    assert_string_equal(hear(), "");
    server_firmware_say(&server);
    assert_string_equal(hear(), "Marcel> one\nMarcel> two\n");
    server_firmware_say(&server);
    assert_string_equal(hear(), "");
    server_firmware_count(&server);
    assert_int_equal(lwchat_people(), 1);
}

static void test_what_is_refused(void **state)
{
    char line[LWCHAT_LINE_BYTES + 2];

    (void)state;
    memset(line, 'x', sizeof line);
    line[LWCHAT_LINE_BYTES + 1] = '\0';
    assert_int_equal(lwchat_say("#lobby", line), LWCHAT_BAD_ARGUMENT);
    assert_int_equal(lwchat_say("lobby", "x"), LWCHAT_BAD_ARGUMENT);
    assert_int_equal(lwchat_say("", "x"), LWCHAT_BAD_ARGUMENT);
    assert_int_equal(lwchat_say("#lobby", ""), LWCHAT_BAD_ARGUMENT);
    assert_int_equal(lwchat_say("#lobby", NULL), LWCHAT_BAD_ARGUMENT);
    assert_int_equal(wakes, 0);
    line[LWCHAT_LINE_BYTES] = '\0';
    assert_int_equal(lwchat_say("#lobby", line), LWCHAT_OK);
    server_firmware_say(&server);
    assert_int_equal(strlen(hear()), strlen("Marcel> \n") + LWCHAT_LINE_BYTES);
}

/* At the limit nothing is half taken, and what was taken is said whole. */
static void test_the_queue_is_full(void **state)
{
    enum { FITS = LWCHAT_SAY_BYTES / (3 + 6 + 9) };
    unsigned taken = 0;

    (void)state;
    while (lwchat_say("#lobby", "123456789") == LWCHAT_OK) {
        taken++;
    }
    assert_int_equal(taken, FITS);
    assert_int_equal(wakes, FITS);
    assert_int_equal(lwchat_say("#lobby", "123456789"), LWCHAT_AGAIN);
    server_firmware_say(&server);
    const char *heard = hear();
    for (unsigned i = 0; i < FITS; i++, heard += strlen("Marcel> 123456789\n")) {
        assert_memory_equal(heard, "Marcel> 123456789\n", strlen("Marcel> 123456789\n"));
    }
    assert_string_equal(heard, "");
    assert_int_equal(lwchat_say("#lobby", "123456789"), LWCHAT_OK);
    server_firmware_say(&server);
    assert_string_equal(hear(), "Marcel> 123456789\n");
}

/* What the log does not take now is said later. */
static void test_the_log_is_held(void **state)
{
    unsigned said = 0;

    (void)state;
    server_firmware_say(&server);
    while (!chat_is_held(&server.chat)) {
        assert_int_equal(lwchat_say(NULL, "to and fro"), LWCHAT_OK);
        server_firmware_say(&server);
        said++;
    }
    assert_true(said > 1);
    assert_int_equal(lwchat_say(NULL, "the end"), LWCHAT_OK);
    size_t heard = strlen(hear());
    assert_int_equal(heard, (said - 1) * strlen("Marcel> to and fro\n"));
    chat_begin(&server.chat, ++now_ms);
    server_firmware_say(&server);
    assert_string_equal(hear(), "Marcel> to and fro\nMarcel> the end\n");
}

static void test_commands(void **state)
{
    static char form[LWCHAT_COMMANDS][4];
    static const char *const bad[] = {
        "led",
        "!",
        "! led",
        "!l-ed",
        "!0123456789abcdef",
        "!long 3456789012345678901234567890123456789012345678901234567890",
        "",
        NULL};

    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(lwchat_command(bad[i], run, NULL), LWCHAT_BAD_ARGUMENT);
    }
    assert_int_equal(lwchat_command("!a", NULL, NULL), LWCHAT_BAD_ARGUMENT);
    assert_int_equal(lwchat_command("!help me", run, NULL), LWCHAT_IN_USE);
    for (unsigned i = 0; i < LWCHAT_COMMANDS; i++) {
        memcpy(form[i], (char[]){'!', (char)('a' + i), ' ', '\0'}, sizeof form[i]);
        assert_int_equal(lwchat_command(form[i], run, NULL), LWCHAT_OK);
        assert_int_equal(lwchat_command(form[i], run, NULL), LWCHAT_IN_USE);
    }
    assert_int_equal(lwchat_command("!A", run, NULL), LWCHAT_IN_USE);
    assert_int_equal(lwchat_command("!more", run, NULL), LWCHAT_NO_MEMORY);
    struct chat_config config = {.name = "Marcel"};
    server_firmware_start(&config);
    assert_string_equal(config.command(0)->form, "!a ");
    assert_non_null(config.command(LWCHAT_COMMANDS - 1));
    assert_null(config.command(LWCHAT_COMMANDS));
}

static void test_nick_and_stop(void **state)
{
    struct chat_config config = {.name = "Marcel"};

    (void)state;
    assert_int_equal(lwchat_nick("a board"), LWCHAT_BAD_ARGUMENT);
    server_firmware_start(&config);
    assert_null(config.firmware);
    assert_int_equal(lwchat_nick("board"), LWCHAT_OK);
    server_firmware_start(&config);
    assert_string_equal(config.firmware, "board");
    assert_false(server_firmware_stops());
    lwchat_stop();
    assert_true(server_firmware_stops());
    assert_int_equal(wakes, 1);
    server_firmware_start(&config);
    assert_true(server_firmware_stops());
    server_firmware_end();
    assert_false(server_firmware_stops());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_says_in_order, start),
        cmocka_unit_test_setup(test_what_is_refused, start),
        cmocka_unit_test_setup(test_the_queue_is_full, start),
        cmocka_unit_test_setup(test_the_log_is_held, start),
        cmocka_unit_test_setup(test_commands, start),
        cmocka_unit_test_setup(test_nick_and_stop, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

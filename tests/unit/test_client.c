/* The client's loop with scripted sockets, console and clock. */
#include "script.h"

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

#define ASKED "*** Password? The next thing you send is taken for it.\n"
#define WRONG "!!! wrong password, nothing was said: 2 more attempts\n"

static void begin_with_password(const char *password, const char *nick)
{
    begin(CLIENT_AUTO, nick);
    config.password = password;
    client_start(&client, &config);
}

static void test_a_password_is_given_when_asked_for(void **state)
{
    (void)state;
    begin_with_password("sesame", "bob");
    is_typed("early\n");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "");
    arrives(ASKED);
    assert_true(run_ms(300));
    assert_string_equal(sent(), "sesame\n|");
    assert_false(world.hides); /* nothing is to be typed */
    assert_true(run_ms(5000)); /* for as long as it takes */
    arrives("Welcome.\n");
    assert_true(run_ms(300));
    assert_string_equal(sent(), "sesame\n|/nick bob\nearly\n|");
    assert_false(world.hides);
    /* In the chat, that is just what somebody says. */
    arrives(ASKED WRONG);
    assert_true(run_ms(300));
    assert_false(world.hides);
    assert_string_equal(sent(), "sesame\n|/nick bob\nearly\n|");
    /* What may not have arrived is told, but never the password. */
    world.server_reset = true;
    assert_false(run_ms(500));
    assert_null(strstr(world.complaint, "sesame"));
    assert_null(strstr(world.out, "sesame"));
}

static void test_a_password_is_typed(void **state)
{
    (void)state;
    begin(CLIENT_AUTO, "bob");
    arrives(ASKED);
    assert_true(run_ms(2000));
    assert_string_equal(sent(), "");
    assert_true(world.hides);
    is_typed("nonsense\r\n");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "nonsense\n|");
    is_typed("ses");
    arrives(WRONG);
    assert_true(run_ms(100));
    is_typed("ame\nhello\n");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "nonsense\n|sesame\n|");
    arrives("Welcome.\n");
    assert_true(run_ms(300));
    assert_string_equal(sent(), "nonsense\n|sesame\n|/nick bob\nhello\n|");
}

/* A line that is longer than any password ends where it ends. */
static void test_a_long_line_for_a_password(void **state)
{
    char line[3000];

    (void)state;
    begin(CLIENT_AUTO, "bob");
    arrives(ASKED);
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    is_typed(line);
    assert_true(run_ms(100));
    is_typed("\nsesame\nhello\n");
    assert_true(run_ms(100));
    assert_int_equal(world.sent_bytes, LWCHAT_PASSWORD_BYTES + 1 + sizeof "\n|" - 1);
    world.sent_bytes = 0;
    arrives(WRONG);
    assert_true(run_ms(100));
    assert_string_equal(sent(), "sesame\n|");
    arrives("Welcome.\n");
    assert_true(run_ms(300));
    assert_string_equal(sent(), "sesame\n|/nick bob\nhello\n|");
}

static void test_a_script_with_a_wrong_password_ends(void **state)
{
    (void)state;
    begin_with_password("nonsense", "bob");
    is_typed("hello\nagain\n");
    arrives(ASKED);
    assert_true(run_ms(100));
    arrives(WRONG);
    assert_true(run_ms(300));
    assert_string_equal(sent(), "nonsense\n|fin\n|");
    arrives("fin\n");
    world.server_ended = true;
    assert_false(run_ms(1000));
    assert_int_equal(client.result, 1);
}

static void test_a_password_is_refused_for_good(void **state)
{
    (void)state;
    begin_with_password("nonsense", NULL);
    arrives(ASKED);
    assert_true(run_ms(100));
    arrives("!!! too many wrong passwords from your address: try again in 60 seconds\nfin\n");
    world.server_ended = true;
    assert_false(run_ms(1000));
    assert_int_equal(client.result, 1);
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
    /* A server that does not react to the farewell is sent our FIN. */
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

/* telnetd waits for the negotiation before it prompts for a login; a prompt has no line end. */
static void test_a_telnet_server(void **state)
{
    (void)state;
    begin(CLIENT_AUTO, NULL);
    world.send_room = 2;
    arrives("\xff\xfd\x18\xff\xfb\x01");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "\xff\xfc|");
    world.send_room = SIZE_MAX;
    assert_true(run_ms(100));
    assert_string_equal(sent(), "\xff\xfc|\x18\xff\xfe\x01|");
    world.sent_bytes = 0;
    arrives("login: ");
    is_typed("bob\n");
    assert_true(run_ms(1500));
    assert_string_equal(world.out, "Connected to here port 50000.\nlogin: ");
    assert_string_equal(sent(), "bob\n|");
}

/* A server taken for one that sends no line ends turns out to send them. */
static void test_a_prompt_without_a_newline(void **state)
{
    (void)state;
    begin(CLIENT_AUTO, NULL);
    arrives("Name? ");
    is_typed("bob\n");
    assert_true(run_ms(1000));
    assert_string_equal(sent(), "bob|");
    arrives("Nobody typed a line.\nName? ");
    assert_true(run_ms(1000));
    is_typed("bob\n");
    assert_true(run_ms(1000));
    arrives("Hello.\n> ");
    assert_true(run_ms(1000));
    is_typed("look\n");
    world.input_ended = true;
    assert_true(run_ms(1000));
    assert_string_equal(sent(), "bob|\nbob\n|look\n|fin\n|");
    assert_string_equal(world.out, "Connected to here port 50000.\nName? \nNobody typed a line.\n"
                                   "Name? Hello.\n> ");
}

static void test_failures(void **state)
{
    static const struct {
        int resolve, connect, connected;
        const char *complaint;
    } failures[] = {
        {LWCHAT_NOT_FOUND, 0, 0, "Connection failed: no host is called \"here\""},
        {LWCHAT_AGAIN, 0, 0, "Looking up here ...\nConnection failed: no host is called \"here\""},
        {0, LWCHAT_UNREACHABLE, 0, "Connection failed: there is no route to here"},
        {0, LWCHAT_NO_MEMORY, 0,
         "Connection failed: the network stack is out of memory, or gave up"},
        {0, 0, LWCHAT_REFUSED, "Connection failed: nothing listens on here port 50000"},
        {0, 0, LWCHAT_TIMED_OUT, "Connection failed: here port 50000 does not answer"},
        {0, 0, LWCHAT_AGAIN,
         "Trying here port 50000 (127.0.0.1) ...\n"
         "Connection failed: here port 50000 does not answer"},
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

/* Loses the connection while "hello" cannot be sent. */
static void lose_what_was_not_sent(void)
{
    begin(CLIENT_AUTO, NULL);
    config.comes_back = CLIENT_RETURNS;
    arrives("Welcome.\n");
    assert_true(run_ms(1500));
    world.send_room = 0;
    is_typed("hello\n");
    assert_true(run_ms(100));
    world.server_reset = true;
    assert_true(run_ms(100));
    assert_string_equal(world.complaint, "The connection to here port 50000 was lost.");
    world.complaint[0] = '\0';
    world.send_room = SIZE_MAX;
}

static void connect_again(void)
{
    for (int i = 0; !(world.open && client.state == CLIENT_GREETING); i++) {
        assert_in_range(i, 0, 600);
        assert_true(run_ms(100));
    }
}

/* A line is sent on the next connection, or told when there will be none: never both. */
static void test_what_was_not_sent_is_sent_or_told(void **state)
{
    static const char told[] = "Perhaps not delivered:\nhello";

    (void)state;
    lose_what_was_not_sent();
    connect_again();
    arrives("Welcome.\n");
    assert_true(run_ms(1500));
    assert_string_equal(sent(), "hello\n|");
    assert_string_equal(world.complaint, "");
    /* Stopped while it waits, */
    lose_what_was_not_sent();
    world.stopping = true;
    assert_false(run_ms(100));
    assert_string_equal(world.complaint, told);
    /* before the server has greeted, */
    lose_what_was_not_sent();
    connect_again();
    world.stopping = true;
    assert_true(run_ms(100));
    world.server_ended = true;
    assert_false(run_ms(5000));
    assert_string_equal(sent(), "fin\n|");
    assert_string_equal(world.complaint, told);
    /* and when the server has ended that one, too. */
    lose_what_was_not_sent();
    connect_again();
    world.console_room = 0;
    arrives("Full.");
    world.server_ended = true;
    assert_true(run_ms(100));
    assert_int_equal(client.state, CLIENT_CLOSED);
    world.stopping = true;
    assert_true(run_ms(100));
    world.console_room = SIZE_MAX;
    assert_false(run_ms(5000));
    assert_string_equal(world.complaint, told);
}

static void test_it_says_what_takes_long(void **state)
{
    (void)state;
    begin(CLIENT_AUTO, NULL);
    world.resolve = LWCHAT_AGAIN;
    world.send_room = 0;
    assert_true(run_ms(900));
    assert_string_equal(world.complaint, "");
    assert_true(run_ms(500));
    assert_string_equal(world.complaint, "Looking up here ...");
    world.complaint[0] = '\0';
    assert_true(run_ms(3000)); /* one attempt */
    assert_string_equal(world.complaint, "");
    world.resolve = LWCHAT_OK;
    world.connected = LWCHAT_AGAIN;
    assert_true(run_ms(900));
    assert_string_equal(world.complaint, "");
    assert_true(run_ms(500));
    assert_string_equal(world.complaint, "Trying here port 50000 (127.0.0.1) ...");
    world.complaint[0] = '\0';
    assert_true(run_ms(3000));
    assert_string_equal(world.complaint, "");

    begin(CLIENT_AUTO, NULL);
    config.host = "192.0.2.7";
    config.lang = WORDS_FRENCH;
    client_start(&client, &config);
    world.connected = LWCHAT_AGAIN;
    world.send_room = 0;
    assert_true(run_ms(1500));
    assert_string_equal(world.complaint, "Essai de 192.0.2.7 port 50000 ...");
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

    /* After the farewell a reset counts as a close. */
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

    /* But not if the farewell, and lines before it, had yet to be sent. */
    for (size_t room = 0; room < 9; room += 4) {
        begin(CLIENT_AUTO, NULL);
        arrives("Welcome.\n");
        world.send_room = room;
        is_typed("hello\nfin\n");
        assert_true(run_ms(100));
        assert_true(run_ms(1));
        world.server_reset = true;
        assert_false(run_ms(1000));
        assert_int_equal(client.result, 1);
        assert_string_equal(world.complaint, room == 8
                                                 ? "The connection to here port 50000 was lost."
                                                 : "The connection to here port 50000 was lost.\n"
                                                   "Perhaps not delivered:\nhello");
    }
}

/* A server that is silent, and one that only stops accepting data. */
static void test_what_nobody_acknowledges(void **state)
{
    (void)state;
    begin(CLIENT_AUTO, NULL);
    arrives("Welcome.\n");
    is_typed("hello\n");
    world.acknowledged = 0;
    assert_true(run_ms(20000));
    assert_string_equal(world.complaint, "");
    world.silent = true;
    assert_true(run_ms(4000));
    assert_string_equal(world.complaint, "");
    assert_true(run_ms(1500));
    assert_string_equal(world.complaint,
                        "Nothing gets through to here port 50000: what you typed waits.");
    world.complaint[0] = '\0';
    is_typed("more\n");
    assert_true(run_ms(20000));
    assert_string_equal(world.complaint, "");
    world.acknowledged = 6;
    assert_true(run_ms(1000));
    assert_string_equal(world.complaint, "What you typed has got through to here port 50000.");
    /* The connection dies. */
    world.complaint[0] = '\0';
    world.send_room = 3;
    is_typed("even more\nand the rest");
    assert_true(run_ms(1000));
    world.server_reset = true;
    assert_false(run_ms(1000));
    assert_int_equal(client.result, 1);
    assert_string_equal(world.complaint, "The connection to here port 50000 was lost.\n"
                                         "Perhaps not delivered:\nmore\neven more\nand the rest");
}

/* Lines not acknowledged at the end are reported, whichever side ends the connection. */
static void test_what_is_on_its_way_at_the_end(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        begin(CLIENT_AUTO, NULL);
        arrives("Bienvenue.");
        is_typed("a\x1b\n");
        world.acknowledged = 0;
        assert_true(run_ms(1000));
        world.server_ended = true;
        assert_true(run_ms(500));
        world.acknowledged = late == 0 ? 0 : 2;
        assert_false(run_ms(1500));
        assert_string_equal(world.complaint, late == 0 ? "Perhaps not delivered:\na?" : "");
        assert_int_equal(client.result, 0);
    }
    begin(CLIENT_AUTO, NULL);
    arrives("Welcome.\n");
    is_typed("hello\n");
    world.acknowledged = 0;
    assert_true(run_ms(1000));
    world.stopping = true;
    assert_false(run_ms(5000));
    assert_string_equal(sent(), "hello\n|fin\n|");
    assert_string_equal(world.complaint, "Perhaps not delivered:\nhello");
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
    /* Nothing is lost if the server ends meanwhile. */
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

static void test_a_typed_farewell_ends_the_talk_with_any_server(void **state)
{
    (void)state;
    begin(CLIENT_AUTO, NULL);
    arrives("Welcome.\n");
    is_typed("fin\n");
    assert_true(run_ms(1500));
    assert_string_equal(sent(), "fin\n|");
    assert_false(world.finished);
    assert_true(run_ms(1500));
    assert_true(world.finished);
    world.server_ended = true;
    assert_false(run_ms(1000));
    assert_int_equal(client.result, 0);
}

static void test_an_idle_client_sleeps(void **state)
{
    (void)state;
    begin(CLIENT_AUTO, NULL);
    arrives("Welcome.\n");
    assert_true(run_ms(20000));
    assert_in_range(world.last_wait_ms, 5000, UINT32_MAX);
}

static void test_half_a_message_waits_asleep(void **state)
{
    (void)state;
    begin(CLIENT_RAW, NULL);
    arrives("Welcome.");
    assert_true(run_ms(1000));
    is_typed("abc");
    assert_true(run_ms(5000)); /* without spinning */
    assert_string_equal(sent(), "");
    is_typed("d\n");
    assert_true(run_ms(1000));
    assert_string_equal(sent(), "abcd|");
}

/* While a server reads nothing, the client sleeps, however much more is typed. */
static void test_a_server_that_does_not_read(void **state)
{
    char text[2 * LWCHAT_LINE_BYTES];

    (void)state;
    begin(CLIENT_RAW, NULL);
    memset(text, 'x', sizeof text);
    memcpy(text, "\n\nhello\n", 8);
    text[sizeof text - 1] = '\0';
    is_typed(text);
    world.send_room = 2;
    assert_true(run_ms(2000));
    assert_string_equal(sent(), "he|");
    assert_in_range(world.last_wait_ms, 1, 10000);
    world.send_room = 3;
    assert_true(run_ms(100));
    assert_string_equal(sent(), "he|llo|");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_server_that_does_not_read),
        cmocka_unit_test(test_a_talk),
        cmocka_unit_test(test_a_password_is_given_when_asked_for),
        cmocka_unit_test(test_a_password_is_typed),
        cmocka_unit_test(test_a_long_line_for_a_password),
        cmocka_unit_test(test_a_script_with_a_wrong_password_ends),
        cmocka_unit_test(test_a_password_is_refused_for_good),
        cmocka_unit_test(test_a_server_that_does_not_greet),
        cmocka_unit_test(test_a_server_without_newlines),
        cmocka_unit_test(test_a_telnet_server),
        cmocka_unit_test(test_a_prompt_without_a_newline),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_what_was_not_sent_is_sent_or_told),
        cmocka_unit_test(test_it_says_what_takes_long),
        cmocka_unit_test(test_a_reset),
        cmocka_unit_test(test_what_nobody_acknowledges),
        cmocka_unit_test(test_what_is_on_its_way_at_the_end),
        cmocka_unit_test(test_a_slow_connection_holds_the_console),
        cmocka_unit_test(test_a_slow_console_holds_the_connection),
        cmocka_unit_test(test_stopping),
        cmocka_unit_test(test_nobody_reads),
        cmocka_unit_test(test_a_typed_farewell_ends_the_talk_with_any_server),
        cmocka_unit_test(test_an_idle_client_sleeps),
        cmocka_unit_test(test_half_a_message_waits_asleep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

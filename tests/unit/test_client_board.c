/* A board's client: /connect on its console starts each connection. */
#include "script.h"

/* The advice follows the quoted input, however long that is; no character is cut in two. */
static void test_much_of_an_error_is_quoted(void **state)
{
    char typed[250] = "/connect a b ";

    (void)state;
    for (size_t n = strlen(typed); n + 2 < sizeof typed; n += 2) {
        memcpy(typed + n, "\xC3\xA9", 3);
    }
    begin_board();
    is_typed(typed);
    is_typed("\n");
    assert_true(run_ms(100));
    typed[63] = '\0';
    assert_non_null(strstr(world.out, typed));
    assert_non_null(strstr(world.out, "\xA9\" is not understood: /connect HOST [PORT]\n"));
}

static void test_a_board_connects_again_and_again(void **state)
{
    (void)state;
    begin_board();
    is_typed("hello\n/connect\n/connect a b\n/ip\n/ip 10.0.0.2/8 10.0.0.1\n/ip 1\n/ip\n");
    assert_true(run_ms(100));
    assert_string_equal(world.out,
                        "*** not connected: /connect HOST [PORT]\n"
                        "*** not connected: /connect HOST [PORT]\n"
                        "!!! \"/connect\" is not understood: /connect HOST [PORT]\n"
                        "!!! \"/connect a b\" is not understood: /connect HOST [PORT]\n"
                        "*** there is no address now\n"
                        "*** the address is now 10.0.0.2/8\n"
                        "!!! \"1\" cannot be set: /ip ADDR/PREFIX [GATEWAY], or /ip auto\n"
                        "*** the address is 10.0.0.2/8 10.0.0.1\n");
    for (int i = 0; i < 3; i++) {
        world.out_bytes = world.sent_bytes = 0;
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
    assert_string_equal(world.complaint, "Connection failed: nothing listens on there port 50000");
    assert_int_equal(client.state, CLIENT_IDLE);
}

static void test_where_to(void **state)
{
    static const struct {
        const char *line, *answer;
    } lines[] = {
        {"/connect 192.0.2.1:7", "Connected to 192.0.2.1 port 7.\n"},
        {"/connect [192.0.2.1]", "Connected to 192.0.2.1 port 50000.\n"},
        {"/connect a:7 8", "!!! \"/connect a:7 8\" is not understood: /connect HOST [PORT]\n"},
        {"/connect a:", "!!! \"/connect a:\" is not understood: /connect HOST [PORT]\n"},
        {"/connect :7", "!!! \"/connect :7\" is not understood: /connect HOST [PORT]\n"},
        {"/connect [::1]:7", "Connected to ::1 port 7.\n"},
        {"/connect fe80::2%en0 7", "Connected to fe80::2%en0 port 7.\n"},
        {"/connect ::1::2", "!!! \"/connect ::1::2\" is not understood: /connect HOST [PORT]\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        begin_board();
        assert_true(run_ms(10));
        world.out_bytes = 0;
        is_typed(lines[i].line);
        is_typed("\n");
        assert_true(run_ms(100));
        assert_string_equal(world.out, lines[i].answer);
    }
}

/* A board's client connected to 192.0.2.1; what was shown and sent so far is cleared. */
static void connect_board(void)
{
    begin_board();
    is_typed("/connect 192.0.2.1\n");
    arrives("Welcome.\n");
    assert_true(run_ms(300));
    assert_string_equal(world.out, "*** not connected: /connect HOST [PORT]\n"
                                   "Connected to 192.0.2.1 port 50000.\nWelcome.\n");
    world.out_bytes = world.sent_bytes = 0;
}

static void test_what_is_typed_behind_a_farewell_waits(void **state)
{
    static const char *const farewells[] = {"/quit\n", "FIN\r\n", "/quit bye\n"};

    (void)state;
    for (size_t i = 0; i < sizeof farewells / sizeof farewells[0]; i++) {
        connect_board();
        char expected[40];
        snprintf(expected, sizeof expected, "said\n%s|", farewells[i]);
        is_typed("said\n");
        is_typed(farewells[i]);
        is_typed("hello\n/connect 192.0.2.2 7\nagain\n");
        assert_true(run_ms(300));
        is_typed("and again\n");
        arrives("fin\n");
        assert_true(run_ms(300));
        assert_string_equal(sent(), expected);
        assert_string_equal(world.out, "fin\n");
        world.server_ended = true;
        arrives("Good day.\n");
        assert_true(run_ms(300));
        assert_string_equal(world.out, "fin\nGood day.\n"
                                       "*** not connected: /connect HOST [PORT]\n"
                                       "*** not connected: /connect HOST [PORT]\n"
                                       "Connected to 192.0.2.2 port 7.\n");
        arrives("Welcome.\n");
        assert_true(run_ms(300));
        strcat(expected, "again\nand again\n|");
        assert_string_equal(sent(), expected);
    }
}

static void test_what_is_typed_when_the_server_has_said_fin_waits(void **state)
{
    (void)state;
    for (int reset = 0; reset < 2; reset++) {
        connect_board();
        arrives("*** bob ended your connection\nfin\n");
        assert_true(run_ms(100));
        is_typed("hello\n/connect 192.0.2.2\nagain\n");
        assert_true(run_ms(1500));
        assert_string_equal(sent(), "");
        world.server_ended = reset == 0;
        world.server_reset = reset == 1;
        assert_true(run_ms(300));
        assert_string_equal(world.out, "*** bob ended your connection\nfin\n"
                                       "*** not connected: /connect HOST [PORT]\n"
                                       "*** not connected: /connect HOST [PORT]\n"
                                       "Connected to 192.0.2.2 port 50000.\n");
        arrives("Welcome.\n");
        assert_true(run_ms(300));
        assert_string_equal(sent(), "again\n|");
        /* Once it has sent fin, a reset counts as a close. */
        assert_string_equal(world.complaint, "");
    }
}

static void test_a_server_for_which_fin_is_a_word(void **state)
{
    (void)state;
    connect_board();
    arrives("fin\n");
    assert_true(run_ms(100));
    is_typed("hello\n");
    uint32_t heard_ms = client.heard_ms;
    assert_true(run_ms(4000));
    assert_string_equal(sent(), "hello\n|");
    assert_in_range(world.sent_ms - heard_ms, 2000, 2050);
    arrives("fin\nit says on\nfinal\n");
    is_typed("so do I\n");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "hello\n|so do I\n|");
    /* The delayed rest of a line is not a line. */
    arrives("half ");
    assert_true(run_ms(LWCHAT_QUIET_MS + 50));
    arrives("fin\n");
    is_typed("and I\n");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "hello\n|so do I\n|and I\n|");
}

static void test_what_a_broken_connection_did_not_take_is_answered(void **state)
{
    (void)state;
    connect_board();
    world.console_room = 0; /* the end of the connection stays unseen */
    arrives("news\n");
    assert_true(run_ms(100));
    world.send_room = 3;
    is_typed("hello\n/connect 192.0.2.2\n");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "hel|");
    world.server_reset = true;
    world.arrived_bytes = 0;
    world.send_room = SIZE_MAX;
    assert_true(run_ms(300));
    world.console_room = SIZE_MAX;
    assert_true(run_ms(300));
    assert_string_equal(world.complaint, "The connection to 192.0.2.1 port 50000 was lost.");
    assert_string_equal(world.out, "news\n"
                                   "*** not connected: /connect HOST [PORT]\n"
                                   "*** not connected: /connect HOST [PORT]\n"
                                   "Connected to 192.0.2.2 port 50000.\n");
}

static void type_long_line(const char *end)
{
    for (int i = 0; i < LWCHAT_LINE_BYTES; i++) {
        is_typed("x");
    }
    is_typed(end);
}

static void test_an_overlong_line_without_a_connection_is_answered_once(void **state)
{
    static const char *const ends[] = {"\n", "/connect 192.0.2.1\n", "/ip 10.0.0.2/8\n"};

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        begin_board();
        type_long_line(ends[i]);
        is_typed("/connect\n");
        assert_true(run_ms(300));
        assert_string_equal(world.out,
                            "*** not connected: /connect HOST [PORT]\n"
                            "*** not connected: /connect HOST [PORT]\n"
                            "!!! \"/connect\" is not understood: /connect HOST [PORT]\n");
    }
}

static void test_a_long_paste_waits_for_the_connection(void **state)
{
    (void)state;
    begin_board();
    world.connected = LWCHAT_AGAIN;
    world.send_room = 0;
    is_typed("/connect 192.0.2.1\nhello\n");
    type_long_line("\n");
    assert_true(run_ms(3000)); /* without spinning */
    assert_int_equal(client.state, CLIENT_CONNECTING);
    world.connected = LWCHAT_OK;
    world.send_room = SIZE_MAX;
    arrives("Welcome.\n");
    assert_true(run_ms(300));
    assert_int_equal(world.sent_bytes, 6 + 1 + LWCHAT_LINE_BYTES + 1 + 2);
}

static void test_a_server_that_does_not_close(void **state)
{
    (void)state;
    begin_board();
    is_typed("/connect 192.0.2.1\n");
    arrives("Welcome.\n");
    assert_true(run_ms(300));
    is_typed("/quit\n/connect 192.0.2.2\n");
    assert_true(run_ms(LWCHAT_STALL_MS / 2));
    assert_true(world.finished);
    assert_int_equal(client.state, CLIENT_LEAVING);
    assert_true(run_ms(LWCHAT_STALL_MS));
    assert_int_equal(client.state, CLIENT_TALKING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_much_of_an_error_is_quoted),
        cmocka_unit_test(test_a_board_connects_again_and_again),
        cmocka_unit_test(test_where_to),
        cmocka_unit_test(test_what_is_typed_behind_a_farewell_waits),
        cmocka_unit_test(test_what_is_typed_when_the_server_has_said_fin_waits),
        cmocka_unit_test(test_a_server_for_which_fin_is_a_word),
        cmocka_unit_test(test_what_a_broken_connection_did_not_take_is_answered),
        cmocka_unit_test(test_an_overlong_line_without_a_connection_is_answered_once),
        cmocka_unit_test(test_a_long_paste_waits_for_the_connection),
        cmocka_unit_test(test_a_server_that_does_not_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

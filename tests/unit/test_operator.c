/* The operator's console: what it shows, and the operator's own commands. */
#include "world.h"

#include "unit.h"

#include <inttypes.h>

static const struct lwchat_address nobody;

/* --- The operator ------------------------------------------------------------- */

static void test_operator_says(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_say(b, "/join #lab\n");
    world_hush();
    world_say(CHAT_OPERATOR, "hello all\n//x\nfin\n");
    HEARS(a, "Marcel> hello all\nMarcel> /x\nMarcel> fin\n");
    HEARS(b, "Marcel> hello all\nMarcel> /x\nMarcel> fin\n");
    HEARS(CHAT_OPERATOR, "");
    world_say(CHAT_OPERATOR, "/quit\n/nick x\n/nosuch\n");
    HEARS(CHAT_OPERATOR, "!!! no command \"/quit\": /help lists them\n"
                         "!!! no command \"/nick\": /help lists them\n"
                         "!!! no command \"/nosuch\": /help lists them\n");
}

/* The console is not telnet: an answer, which has no line end, would never be sent. */
static void test_operator_types_telnet(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice");
    world_say_bytes(CHAT_OPERATOR, "\xFF\xFD\x01hello\n", 9);
    HEARS(CHAT_OPERATOR, "");
    HEARS(a, "Marcel> hello\n");
}

static void test_kick(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol");
    world_say(CHAT_OPERATOR, "/kick\n/kick nobody\n/kick Marcel\n");
    HEARS(CHAT_OPERATOR, "!!! \"/kick\" is not complete: /kick NICK [TEXT]\n"
                         "!!! nobody is called \"nobody\": /who lists who is here\n"
                         "!!! nobody is called \"Marcel\": /who lists who is here\n");
    world_say(CHAT_OPERATOR, "/kick alice that is enough\n");
    HEARS(a, "*** You were kicked: that is enough\nfin\n");
    assert_int_equal(chat_state(&chat, a), CHAT_ENDED);
    HEARS(b, "*** alice was kicked\n");
    HEARS(CHAT_OPERATOR, "#lobby *** alice was kicked\n"
                         "Client disconnected: alice, address 10.0.0.1, port 4001.\n");
    world_say(CHAT_OPERATOR, "/kick b0b\n");
    HEARS(b, "*** You were kicked\nfin\n");
    HEARS(c, "*** alice was kicked\n*** bob was kicked\n");
    /* Nobody else reads what the kicked one does. */
    HEARS(c, "");
}

static void test_kick_whoever_it_is(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol");
    unsigned d = world_enter("dave");
    /* Its number stays the same whatever its nick. */
    world_say(a, "/nick eve\n");
    world_hush();
    world_say(CHAT_OPERATOR, "/kick 1 no more of that\n");
    HEARS(a, "*** You were kicked: no more of that\nfin\n");
    world_say(CHAT_OPERATOR, "/kick 10.0.0.2:4003\n/kick 10.0.0.2:0\n/kick 0\n/kick 9\n");
    world_wait(1);
    HEARS(b, "*** eve was kicked\n");
    world_say(CHAT_OPERATOR, "/kick 10.0.0.2:4002\n");
    world_wait(1);
    HEARS(b, "*** You were kicked\nfin\n");
    world_say(CHAT_OPERATOR, "/kick 10.0.0.3\n");
    world_wait(1);
    HEARS(c, "*** eve was kicked\n*** bob was kicked\n*** You were kicked\nfin\n");
    assert_int_equal(chat_state(&chat, d), CHAT_ACTIVE);
}

static void test_who_leaves_is_in_reach(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_hush();
    /* It leaves, but reads nothing. */
    world_say(a, "/quit\n");
    world_say(CHAT_OPERATOR, "/who\n");
    HEARS(CHAT_OPERATOR, "#lobby *** alice left\n"
                         "Client disconnected: alice, address 10.0.0.1, port 4001.\n"
                         "*** alice is leaving, address 10.0.0.1, port 4001, number 1\n"
                         "*** bob in #lobby, address 10.0.0.2, port 4002, number 2\n");
    now_ms += LWCHAT_GIVE_WAY_MS - 1;
    chat_begin(&chat, now_ms);
    assert_false(chat_gives_way(&chat, a, nobody));
    chat_begin(&chat, ++now_ms);
    assert_true(chat_gives_way(&chat, a, nobody));
    assert_false(chat_gives_way(&chat, a, address_v4(0x0A000002)));
    assert_false(chat_gives_way(&chat, b, nobody));
    world_say(CHAT_OPERATOR, "/kick 1\n");
    assert_int_equal(chat_state(&chat, a), CHAT_DEAD);
    HEARS(CHAT_OPERATOR, "*** disconnected: 1\n");
    /* A session that has read everything no longer needs its place. */
    world_say(b, "/quit\n");
    world_hush();
    assert_int_equal(chat_state(&chat, b), CHAT_ENDED);
    assert_true(chat_is_done(&chat, b, nobody));
    assert_false(chat_is_done(&chat, b, address_v4(7)));
    assert_false(chat_is_done(&chat, a, nobody));
    world_say(CHAT_OPERATOR, "/ban 10.0.0.2\n");
    world_wait(1);
    assert_int_equal(chat_state(&chat, b), CHAT_DEAD);
}

static void test_bans_of_networks(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice");
    world_hush();
    world_say(CHAT_OPERATOR, "/bans\n");
    HEARS(CHAT_OPERATOR, "*** nobody is banned\n");
    world_say(CHAT_OPERATOR, "/ban 10.0.0.77/24\n/ban 10.0.0.0/8\n/ban 0.0.0.0/0\n");
    world_wait(1);
    HEARS(CHAT_OPERATOR,
          "*** 10.0.0.0/24 is banned\n"
          "!!! not banned: on a user-mode network everybody comes from 10.0.0.0/8\n"
          "!!! \"0.0.0.0/0\" is not an address: four numbers from 0 to 255, as in 192.168.7.9\n"
          "#lobby *** alice was kicked\n"
          "Client disconnected: alice, address 10.0.0.1, port 4001.\n");
    HEARS(a, "*** You were kicked\nfin\n");
    assert_int_equal(chat_join(&chat, address_v4(0x0A0000FF), 9), LWCHAT_REFUSED);
    assert_true(chat_join(&chat, address_v4(0x0A000100), 9) > 0);
    world_hush();
    world_say(CHAT_OPERATOR, "/ban 1.2.3.4\n/bans\n");
    HEARS(CHAT_OPERATOR, "*** 1.2.3.4 is banned\n*** banned: 10.0.0.0/24\n*** banned: 1.2.3.4\n");
    world_say(CHAT_OPERATOR, "/unban 10.0.0.0\n/unban 10.0.0.0/24\n/bans\n");
    HEARS(CHAT_OPERATOR, "!!! \"10.0.0.0\" is not banned\n*** 10.0.0.0/24 is no longer banned\n"
                         "*** banned: 1.2.3.4\n");
    assert_true(chat_join(&chat, address_v4(0x0A0000FF), 9) > 0);
}

static void test_places_of_one_address(void **state)
{
    struct chat_config config = {.name = "Marcel", .max_sessions = 4, .per_address = 2};
    char text[96];

    (void)state;
    world_start(&config);
    assert_int_equal(chat_join(&chat, address_v4(7), 1), 1);
    assert_int_equal(chat_join(&chat, address_v4(7), 2), 2);
    int error = chat_join(&chat, address_v4(7), 3);
    assert_int_equal(error, LWCHAT_TOO_MANY);
    text[chat_refusal(&chat, error, CHAT_LINES, text, sizeof text)] = '\0';
    assert_string_equal(text, "!!! too many connections from your address (2 at most), try again "
                              "later\n");
    assert_int_equal(chat_join(&chat, address_v4(8), 4), 3);
    chat_release(&chat, 1, 0);
    assert_int_equal(chat_join(&chat, address_v4(7), 5), 1);
}

static void test_bans(void **state)
{
    char text[64];

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_say(CHAT_OPERATOR, "/ban\n/ban 10.0.0\n/ban 10.0.2.2\n/unban 10.0.0.1\n/ban 10.0.0.1\n");
    world_wait(1);
    HEARS(CHAT_OPERATOR,
          "!!! \"/ban\" is not complete: /ban ADDR\n"
          "!!! \"10.0.0\" is not an address: four numbers from 0 to 255, as in 192.168.7.9\n"
          "!!! not banned: on a user-mode network everybody comes from 10.0.2.2\n"
          "!!! \"10.0.0.1\" is not banned\n"
          "*** 10.0.0.1 is banned\n"
          "#lobby *** alice was kicked\n"
          "Client disconnected: alice, address 10.0.0.1, port 4001.\n");
    HEARS(a, "*** You were kicked\nfin\n");
    HEARS(b, "*** alice was kicked\n");
    chat_release(&chat, a, 0);
    int error = chat_join(&chat, address_v4(0x0A000001), 9);
    assert_int_equal(error, LWCHAT_REFUSED);
    text[chat_refusal(&chat, error, CHAT_LINES, text, sizeof text)] = '\0';
    assert_string_equal(text, "!!! you are banned\n");
    world_say(CHAT_OPERATOR, "/ban 10.0.0.1\n/ban 1.2.3.4\n/ban 1.2.3.5\n/unban 010.0.0.1\n");
    HEARS(CHAT_OPERATOR, "*** 10.0.0.1 is banned\n*** 1.2.3.4 is banned\n"
                         "!!! \"1.2.3.5\" is not banned: 2 bans at most, /unban one first\n"
                         "*** 10.0.0.1 is no longer banned\n");
    assert_int_equal(chat_join(&chat, address_v4(0x0A000001), 9), a);
    assert_int_equal(chat_join(&chat, address_v4(0x01020304), 9), LWCHAT_REFUSED);
}

static void test_bridges(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice");
    world_say(CHAT_OPERATOR, "/op\n");
    HEARS(CHAT_OPERATOR, "*** no address is a bridge\n");
    world_say(CHAT_OPERATOR, "/op king alice\n/op bridge\n/op bridge nobody\n"
                             "/op bridge 10.0.2.2\n/op bridge 10.0.0.1:4001\n");
    HEARS(
        CHAT_OPERATOR,
        "!!! \"king alice\" is not understood: /op bridge NICK or ADDR, /op none NICK or ADDR\n"
        "!!! \"bridge\" is not understood: /op bridge NICK or ADDR, /op none NICK or ADDR\n"
        "!!! nobody is called \"nobody\": /who lists who is here\n"
        "!!! not a bridge: on a user-mode network everybody comes from 10.0.2.2, /op bridge NICK\n"
        "!!! nobody is called \"10.0.0.1:4001\": /who lists who is here\n");
    world_say(CHAT_OPERATOR, "/op bridge 10.0.0.1\n/op bridge 10.0.0.2\n/op bridge 10.0.0.1\n"
                             "/op bridge 10.0.0.3\n");
    HEARS(CHAT_OPERATOR, "*** 10.0.0.1 is a bridge to other servers\n"
                         "*** 10.0.0.2 is a bridge to other servers\n"
                         "*** 10.0.0.1 is a bridge to other servers\n"
                         "!!! \"10.0.0.3\" is not a bridge: 2 at most, /op none ADDR first\n");
    world_say(CHAT_OPERATOR, "/op\n");
    HEARS(CHAT_OPERATOR, "*** 10.0.0.1 is a bridge to other servers\n"
                         "*** 10.0.0.2 is a bridge to other servers\n");
    /* Only a session in JSON is one, and only while the operator lets it. */
    world_say(CHAT_OPERATOR, "/who\n");
    HEARS(CHAT_OPERATOR, "*** alice in #lobby, address 10.0.0.1, port 4001, number 1\n");
    world_say(a, "/mode json\n");
    world_say(CHAT_OPERATOR, "/who\n");
    HEARS(CHAT_OPERATOR, "*** alice in #lobby, a bridge, address 10.0.0.1, port 4001, number 1\n");
    unsigned b = world_enter("bob");
    world_hush();
    world_say(b, "/mode json\n");
    assert_true(session_is_bridge(&chat.session[b]));
    world_say(CHAT_OPERATOR, "/op none 10.0.0.1\n/op none 10.0.0.2\n/op none 10.0.0.9\n");
    HEARS(CHAT_OPERATOR, "*** 10.0.0.1 is not a bridge\n*** 10.0.0.2 is not a bridge\n"
                         "*** 10.0.0.9 is not a bridge\n");
    assert_false(session_is_bridge(&chat.session[a]) || session_is_bridge(&chat.session[b]));
}

static void test_operator_asks(void **state)
{
    (void)state;
    world_start(NULL);
    world_say(CHAT_OPERATOR, "/who\n");
    HEARS(CHAT_OPERATOR, "*** nobody is here\n");
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_say(b, "/join #lab\n");
    world_say(a, "half a line");
    world_hush();
    world_say(CHAT_OPERATOR, "/who\n");
    HEARS(CHAT_OPERATOR, "*** alice in #lobby, address 10.0.0.1, port 4001, number 1\n"
                         "*** bob in #lab, address 10.0.0.2, port 4002, number 2\n");
    char expected[512];
    snprintf(expected, sizeof expected,
             "*** sessions: 2 of 64, most 2; rooms: 2 of 4\n"
             "*** places: 2 taken, 0 of them arriving or leaving; turned away: 0\n"
             "*** log: %lu of 65536 bytes; %lu records since the start\n"
             "*** senders held back: 0 times, by slow readers for 0 ms\n"
             "*** passed over: 0 messages; lines dropped: 0\n"
             "*** incomplete lines: 1 of 16\n"
             "*** there is no address now\n",
             (unsigned long)(chat.log.next - chat.log.first), (unsigned long)chat.counts.records);
    world_say(CHAT_OPERATOR, "/stats\n");
    HEARS(CHAT_OPERATOR, expected);
}

static bool two_pools(unsigned index, struct chat_pool *pool)
{
    *pool = (struct chat_pool){index == 0 ? "TCP_PCB" : "heap", 1 + index, 2, 4294967295};
    return index < 2;
}

/* A figure that has more digits each time. */
static bool growing_pool(unsigned index, struct chat_pool *pool)
{
    static uint32_t used = 1;

    used = used < 1000000000 ? used * 10 : 1;
    *pool = (struct chat_pool){"STACK", used, used, 4294967295};
    return index < 3;
}

/* A console that takes a line in parts gets the line as it was when it began. */
static void test_figures_that_change(void **state)
{
    struct chat_config config = {.name = "Marcel", .max_sessions = 4, .pool = growing_pool};

    (void)state;
    for (size_t part = 1; part < 40; part++) {
        char text[2048];
        size_t total = 0, bytes;
        unsigned lines = 0;
        world_start(&config);
        world_say(CHAT_OPERATOR, "/stats\n");
        for (;;) {
            const char *out = chat_output(&chat, CHAT_OPERATOR, &bytes);
            if (bytes == 0) {
                break;
            }
            bytes = bytes < part ? bytes : part;
            memcpy(text + total, out, bytes);
            total += bytes;
            assert_in_range(total, 1, sizeof text - 1);
            chat_taken(&chat, CHAT_OPERATOR, bytes);
        }
        text[total] = '\0';
        for (const char *at = text; (at = strstr(at, "*** lwIP STACK: ")) != NULL; lines++) {
            uint32_t used, most, available;
            char end[16];
            at++;
            assert_int_equal(sscanf(at,
                                    "** lwIP STACK: %" SCNu32 " used, most %" SCNu32 ", of %" SCNu32
                                    "%15[\n*]",
                                    &used, &most, &available, end),
                             4);
            assert_int_equal(used, most);
            assert_true(available == 4294967295 && end[0] == '\n');
        }
        assert_int_equal(lines, 3);
    }
}

static int set_address(const char *address, const char *gateway)
{
    if (strcmp(address, "192.168.7.8/24") == 0) {
        return LWCHAT_IN_USE;
    }
    if (strcmp(address, "auto") == 0) {
        return LWCHAT_OK;
    }
    if (strcmp(address, "10.0.2.20/24") == 0) {
        return LWCHAT_UNSUPPORTED;
    }
    bool good = strcmp(address, "192.168.7.9/24") == 0 &&
                (gateway == NULL || strcmp(gateway, "192.168.100.100") == 0);

    return good ? LWCHAT_OK : LWCHAT_BAD_ARGUMENT;
}

static char address_now[CHAT_ADDRESS_BYTES];

static void tell_address(char *text)
{
    strcpy(text, address_now);
}

static void test_operator_and_the_port(void **state)
{
    struct chat_config config = {.name = "Marcel",
                                 .max_sessions = 4,
                                 .pool = two_pools,
                                 .set_address = set_address,
                                 .address = tell_address};

    (void)state;
    world_start(&config);
    world_say(CHAT_OPERATOR, "/stats\n");
    assert_non_null(strstr(world_hear(CHAT_OPERATOR),
                           "*** lwIP TCP_PCB: 1 used, most 2, of 4294967295\n"
                           "*** lwIP heap: 2 used, most 2, of 4294967295\n"));
    world_say(CHAT_OPERATOR, "/ip 192.168.7.9/24\n/ip 192.168.7.9/24  192.168.100.100\n/ip\n");
    HEARS(CHAT_OPERATOR, "*** the address is now 192.168.7.9/24\n"
                         "*** the address is now 192.168.7.9/24\n"
                         "*** there is no address now\n");
    world_say(CHAT_OPERATOR, "/ip x\n/ip 192.168.7.9/24 192.168.7.111111111111111\n");
    HEARS(CHAT_OPERATOR, "!!! \"x\" cannot be set: /ip ADDR/PREFIX [GATEWAY], or /ip auto\n"
                         "!!! \"192.168.7.9/24 192.168.7.1111111\" cannot be set: /ip ADDR/PREFIX "
                         "[GATEWAY], or /ip auto\n");
    strcpy(address_now, "192.168.7.9/24 192.168.7.1");
    world_say(CHAT_OPERATOR, "/ip\n");
    HEARS(CHAT_OPERATOR, "*** the address is 192.168.7.9/24 192.168.7.1\n");
    world_say(CHAT_OPERATOR, "/ip AUTO\n/ip dhcp\n/ip 192.168.7.8/24\n/ip 10.0.2.20/24\n");
    HEARS(CHAT_OPERATOR, "*** asking a DHCP server for an address\n"
                         "!!! \"dhcp\" cannot be set: /ip ADDR/PREFIX [GATEWAY], or /ip auto\n"
                         "!!! \"192.168.7.8/24\" is in use by another machine\n"
                         "!!! \"10.0.2.20/24\" cannot be set: the user-mode network has a fixed "
                         "address, use --net tap:IFNAME\n");
}

static char page_now[CHAT_PAGE_BYTES];

static void tell_page(const void *context, char *text)
{
    strcpy(text, context);
}

/* The rows are those of qr.h, and complete however little the console accepts at a time. */
static void test_qr(void **state)
{
    struct chat_config config = {
        .name = "Marcel", .max_sessions = 4, .page = tell_page, .page_context = page_now};
    char expected[100 * QR_ROWS + 100];
    struct qr qr;

    (void)state;
    world_start(&config);
    world_say(CHAT_OPERATOR, "/qr\n");
    HEARS(CHAT_OPERATOR, "*** there is no address now\n");
    strcpy(page_now, "127.0.0.1:8080");
    world_say(CHAT_OPERATOR, "/qr\n");
    HEARS(CHAT_OPERATOR, "Browsers join at http://127.0.0.1:8080/\n"
                         "!!! no QR code: phones cannot reach 127.0.0.1:8080. Use --net "
                         "user:ADDR:PORT with this machine's address\n");
    strcpy(page_now, "0.0.0.0");
    world_say(CHAT_OPERATOR, "/qr\n");
    assert_non_null(strstr(world_hear(CHAT_OPERATOR), "!!! no QR code"));
    strcpy(page_now, "192.168.178.222:65535");
    assert_true(qr_encode(&qr, "http://192.168.178.222:65535/", 29));
    size_t bytes = (size_t)sprintf(expected, "Browsers join at http://192.168.178.222:65535/\n");
    for (unsigned row = 0; row < QR_ROWS; row++) {
        bytes += qr_row(&qr, row, expected + bytes, QR_ROW_BYTES);
        expected[bytes++] = '\n';
    }
    expected[bytes] = '\0';
    world_say(CHAT_OPERATOR, "/qr\n");
    HEARS(CHAT_OPERATOR, expected);

    world_say(CHAT_OPERATOR, "/qr\n");
    for (size_t at = 0, most = 1; at < bytes; most = most % 7 + 1) {
        size_t n;
        const char *out = chat_output(&chat, CHAT_OPERATOR, &n);
        n = n < most ? n : most;
        assert_true(n > 0 && n <= bytes - at);
        assert_memory_equal(out, expected + at, n);
        chat_taken(&chat, CHAT_OPERATOR, n);
        at += n;
    }
    HEARS(CHAT_OPERATOR, "");
}

static void test_quiet(void **state)
{
    struct chat_config config = {.name = "Marcel", .max_sessions = 4, .quiet = true};

    (void)state;
    world_start(&config);
    unsigned a = world_enter("alice");
    world_say(a, "not shown\n/me is not shown\n/msg marcel shown\n/join #lab\n");
    world_hear(a);
    HEARS(CHAT_OPERATOR, "[alice] shown\n#lobby *** alice left\n#lab *** alice joined\n");
}

/* "/shutdown in a minute" does not end the server now. */
static void test_commands_that_take_no_argument(void **state)
{
    static const char *const names[] = {"/bans", "/stats", "/qr", "/shutdown", "/who"};

    (void)state;
    world_start(NULL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char line[80];
        snprintf(line, sizeof line, "%s in a minute\n", names[i]);
        world_say(CHAT_OPERATOR, line);
        snprintf(line, sizeof line, "!!! \"%s\" takes no argument: leave out \"in a minute\"\n",
                 names[i]);
        HEARS(CHAT_OPERATOR, line);
    }
    assert_false(chat_is_stopping(&chat));
}

static void test_network_cannot_operate(void **state)
{
    static const char *const lines[] = {"/kick bob", "/ban 1.2.3.4",    "/unban 1.2.3.4",
                                        "/stats",    "/ip 1.2.3.4/8",   "/shutdown",
                                        "/qr",       "/op bridge alice"};

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char expected[80];
        size_t word = strcspn(lines[i], " ");
        world_say(a, lines[i]);
        world_say(a, "\n");
        snprintf(expected, sizeof expected, "!!! no command \"%.*s\": /help lists them\n",
                 (int)word, lines[i]);
        HEARS(a, expected);
    }
    assert_int_equal(chat_state(&chat, b), CHAT_ACTIVE);
    assert_int_equal(chat.bans.count, 0);
    assert_false(chat_is_stopping(&chat));
}

static void test_shutdown(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_say(a, "unread\n");
    world_say(b, "/help\n");
    world_say(CHAT_OPERATOR, "/shutdown\n");
    HEARS(a, "*** the server is shutting down\nfin\n");
    const char *heard = world_hear(b);
    assert_memory_equal(heard, "alice> unread\n", 14);
    assert_non_null(strstr(heard, "*** //TEXT  says /TEXT\n"
                                  "*** the server is shutting down\nfin\n"));
    assert_int_equal(chat_state(&chat, b), CHAT_ENDED);
    assert_int_equal(chat_join(&chat, address_v4(1), 1), LWCHAT_NO_MEMORY);
}

/* --- The console's line stays whole --------------------------------------------- */

static void test_console_line_is_whole_when_its_room_goes(void **state)
{
    size_t bytes;

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice");
    world_say(a, "/join #laboratory\n");
    world_hush();
    world_say(a, "hello\n/quit\n");
    chat_output(&chat, CHAT_OPERATOR, &bytes);
    chat_taken(&chat, CHAT_OPERATOR, strlen("#laboratory alice> hello"));
    world_hear(a);
    chat_release(&chat, a, 0);
    HEARS(CHAT_OPERATOR, "\n#laboratory *** alice left\n"
                         "Client disconnected: alice, address 10.0.0.1, port 4001.\n");
    /* Another room reuses the slot while the line is half shown. */
    a = world_enter("alice");
    unsigned b = world_enter("bob"), c = world_enter("carol"), d = world_enter("dave");
    world_say(a, "/join #laboratory\n");
    world_say(b, "/join #b\n");
    world_say(c, "/join #c\n");
    world_hush();
    world_say(a, "hello\n/join #lobby\n");
    world_hear(a);
    chat_output(&chat, CHAT_OPERATOR, &bytes);
    chat_taken(&chat, CHAT_OPERATOR, 5);
    world_say(d, "/join #d\n");
    HEARS(CHAT_OPERATOR, "ratory alice> hello\n#? *** alice left\n#lobby *** alice joined\n");
}

/* A newcomer that waits for room in the log joins before others are heard; a ban acts at once. */
static void test_ban_of_who_waited_to_come(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_hush();
    chat_begin(&chat, now_ms);
    world_fill(b);
    unsigned c = (unsigned)chat_join(&chat, address_v4(0x0A000063), 99);
    assert_int_equal(chat_receive(&chat, c, (const uint8_t *)"hi\n", 3), 0);
    assert_int_equal(chat.session[c].state, CHAT_ARRIVING);
    chat_tick(&chat);
    world_hear(a);
    chat_begin(&chat, ++now_ms);
    assert_int_equal(chat.session[c].state, CHAT_ACTIVE);
    world_say(CHAT_OPERATOR, "/ban 10.0.0.99\n");
    chat_tick(&chat);
    world_wait(100);
    assert_int_not_equal(chat.session[c].state, CHAT_ACTIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operator_says),
        cmocka_unit_test(test_operator_types_telnet),
        cmocka_unit_test(test_kick),
        cmocka_unit_test(test_kick_whoever_it_is),
        cmocka_unit_test(test_who_leaves_is_in_reach),
        cmocka_unit_test(test_bans_of_networks),
        cmocka_unit_test(test_places_of_one_address),
        cmocka_unit_test(test_bans),
        cmocka_unit_test(test_ban_of_who_waited_to_come),
        cmocka_unit_test(test_bridges),
        cmocka_unit_test(test_operator_asks),
        cmocka_unit_test(test_operator_and_the_port),
        cmocka_unit_test(test_figures_that_change),
        cmocka_unit_test(test_qr),
        cmocka_unit_test(test_quiet),
        cmocka_unit_test(test_commands_that_take_no_argument),
        cmocka_unit_test(test_network_cannot_operate),
        cmocka_unit_test(test_shutdown),
        cmocka_unit_test(test_console_line_is_whole_when_its_room_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

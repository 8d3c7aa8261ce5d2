/*
 * The password: how each kind of peer is asked for it and gives it, what it does not learn before,
 * and how wrong ones are counted. After each test the log is searched for what must not be in it.
 */
#include "world.h"

#include "core/password.h"
#include "unit.h"

#include <stdio.h>

#define PASSWORD "open sesame"
#define WRONG    "xyzzy-plugh"
#define ASKED    "*** Password? The next thing you send is taken for it.\n"
#define WRONG_2  "!!! wrong password, nothing was said: 2 more attempts\n"
#define WRONG_1  "!!! wrong password, nothing was said: 1 more attempt\n"
#define LAST     "!!! wrong password: connect again to try again\nfin\n"
#define WELCOME(nick)                                                                              \
    "You are connected to server Marcel. Send your messages.\n*** You are " nick                   \
    ". /help lists the commands, /quit leaves.\n"

static const struct chat_config asking = {
    .name = "Marcel", .max_sessions = LWCHAT_MAX_SESSIONS, .password = PASSWORD};

static int setup(void **state)
{
    (void)state;
    world_start(&asking);
    return 0;
}

static bool log_has(const char *text)
{
    size_t bytes = strlen(text);

    for (size_t i = 0; i + bytes <= sizeof chat.ring; i++) {
        if (memcmp(chat.ring + i, text, bytes) == 0) {
            return true;
        }
    }
    return false;
}

/* No password, right or wrong, nor anything said instead of one, has got into the log. */
static int teardown(void **state)
{
    (void)state;
    assert_false(log_has("sesame"));
    assert_false(log_has("xyzzy"));
    assert_false(log_has("typed ahead"));
    return 0;
}

static unsigned join_from(struct lwchat_address ip)
{
    int session = chat_join(&chat, ip, 4000);

    assert_true(session > 0);
    world_wait(LWCHAT_OPENING_MS);
    return (unsigned)session;
}

/* The session has read its last output, and its connection is closed. */
static void release(unsigned session)
{
    world_hear(session);
    chat_release(&chat, session, 0);
    world_pass();
}

/* A session sends bytes, and reads what it is answered whenever it must. */
static void say_on(unsigned session, const char *text)
{
    size_t bytes = strlen(text);

    for (size_t at = 0, used, stuck = 0; at < bytes; at += used) {
        used = chat_receive(&chat, session, (const uint8_t *)text + at, bytes - at);
        if (used == 0) {
            assert_true(++stuck < 100);
            world_hear(session);
            world_pass();
        }
    }
}

/* A newcomer gives the password. */
static unsigned let_in(void)
{
    unsigned session = world_join();

    HEARS(session, ASKED);
    world_say(session, PASSWORD "\n");
    return session;
}

/* --- Comparing -------------------------------------------------------------------- */

static void test_comparing_takes_every_byte(void **state)
{
    char password[LWCHAT_PASSWORD_BYTES] = PASSWORD;
    char given[LWCHAT_PASSWORD_BYTES + 8];
    size_t bytes = strlen(PASSWORD);

    (void)state;
    for (size_t n = 0; n <= sizeof given; n++) {
        memset(given, 0, sizeof given);
        memcpy(given, PASSWORD, bytes);
        size_t lacks = n < bytes ? bytes - n : 0;
        assert_int_equal(password_differences(password, bytes, given, n),
                         lacks + (n != bytes)); /* what lacks differs, and so does the length */
    }
    for (size_t i = 0; i < bytes; i++) {
        for (size_t j = i + 1; j < bytes; j++) {
            memcpy(given, PASSWORD, bytes);
            given[i] ^= 1;
            given[j] ^= (char)0x80;
            assert_int_equal(password_differences(password, bytes, given, bytes), 2);
        }
    }
    memset(password, 'a', sizeof password);
    memset(given, 'b', sizeof given);
    assert_int_equal(password_differences(password, sizeof password, given, sizeof password),
                     sizeof password);
    memcpy(given, password, sizeof password);
    assert_int_equal(password_differences(password, sizeof password, given, sizeof password), 0);
    assert_int_equal(password_differences(password, sizeof password, given, sizeof given), 1);
}

/* --- Lines -------------------------------------------------------------------------- */

static void test_it_is_asked_for_once(void **state)
{
    (void)state;
    unsigned alice = let_in();
    HEARS(alice, WELCOME("guest1"));
    world_say(alice, "hello\n/nick alice\n");
    world_hush();
    unsigned bob = world_join();
    HEARS(bob, ASKED);
    world_say(alice, "a secret\n");
    HEARS(alice, "");
    HEARS(bob, "");
    world_say(alice, "/who\n");
    HEARS(alice, "*** in #lobby: 1\n***   alice\n");
    world_hear(CHAT_OPERATOR);
    world_say(CHAT_OPERATOR, "/who\n");
    HEARS(CHAT_OPERATOR, "*** alice in #lobby, address 10.0.0.1, port 4001, number 1\n"
                         "*** somebody is arriving, address 10.0.0.2, port 4002, number 2\n");
    assert_int_equal(chat_people(&chat), 1);
    world_say(bob, PASSWORD "\n");
    HEARS(bob, WELCOME("guest2") "guest1> hello\nalice> a secret\n");
    HEARS(alice, "*** guest2 joined\n");
    world_say(bob, PASSWORD ", was it?\n");
    assert_true(log_has(PASSWORD ", was it?")); /* what somebody says who is in is theirs to say */
    world_start(&asking);
}

static void test_what_is_typed_ahead_is_a_wrong_password(void **state)
{
    (void)state;
    unsigned alice = let_in();
    world_hush();
    unsigned bot = world_connect();
    assert_int_equal(chat_receive(&chat, bot, (const uint8_t *)"typed ahead\nand more\n", 21), 0);
    HEARS(bot, ASKED);
    world_say(bot, "typed ahead\n");
    HEARS(bot, WRONG_2);
    world_say(bot, "/msg guest1 typed ahead\n");
    HEARS(bot, WRONG_1);
    world_say(bot, PASSWORD "\n");
    HEARS(bot, WELCOME("guest2"));
    HEARS(alice, "*** guest2 joined\n");
}

static void test_no_command_runs_before_it(void **state)
{
    static const char *const commands[] = {"/who\n",     "/rooms\n",     "/help\n", "/join #lab\n",
                                           "/history\n", "/mode json\n", "//x\n",   "\t\n"};

    (void)state;
    let_in();
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        unsigned session = world_join();
        HEARS(session, ASKED);
        world_say(session, commands[i]);
        HEARS(session, WRONG_2);
        chat_release(&chat, session, 0);
        now_ms += LWCHAT_GUESSES_MS;
        world_pass();
    }
}

static void test_three_tries(void **state)
{
    (void)state;
    unsigned session = world_join();
    HEARS(session, ASKED);
    world_say(session, WRONG "\n");
    HEARS(session, WRONG_2);
    world_say(session, "\n\r\n" PASSWORD " \n");
    HEARS(session, "!!! wrong password, nothing was said: 1 more attempt\r\n");
    world_say(session, "open sesam\n");
    HEARS(session, "!!! wrong password: connect again to try again\r\nfin\r\n");
    assert_int_equal(chat_state(&chat, session), CHAT_ENDED);
    assert_true(chat_was_kicked(&chat, session));
    HEARS(CHAT_OPERATOR, "");
}

static void test_leaving_is_no_guess(void **state)
{
    static const char *const words[] = {"fin\n", "FIN\n", "/quit\n", "/quit " WRONG "\n"};

    (void)state;
    for (unsigned i = 0; i < 3 * sizeof words / sizeof *words; i++) {
        unsigned session = join_from(address_v4(0x0A000009));
        HEARS(session, ASKED);
        world_say(session, words[i % (sizeof words / sizeof *words)]);
        HEARS(session, "fin\n");
        release(session);
    }
}

static void test_a_line_that_is_too_long_is_wrong(void **state)
{
    static char text[LWCHAT_LINE_BYTES + 2];

    (void)state;
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\n';
    unsigned session = world_join();
    HEARS(session, ASKED);
    world_say_bytes(session, text, sizeof text - 1);
    HEARS(session, WRONG_2);
    world_say(session, "\n" PASSWORD "\n");
    HEARS(session, WELCOME("guest1"));
    /* Also as the first thing that comes. */
    session = world_connect();
    assert_int_equal(chat_receive(&chat, session, (uint8_t *)text, sizeof text), 0);
    HEARS(session, ASKED);
    world_say_bytes(session, text, sizeof text - 1);
    HEARS(session, WRONG_2);
}

static void test_unterminated(void **state)
{
    (void)state;
    unsigned session = world_join();
    HEARS(session, ASKED);
    world_say(session, WRONG);
    world_wait(LWCHAT_QUIET_MS);
    HEARS(session, "!!! wrong password, nothing was said: 2 more attempts");
    world_say(session, PASSWORD);
    HEARS(session, "");
    world_wait(LWCHAT_QUIET_MS);
    assert_string_equal(world_hear_once(session),
                        "You are connected to server Marcel. Send your messages.");
}

static void test_in_french(void **state)
{
    struct chat_config french = asking;

    (void)state;
    french.language = WORDS_FRENCH;
    world_start(&french);
    unsigned session = world_join();
    HEARS(session, "*** Mot de passe ? Ce que vous envoyez maintenant en tient lieu.\n");
    world_say(session, WRONG "\n");
    HEARS(session, "!!! mot de passe faux, rien n'a été dit : encore 2 essais\n");
}

static void test_what_follows_it_is_said_though_the_peer_is_gone(void **state)
{
    static const char text[] = PASSWORD "\nI was here\n";

    (void)state;
    unsigned alice = let_in();
    world_hush();
    unsigned bob = world_connect();
    size_t used = chat_receive(&chat, bob, (const uint8_t *)text, strlen(text));
    chat_closed(&chat, bob);
    HEARS(bob, ASKED);
    say_on(bob, text + used);
    while (!chat_input_ended(&chat, bob)) {
        world_hear(bob);
        world_pass();
    }
    HEARS(alice, "*** guest2 joined\nguest2> I was here\n*** guest2 left\n");
}

static void test_who_was_asked_is_not_shown_the_page(void **state)
{
    (void)state;
    unsigned session = world_join();
    HEARS(session, ASKED);
    say_on(session, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    HEARS(session, "fin\n");
    assert_int_equal(chat_state(&chat, session), CHAT_ENDED);
#if LWCHAT_HTTP
    assert_false(chat_is_request(&chat, session));
    session = world_connect();
    (void)chat_receive(&chat, session, (const uint8_t *)"GET / HTTP/1.1\r\n", 16);
    assert_true(chat_is_request(&chat, session)); /* it needs no password */
#endif
}

static void test_time_runs_out(void **state)
{
    (void)state;
    unsigned session = world_join();
    HEARS(session, ASKED);
    for (unsigned i = 0; i < 59; i++) {
        world_wait(1000);
        world_say(session, "x"); /* a letter a second does not help */
        assert_int_equal(chat_state(&chat, session), CHAT_OPENING);
    }
    world_wait(1000);
    HEARS(session, "!!! no password for 60 seconds: connect again\nfin\n");
    assert_int_equal(chat_state(&chat, session), CHAT_ENDED);
}

#if LWCHAT_LINE_BUFFERS < LWCHAT_MAX_SESSIONS
/* Half a password is dropped when others need its buffer: its sender is told, and tries again. */
static void test_dropped_half(void **state)
{
    unsigned session[LWCHAT_LINE_BUFFERS];

    (void)state;
    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        session[i] = join_from(address_v4(0xC0000300 + i));
        HEARS(session[i], ASKED);
    }
    /* Key by key, so that silence does not end it soon. One buffer is the console's. */
    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        size_t used = chat_receive(&chat, session[i], (const uint8_t *)"k", 1);
        assert_int_equal(used, i + 1 < LWCHAT_LINE_BUFFERS);
        world_wait(1);
        used = chat_receive(&chat, session[i], (const uint8_t *)"e", 1);
        assert_int_equal(used, i + 1 < LWCHAT_LINE_BUFFERS);
    }
    world_wait(1000);
    assert_int_equal(
        chat_receive(&chat, session[LWCHAT_LINE_BUFFERS - 1], (const uint8_t *)"ke", 2), 0);
    world_wait(60);
    HEARS(session[0], "!!! your line was incomplete for too long, none of it was sent\n");
    world_say(session[0], "y\n" PASSWORD "\n");
    HEARS(session[0], WELCOME("guest1"));
}
#endif

static void test_it_does_not_hold_the_log(void **state)
{
    (void)state;
    unsigned alice = let_in();
    world_hush();
    unsigned session = world_join();
    size_t bytes;
    (void)chat_output(&chat, session, &bytes);
    assert_true(bytes > 4);
    chat_taken(&chat, session, 4); /* and no more */
    for (unsigned i = 0; i < 8000; i++) {
        world_say(alice, "hello there, all of you\n");
        world_hear(CHAT_OPERATOR);
        assert_false(chat_is_held(&chat));
        world_pass();
    }
    HEARS(session, ASKED + 4);
}

static void test_who_waits_gives_way(void **state)
{
    struct lwchat_address none = {.low = 0};

    (void)state;
    let_in();
    assert_int_equal(chat_asked_first(&chat, none), 0);
    unsigned first = world_join();
    world_wait(10);
    unsigned second = world_join();
    assert_int_equal(chat_asked_first(&chat, none), first);
    assert_int_equal(chat_asked_first(&chat, chat.session[second].ip), second);
    world_hear(first);
    world_say(first, PASSWORD "\n");
    assert_int_equal(chat_asked_first(&chat, none), second);
}

/* --- Counting by address ------------------------------------------------------------- */

/* ms until the session's line is judged. */
static uint32_t delay_ms(unsigned session, const char *text)
{
    uint32_t begin_ms = now_ms;

    while (chat_receive(&chat, session, (const uint8_t *)text, strlen(text)) == 0) {
        uint32_t due_ms = chat_due(&chat);
        assert_true(now_ms - begin_ms < 20000);
        now_ms += due_ms == 0 ? 1 : due_ms;
        world_pass();
    }
    return now_ms - begin_ms;
}

/* Gives `count` wrong passwords from an address, over as many connections as it takes. */
static void guess(struct lwchat_address ip, unsigned count)
{
    while (count > 0) {
        unsigned session = join_from(ip);
        for (unsigned i = 0; i < 2 && count > 0; i++, count--) {
            HEARS(session, i == 0 ? ASKED : WRONG_2);
            (void)delay_ms(session, WRONG "\n");
        }
        release(session);
    }
}

static void test_five_wrong_ones_and_the_address_waits(void **state)
{
    const struct lwchat_address ip = address_v4(0xC0000207);

    (void)state;
    unsigned alice = let_in();
    world_hush();
    guess(ip, 4);
    unsigned other = join_from(address_v4(0xC0000208));
    unsigned waiting = join_from(ip), guesser = join_from(ip);
    HEARS(waiting, ASKED);
    HEARS(guesser, ASKED);
    world_say(guesser, WRONG "\n");
    HEARS(guesser,
          "!!! too many wrong passwords from your address: try again in 60 seconds\nfin\n");
    HEARS(waiting,
          "!!! too many wrong passwords from your address: try again in 60 seconds\nfin\n");
    HEARS(CHAT_OPERATOR, "*** 192.0.2.7 waits a minute: too many wrong passwords\n");
    HEARS(other, ASKED);
    HEARS(alice, "");
    world_wait(20500);
    /* Not even the right one lets it in now. */
    unsigned late = (unsigned)chat_join(&chat, ip, 4000);
    (void)chat_receive(&chat, late, (const uint8_t *)PASSWORD "\n", strlen(PASSWORD) + 1);
    HEARS(late, "!!! too many wrong passwords from your address: try again in 40 seconds\nfin\n");
    world_wait(39500);
    unsigned again = join_from(ip);
    HEARS(again, ASKED);
    world_say(again, PASSWORD "\n");
    HEARS(again, WELCOME("guest2"));
}

static void test_a_right_one_resets_no_count(void **state)
{
    const struct lwchat_address ip = address_v4(0xC0000207);

    (void)state;
    guess(ip, 4);
    unsigned right = join_from(ip);
    HEARS(right, ASKED);
    world_say(right, PASSWORD "\n");
    HEARS(right, WELCOME("guest1"));
    guess(ip, 1);
    unsigned refused = join_from(ip);
    HEARS(refused,
          "!!! too many wrong passwords from your address: try again in 60 seconds\nfin\n");
    world_say(right, "I stay\n");
    assert_int_equal(chat_people(&chat), 1);
}

static void test_a_minute_without_forgets(void **state)
{
    const struct lwchat_address ip = address_v4(0xC0000207);

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        guess(ip, 4);
        world_wait(LWCHAT_GUESSES_MS);
    }
    unsigned session = join_from(ip);
    HEARS(session, ASKED);
    /* Nor does an entry come back when the clock has gone round. */
    now_ms += UINT32_MAX / 2;
    world_pass();
    now_ms += UINT32_MAX / 2;
    guess(ip, 4);
    session = join_from(ip);
    HEARS(session, ASKED);
}

#if LWCHAT_IPV6
static void test_a_64_is_one_address(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 5; i++) {
        guess((struct lwchat_address){{0x20010DB8, 7, i}, i * 77}, 1);
    }
    unsigned refused = join_from((struct lwchat_address){{0x20010DB8, 7, 99}, 99});
    assert_memory_equal(world_hear(refused), "!!! too many", 12);
    unsigned other = join_from((struct lwchat_address){{0x20010DB8, 8, 0}, 1});
    HEARS(other, ASKED);
}
#endif

/* Guesses on as many connections from an address without counting. @return the last delay. */
static uint32_t guess_uncounted(struct lwchat_address ip, unsigned count)
{
    uint32_t ms = 0;

    for (unsigned i = 0; i < count; i++) {
        unsigned session = join_from(ip);
        HEARS(session, ASKED);
        ms = delay_ms(session, WRONG "\n");
        HEARS(session, WRONG_2);
        release(session);
    }
    return ms;
}

static void test_a_shared_address_only_slows_down(void **state)
{
    const struct lwchat_address ip = address_v4(LWCHAT_SHARED_ADDRESS);

    (void)state;
    assert_int_equal(guess_uncounted(ip, 1), 0);
    /* The schedule limits all of them to one in LWCHAT_GUESS_MS in the long run. */
    uint32_t begin_ms = now_ms;
    (void)guess_uncounted(ip, 100);
    assert_in_range(now_ms - begin_ms, 40 * LWCHAT_GUESS_MS, 200 * LWCHAT_GUESS_MS);
    /* Guessing at once on many connections makes each wait longer, 5 s at most. */
    unsigned many[30];
    for (unsigned i = 0; i < 30; i++) {
        many[i] = (unsigned)chat_join(&chat, ip, 4000);
    }
    world_wait(LWCHAT_OPENING_MS);
    for (unsigned i = 0; i < 30; i++) {
        HEARS(many[i], ASKED);
    }
    for (unsigned i = 0; i < 30; i++) {
        (void)delay_ms(many[i], WRONG "\n");
    }
    unsigned right = join_from(ip);
    HEARS(right, ASKED);
    assert_in_range(delay_ms(right, PASSWORD "\n"), 100, 5000);
    HEARS(right, WELCOME("guest1"));
    /* Who is counted for its own address does not wait for them. */
    guess(address_v4(0xC0000207), 1);
    unsigned other = join_from(address_v4(0xC0000207));
    HEARS(other, ASKED);
    assert_int_equal(delay_ms(other, PASSWORD "\n"), 0);
    world_wait(10000);
    assert_int_equal(guess_uncounted(ip, 1), 0);
}

static void test_nobody_pushes_a_count_out(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < LWCHAT_KEPT_GUESSES; i++) {
        guess(address_v4(0xC0000200 + i), 1);
    }
    (void)guess_uncounted(address_v4(0x0A630001), 5);
    guess(address_v4(0xC0000200), 4);
    unsigned refused = join_from(address_v4(0xC0000200));
    assert_memory_equal(world_hear(refused), "!!! too many", 12);
}

static void test_the_table_at_its_limit(void **state)
{
    const struct lwchat_address last = address_v4(0x0A630001);

    (void)state;
    /* Each of these may still guess once, and their entries stay though others come. */
    for (uint32_t i = 0; i < LWCHAT_KEPT_GUESSES; i++) {
        guess(address_v4(0xC0000200 + i), 4);
    }
    for (uint32_t i = 0; i < 12; i++) {
        (void)guess_uncounted(address_v4(0xC6336400 + i), 1);
    }
    /* Nobody who finds no entry is refused, however often it guesses. */
    uint32_t ms = guess_uncounted(last, 20);
    assert_in_range(ms, 1, 5000);
    unsigned right = join_from(last);
    HEARS(right, ASKED);
    assert_in_range(delay_ms(right, PASSWORD "\n"), 1, 5000);
    HEARS(right, WELCOME("guest1"));
    guess(address_v4(0xC0000200), 1);
    unsigned refused = join_from(address_v4(0xC0000200));
    assert_memory_equal(world_hear(refused), "!!! too many", 12);
    /* Entries are free again a minute later. */
    world_wait(LWCHAT_GUESSES_MS);
    guess(last, 5);
    refused = join_from(last);
    assert_memory_equal(world_hear(refused), "!!! too many", 12);
}

/* --- Telnet ------------------------------------------------------------------------------ */

#define IAC_WILL_ECHO "\xff\xfb\x01"
#define IAC_WONT_ECHO "\xff\xfc\x01"

static void test_telnet_hides_it(void **state)
{
    (void)state;
    unsigned session = world_connect();
    /* WILL NAWS, as PuTTY and telnet begin. */
    assert_int_equal(chat_receive(&chat, session, (const uint8_t *)"\xff\xfb\x1f", 3), 0);
    HEARS(session, ASKED);
    world_say(session, "\xff\xfb\x1f");
    HEARS(session, "\xff\xfe\x1f" IAC_WILL_ECHO);
    world_say(session, "\xff\xfd\x01"); /* DO ECHO: agreed */
    HEARS(session, IAC_WILL_ECHO);
    world_say(session, "\xff\xf6"); /* AYT: nothing is here yet */
    HEARS(session, "");
    world_say(session, WRONG "\r\n");
    HEARS(session, "!!! wrong password, nothing was said: 2 more attempts\r\n");
    world_say(session, PASSWORD "\r\n");
    HEARS(session, IAC_WONT_ECHO "You are connected to server Marcel. Send your messages.\r\n"
                                 "*** You are guest1. /help lists the commands, /quit leaves.\r\n");
    world_say(session, "\xff\xfe\x01"); /* DONT ECHO: not answered */
    HEARS(session, "");
    world_say(session, "\xff\xfd\x01"); /* DO ECHO: refused, as ever */
    HEARS(session, IAC_WONT_ECHO);
}

/* --- JSON, over WebSocket ------------------------------------------------------------------ */

/* Sends a text frame, masked with zeros. */
static void say_frame(unsigned session, const char *text)
{
    char frame[256] = {(char)0x81, (char)(0x80 | strlen(text)), 0, 0, 0, 0};

    assert_true(strlen(text) < 126);
    memcpy(frame + 6, text, strlen(text));
    world_say_bytes(session, frame, 6 + strlen(text));
}

/* The payload of the next frame that the session is sent. */
static const char *hear_frame(unsigned session)
{
    static char text[512];
    const char *frame = world_hear_once(session);
    size_t head = (uint8_t)frame[1] == 126 ? 4 : 2;

    assert_int_equal((uint8_t)frame[0], 0x81);
    snprintf(text, sizeof text, "%s", frame + head);
    return text;
}

#define FRAME_HEARS(session, text) assert_string_equal(hear_frame(session), text)

static void test_json(void **state)
{
    (void)state;
    unsigned session = (unsigned)chat_join_as(&chat, address_v4(7), 4000, CHAT_WEBSOCKET);
    FRAME_HEARS(session,
                "{\"type\":\"password\",\"count\":3,\"text\":\"Password? The next thing you send "
                "is taken for it.\"}");
    say_frame(session, "{\"say\":\"" PASSWORD "\"}");
    FRAME_HEARS(session, "{\"type\":\"password\",\"count\":2,\"text\":\"wrong password, nothing "
                         "was said: 2 more attempts\"}");
    say_frame(session, "{\"resume\":{\"start\":1,\"seq\":2}}");
    FRAME_HEARS(session, "{\"type\":\"password\",\"count\":1,\"text\":\"wrong password, nothing "
                         "was said: 1 more attempt\"}");
    say_frame(session, "{\"password\":\"" PASSWORD "\"}");
    assert_non_null(strstr(hear_frame(session), "\"type\":\"hello\""));
    say_frame(session, "{\"password\":\"" PASSWORD "\"}"); /* once more does nothing */
    HEARS(session, "");
}

static void test_json_refused(void **state)
{
    (void)state;
    unsigned session = (unsigned)chat_join_as(&chat, address_v4(7), 4000, CHAT_WEBSOCKET);
    for (unsigned i = 0; i < 3; i++) {
        hear_frame(session);
        say_frame(session, i == 0   ? "{\"password\":\"" WRONG "\"}"
                           : i == 1 ? "{\"password\":\"\"}"
                                    : "no object");
    }
    FRAME_HEARS(session,
                "{\"type\":\"error\",\"text\":\"wrong password: connect again to try again\"}"
                "\x88\x02\x03\xf0"); /* Close, 1008 */
    session = (unsigned)chat_join_as(&chat, address_v4(7), 4000, CHAT_WEBSOCKET);
    hear_frame(session);
    say_frame(session, "{\"cmd\":\"/quit\"}");
    assert_string_equal(world_hear(session), "\x88\x02\x03\xe8");
}

/* --- IRC --------------------------------------------------------------------------------- */

/* All that the session is told since. */
static const char *tell(unsigned session, const char *text)
{
    static char told[4096];
    size_t n = 0;

    for (size_t at = 0, bytes = strlen(text), passes = 0; passes < 4;) {
        size_t used =
            at < bytes ? chat_receive(&chat, session, (const uint8_t *)text + at, bytes - at) : 0;
        at += used;
        n += (size_t)snprintf(told + n, sizeof told - n, "%s", world_hear(session));
        world_pass();
        passes += used == 0;
    }
    return told;
}

static unsigned join_irc(void)
{
    return (unsigned)chat_join_as(&chat, address_v4(7), 4000, CHAT_IRC);
}

static void test_irc(void **state)
{
    (void)state;
    unsigned alice = let_in();
    say_on(alice, "/nick alice\n");
    world_hush();
    unsigned session = join_irc();
    HEARS(session, "");
    assert_non_null(strstr(tell(session, "CAP LS 302\r\n"), "CAP * LS :"));
    assert_string_equal(tell(session, "PASS " PASSWORD "\r\n"), "");
    assert_string_equal(tell(session, "NICK bob\r\nUSER bob 0 * :Bob\r\n"), "");
    assert_non_null(strstr(tell(session, "CAP END\r\n"), " 001 bob :"));
    HEARS(alice, "*** bob joined\n");
    session = join_irc();
    const char *told = tell(session, "PASS :" PASSWORD "\r\nNICK carol\r\nUSER c 0 * :C\r\n");
    assert_non_null(strstr(told, " 001 carol :"));
}

static void test_irc_on_the_chats_port(void **state)
{
    struct chat_config config = asking;

    (void)state;
    config.password = "sesame"; /* one with blanks is not taken for IRC there */
    world_start(&config);
    unsigned session = world_connect();
    const char *told = tell(session, "PASS sesame\r\nNICK bob\r\nUSER bob 0 * :Bob\r\n");
    assert_non_null(strstr(told, " 001 bob :"));
    session = world_connect();
    told = tell(session, "NICK bob\r\nUSER bob 0 * :Bob\r\n");
    assert_non_null(strstr(told, " 464 * :"));
    assert_null(strstr(told, "bob"));
}

static void test_irc_refused(void **state)
{
    static const char *const lines[] = {
        "PASS " WRONG "\r\n", "PASS\r\n",
        "NICK alice\r\n",     "USER a 0 * :A\r\nNICK alice\r\n",
        "JOIN #lobby\r\n",    "PRIVMSG alice :typed ahead\r\n",
    };
    static const char wrong[] =
        ":Marcel 464 * :wrong password: connect again to try again\r\nERROR :goodbye\r\n";
    static const char needed[] = ":Marcel 464 * :this server asks for a password: it comes before "
                                 "everything else\r\nERROR :goodbye\r\n";

    (void)state;
    unsigned alice = let_in();
    say_on(alice, "/nick alice\n");
    world_hush();
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        unsigned session = join_irc();
        assert_string_equal(tell(session, lines[i]), i < 2 ? wrong : needed);
        chat_release(&chat, session, 0);
    }
    unsigned session = join_irc();
    assert_null(strstr(tell(session, "WHO alice\r\nWHOIS alice\r\nNAMES\r\nLIST\r\n"), "lice"));
    world_wait(LWCHAT_PASSWORD_MS);
    HEARS(session,
          ":Marcel 464 * :no password for 60 seconds: connect again\r\nERROR :goodbye\r\n");
    session = join_irc();
    assert_string_equal(tell(session, "QUIT\r\n"), "ERROR :goodbye\r\n");
    /* The right one does not help an address that has to wait. */
    guess(address_v4(7), 5);
    session = join_irc();
    assert_string_equal(
        tell(session, "PASS :" PASSWORD "\r\n"),
        ":Marcel 464 * :too many wrong passwords from your address: try again in 60 "
        "seconds\r\nERROR :goodbye\r\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_comparing_takes_every_byte),
        TEST(test_it_is_asked_for_once),
        TEST(test_what_is_typed_ahead_is_a_wrong_password),
        TEST(test_no_command_runs_before_it),
        TEST(test_three_tries),
        TEST(test_leaving_is_no_guess),
        TEST(test_a_line_that_is_too_long_is_wrong),
        TEST(test_unterminated),
        TEST(test_in_french),
        TEST(test_what_follows_it_is_said_though_the_peer_is_gone),
        TEST(test_who_was_asked_is_not_shown_the_page),
        TEST(test_time_runs_out),
#if LWCHAT_LINE_BUFFERS < LWCHAT_MAX_SESSIONS
        TEST(test_dropped_half),
#endif
        TEST(test_it_does_not_hold_the_log),
        TEST(test_who_waits_gives_way),
        TEST(test_five_wrong_ones_and_the_address_waits),
        TEST(test_a_right_one_resets_no_count),
        TEST(test_a_minute_without_forgets),
#if LWCHAT_IPV6
        TEST(test_a_64_is_one_address),
#endif
        TEST(test_a_shared_address_only_slows_down),
        TEST(test_nobody_pushes_a_count_out),
        TEST(test_the_table_at_its_limit),
        TEST(test_telnet_hides_it),
        TEST(test_json),
        TEST(test_json_refused),
        TEST(test_irc),
        TEST(test_irc_on_the_chats_port),
        TEST(test_irc_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

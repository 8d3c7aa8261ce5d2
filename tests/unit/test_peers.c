/* Peers differ in what they send, how fast they send, and how much they read. */
#include "../sim/safe.h"
#include "world.h"

#include "core/output.h"

#include "unit.h"

/* --- Peers differ -------------------------------------------------------------- */

static void test_crlf_peer(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_join();
    HEARS(b, "You are connected to server Marcel. Send your messages.\n"
             "*** You are guest2. /help lists the commands, /quit leaves.\n");
    world_say(b, "hi\r\n");
    world_say(a, "one\ntwo\n");
    HEARS(b, "alice> one\r\nalice> two\r\n");
    world_say(b, "/join #lab\r\n");
    HEARS(b, "*** You are in #lab.\r\n");
    world_say(b, "fin\r\n");
    HEARS(b, "fin\r\n");
}

static void test_telnet_peer(void **state)
{
    static const char options[] = "\xFF\xFD\x03\xFF\xFB\x18hi\r\n";

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_join();
    world_hush();
    size_t used = 0;
    const char *refusals[] = {"\xFF\xFC\x03", "\xFF\xFE\x18"};
    for (unsigned i = 0; i < 2; i++) {
        used += chat_receive(&chat, b, (const uint8_t *)options + used, sizeof options - 1 - used);
        assert_int_equal(used, 3 * (i + 1));
        HEARS(b, refusals[i]);
    }
    world_say(b, options + used);
    HEARS(a, "guest2> hi\n");
    world_say(a, "hello\n");
    HEARS(b, "alice> hello\r\n");
}

static void test_raw_peer(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_join();
    world_hush();
    world_say(b, "bonjour");
    world_wait(249);
    HEARS(a, "");
    world_wait(1);
    HEARS(a, "guest2> bonjour\n");
    world_say(a, "one\ntwo\n");
    assert_string_equal(world_hear_once(b), "alice> one");
    assert_string_equal(world_hear_once(b), "alice> two");
    assert_string_equal(world_hear_once(b), "");
    /* Pieces that arrive close together are one message. */
    world_say(b, "a piece");
    world_wait(100);
    world_say(b, " and another");
    world_wait(249);
    HEARS(a, "");
    world_wait(1);
    HEARS(a, "guest2> a piece and another\n");
    world_say(b, "/nick bob");
    world_wait(250);
    assert_string_equal(world_hear_once(b), "*** You are now bob.");
    HEARS(a, "*** guest2 is now bob\n");
    world_say(b, "fin");
    world_wait(250);
    assert_string_equal(world_hear_once(b), "fin");
    assert_int_equal(chat_state(&chat, b), CHAT_ENDED);
    HEARS(a, "*** bob left\n");
}

/* Wherever a line must be split for it, characters stay whole, and isolates are closed. */
static void test_raw_peer_is_sent_whole_characters(void **state)
{
    static const char odd[] = "\u2067e\u0301\u0301\u2764\uFE0F\u200D\U0001F525\u2069z";
    static const char name[] = "alice> ";

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_join();
    world_hush();
    world_say(b, "bonjour");
    world_wait(LWCHAT_QUIET_MS);
    for (size_t at = 980; at + sizeof odd < LWCHAT_LINE_BYTES; at++) {
        char line[LWCHAT_LINE_BYTES + 1] = "", heard[2 * LWCHAT_SHOWN_BYTES] = "";
        world_hush();
        world_wait(1000);
        memset(line, 'x', LWCHAT_LINE_BYTES - 1);
        memcpy(line + at, odd, sizeof odd - 1);
        line[LWCHAT_LINE_BYTES - 1] = '\n';
        world_say(a, line);
        for (const char *piece; *(piece = world_hear_once(b)) != '\0';) {
            size_t bytes = strlen(piece);
            assert_true(bytes <= LWCHAT_RAW_BYTES && safe_text(piece, bytes));
            assert_memory_equal(piece, name, sizeof name - 1);
            strcat(heard, piece + sizeof name - 1);
        }
        assert_int_equal(strspn(heard, "x"), at);
        assert_non_null(strstr(heard, "e\u0301\u0301"));
        assert_non_null(strstr(heard, "\u2764\uFE0F\u200D"));
        assert_non_null(strstr(heard, "zx"));
    }
}

/* The kept rest of a line gets a line end, which it would not have had before. */
static void test_raw_peer_that_sends_a_line_end(void **state)
{
    size_t bytes;

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_join();
    world_hush();
    world_say(b, "bonjour");
    world_wait(LWCHAT_QUIET_MS);
    world_hush();
    world_say(a, "one\n");
    (void)chat_output(&chat, b, &bytes);
    assert_int_equal(bytes, strlen("alice> one"));
    chat_taken(&chat, b, 8);
    world_wait(LWCHAT_KEEP_UP_WINDOW_MS); /* so that it does not hold the log */
    /* The log wraps and overwrites the line. */
    while (chat.session[b].place.offset > 0) {
        if (chat_reads(&chat, a)) {
            world_say(a, "x\n");
        }
        world_wait(1);
    }
    world_say(b, "I have them\n");
    const char *heard = world_hear(b);
    assert_memory_equal(heard, "ne\n*** you missed ", 18);
}

static void test_typed_byte_gets_longer(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_join();
    world_hush();
    world_say(b, "y");
    world_wait(LWCHAT_QUIET_TYPED_MS - 1);
    HEARS(a, "");
    world_wait(1);
    HEARS(a, "guest2> y\n");
    /* Several keystrokes with a pause: it is a typing user. */
    world_say(b, "h");
    world_wait(1000);
    world_say(b, "i");
    world_wait(LWCHAT_QUIET_KEYS_MS - 1);
    HEARS(a, "");
    world_wait(1);
    HEARS(a, "guest2> hi\n");
    /* A burst after that is not typed. */
    world_say(b, "pasted");
    world_wait(LWCHAT_QUIET_MS);
    HEARS(a, "guest2> pasted\n");
    /* After a newline it is permanently a line peer: silence ends nothing. */
    world_say(b, "!\n");
    HEARS(a, "guest2> !\n");
    world_say(b, "half");
    world_wait(20000);
    HEARS(a, "");
    world_say(b, " a line\n");
    HEARS(a, "guest2> half a line\n");
    world_say(a, "ok\n");
    HEARS(b, "alice> ok\n");
}

/* The rest of an overlong message is not a separate message, even if the rate delays it. */
static void test_unread_is_not_quiet(void **state)
{
    struct chat_config config = {.name = "Marcel", .max_sessions = 4, .rate = 1};
    static uint8_t much[LWCHAT_LINE_BYTES + 100];

    (void)state;
    world_start(&config);
    unsigned a = world_join(), b = world_join();
    world_hush();
    memset(much, 'x', sizeof much);
    world_say(b, "bonjour");
    world_wait(250);
    HEARS(a, "guest2> bonjour\n");
    size_t used = chat_receive(&chat, b, much, sizeof much);
    assert_int_equal(used, LWCHAT_LINE_BYTES + 1);
    HEARS(b, "!!! too long: 1024 bytes at most, nothing was sent");
    world_wait(2000);
    world_say_bytes(b, much + used, sizeof much - used);
    world_wait(250);
    HEARS(a, "");
    world_say(b, "bonsoir");
    world_wait(2000);
    HEARS(a, "guest2> bonsoir\n");
}

/* An incomplete telnet command ends with its message. */
static void test_raw_peer_that_is_no_telnet(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_join();
    world_hush();
    world_say(b, "abc\xFF");
    world_wait(250);
    HEARS(a, "guest2> abc\n");
    world_say(b, "def");
    world_wait(250);
    HEARS(a, "guest2> def\n");
}

/* `count` times `text`, `every_ms` apart. */
static void stream(unsigned session, const char *text, unsigned count, uint32_t every_ms)
{
    for (unsigned i = 0; i < count; i++) {
        world_say(session, text);
        world_wait(every_ms);
    }
}

/* A sensor: a stream without pauses and line ends is said as it arrives, each byte once. */
static void test_stream_is_said_in_parts(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_join();
    world_hush();
    stream(b, "21.5 55%|", 8, 100);
    HEARS(a, "");
    stream(b, "21.5 55%|", 1, 100);
    HEARS(a, "guest2> 21.5 55%|21.5 55%|21.5 55%|21.5 55%|21.5 55%|21.5 55%|21.5 55%|21.5 55%|\n");
    stream(b, "21.5 55%|", 4, 100);
    HEARS(a, "");
    stream(b, "21.5 55%|", 1, 100);
    HEARS(a, "guest2> 21.5 55%|21.5 55%|21.5 55%|21.5 55%|21.5 55%|\n");
    world_wait(250);
    HEARS(a, "guest2> 21.5 55%|\n");
    HEARS(b, "");
}

/* Fast streams are said line by line. */
static void test_fast_stream_is_said_whole(void **state)
{
    static char much[LWCHAT_LINE_BYTES - 40];
    struct chat_config config = {.name = "Marcel", .max_sessions = 4};

    (void)state;
    world_start(&config);
    unsigned a = world_enter("alice"), b = world_join();
    world_hush();
    memset(much, 'x', sizeof much);
    world_say_bytes(b, much, sizeof much);
    world_wait(200);
    world_say(b, "yyyyyyyyyyyyyyyyyyyy");
    world_wait(100);
    world_say_bytes(b, much, sizeof much);
    world_say_bytes(b, much, sizeof much);
    world_say(b, "z\n");
    size_t heard = 0;
    for (const char *at = world_hear(a); *at != '\0'; at++) {
        heard += *at == 'x' || *at == 'y' || *at == 'z';
    }
    assert_int_equal(heard, 3 * sizeof much + 20 + 1);
    HEARS(b, "");
}

/* Parts end at characters, and a command is never split, however slowly it arrives. */
static void test_parts_of_streams(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_join();
    world_hush();
    stream(b, "ab", 7, 120);
    world_say(b, "\xC3");
    world_wait(100);
    world_say(b, "\xA9!");
    world_wait(250);
    HEARS(a, "guest2> ababababababab\nguest2> \xC3\xA9!\n");
    world_say(b, "/msg Marcel ");
    stream(b, "psst ", 12, 120);
    HEARS(a, "");
    world_wait(250);
    HEARS(a, "");
    stream(b, "fin", 7, 120);
    world_say(b, "fin");
    world_wait(250);
    HEARS(a, "guest2> finfinfinfinfinfinfin\n*** guest2 left\n");
}

static void test_raw_peer_is_heard_after_too_much(void **state)
{
    static char much[LWCHAT_LINE_BYTES + 100];

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_join();
    world_hush();
    memset(much, 'x', sizeof much);
    world_say_bytes(b, much, sizeof much);
    HEARS(b, "!!! too long: 1024 bytes at most, nothing was sent\n");
    world_say(b, "x"); /* split by a short read, not typed */
    world_wait(250);
    world_say(b, "bonjour");
    world_wait(250);
    HEARS(a, "guest2> bonjour\n");
}

/* --- The rate --------------------------------------------------------------- */

/* Offers `text` as a socket would, when the chat reads. @return ms until all is used. */
static uint32_t offer(unsigned session, const char *text)
{
    uint32_t since_ms = now_ms;
    size_t bytes = strlen(text);

    while (bytes > 0) {
        size_t used = 0;
        if (chat_reads(&chat, session)) {
            used = chat_receive(&chat, session, (const uint8_t *)text, bytes);
        }
        text += used;
        bytes -= used;
        if (bytes > 0) {
            uint32_t due_ms = chat_due(&chat);
            assert_in_range(due_ms, 1, 200);
            now_ms += due_ms;
            world_pass();
        }
    }
    return now_ms - since_ms;
}

static void test_rate_loses_nothing(void **state)
{
    struct chat_config config = {.name = "Marcel", .max_sessions = 4, .rate = 10};
    char lines[100 * 5 + 1];
    static char expected[100 * 12 + 1];

    (void)state;
    world_start(&config);
    unsigned a = world_join(), b = world_join();
    world_hush();
    for (unsigned i = 0; i < 100; i++) {
        snprintf(lines + 4 * i, 5, "%03u\n", i);
        snprintf(expected + 12 * i, 13, "guest1> %03u\n", i);
    }
    uint32_t took_ms = offer(a, lines);
    HEARS(b, expected);
    /* A burst of 20, then 10 a second. */
    assert_in_range(took_ms, 7900, 8200);
    /* The burst is available again after 2 s. */
    world_wait(2000);
    lines[20 * 4] = '\0';
    assert_int_equal(offer(a, lines), 0);
    assert_false(chat_reads(&chat, a));
    /* Even without pending input, the chat requests a wake-up for when it may read again. */
    assert_in_range(chat_due(&chat), 1, 101);
    world_wait(101);
    assert_true(chat_reads(&chat, a));
    /* The operator has no rate. */
    for (unsigned i = 0; i < 100; i++) {
        world_say(CHAT_OPERATOR, "hear\n");
    }
}

/* A server that was stopped for long, with Ctrl-Z, does not make people wait after it continues. */
static void test_rate_after_a_suspension(void **state)
{
    static const uint32_t minutes[] = {1, 30, 40, 60, 71, 80, 120};
    struct chat_config config = {.name = "Marcel", .max_sessions = 4, .rate = 10};

    (void)state;
    for (unsigned i = 0; i < sizeof minutes / sizeof minutes[0]; i++) {
        world_start(&config);
        unsigned a = world_enter("alice");
        world_say(a, "before\n");
        now_ms += minutes[i] * 60000;
        world_pass();
        assert_true(chat_reads(&chat, a));
        world_say(a, "after\n");
    }
}

static void test_rates(void **state)
{
    static const uint32_t rates[] = {1, 3, 1000, 100000};

    (void)state;
    for (unsigned i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct chat_config config = {.name = "Marcel", .max_sessions = 4, .rate = rates[i]};
        world_start(&config);
        now_ms = 0xFFFFFF00; /* the clock wraps during the test */
        chat_init(&chat, &config, now_ms);
        unsigned a = world_join();
        world_hush();
        unsigned burst = 0;
        while (burst < 3000 && chat_reads(&chat, a)) {
            world_say(a, "x\n");
            burst++;
        }
        assert_int_equal(burst, 2 * rates[i] < 3000 ? 2 * rates[i] : 3000);
        world_hush();
    }
}

/* --- Deadlines ---------------------------------------------------------------- */

static void test_stalled_reader_is_cut(void **state)
{
    size_t bytes;

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_say(a, "hello\n");
    chat_output(&chat, b, &bytes);
    chat_taken(&chat, b, 3);
    world_wait(LWCHAT_STALL_MS - 1);
    assert_int_equal(chat_state(&chat, b), CHAT_ACTIVE);
    world_wait(1);
    assert_int_equal(chat_state(&chat, b), CHAT_DEAD);
    chat_release(&chat, b, 0);
    HEARS(a, "*** bob left\n");
    /* A session with nothing to read may be idle forever, and then say goodbye. */
    world_wait(10 * LWCHAT_STALL_MS);
    assert_int_equal(chat_state(&chat, a), CHAT_ACTIVE);
    now_ms += UINT32_MAX / 2 + LWCHAT_STALL_MS;
    world_pass();
    world_say(a, "/quit\n");
    world_pass();
    HEARS(a, "fin\n");
    assert_int_equal(chat_state(&chat, a), CHAT_ENDED);
}

/* It has read everything; what is left in the log is not for it. */
static void test_idle_after_being_blocked(void **state)
{
    size_t bytes;

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol");
    world_say(a, "hello\n");
    chat_output(&chat, b, &bytes);
    chat_taken(&chat, b, 3);
    const char *out = chat_output(&chat, b, &bytes);
    assert_memory_equal(out, "ce> hello\n", bytes);
    world_say(c, "/msg alice psst\n");
    out = chat_output(&chat, b, &bytes);
    assert_memory_equal(out, "ce> hello\n", bytes);
    chat_taken(&chat, b, bytes);
    HEARS(b, "");
    world_hush();
    world_wait(2 * LWCHAT_STALL_MS);
    assert_int_equal(chat_state(&chat, b), CHAT_ACTIVE);
}

static void test_ending_has_a_deadline(void **state)
{
    size_t bytes;

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice");
    world_say(a, "/quit\n");
    chat_output(&chat, a, &bytes);
    assert_int_equal(bytes, 4);
    chat_taken(&chat, a, 1);
    /* As long as it reads something, it gets the rest. */
    world_wait(LWCHAT_STALL_MS - 1);
    assert_int_equal(chat_state(&chat, a), CHAT_ENDING);
    chat_output(&chat, a, &bytes);
    chat_taken(&chat, a, 1);
    world_wait(LWCHAT_STALL_MS - 1);
    assert_int_equal(chat_state(&chat, a), CHAT_ENDING);
    HEARS(a, "n\n");
    assert_int_equal(chat_state(&chat, a), CHAT_ENDED);
    chat_release(&chat, a, 0);

    a = world_enter("alice");
    world_say(a, "/quit\n");
    world_wait(LWCHAT_STALL_MS);
    assert_int_equal(chat_state(&chat, a), CHAT_DEAD);
    chat_release(&chat, a, 0);

    /* A kicked session has less time, however much it reads. */
    a = world_enter("alice");
    world_say(CHAT_OPERATOR, "/kick alice\n");
    world_wait(LWCHAT_END_MS - 1);
    chat_output(&chat, a, &bytes);
    chat_taken(&chat, a, 1);
    assert_int_equal(chat_state(&chat, a), CHAT_ENDING);
    world_wait(1);
    assert_int_equal(chat_state(&chat, a), CHAT_DEAD);
    chat_release(&chat, a, 0);
    assert_int_equal(chat.occupied, 0);
    assert_int_equal(chat.people, 0);
}

/* --- Partial writes ------------------------------------------------------------- */

/* The session reads its output, at most `most` bytes at a time; 0: all. @return bytes. */
static size_t take_in_parts(unsigned session, size_t most, char *text)
{
    size_t total = 0, bytes;

    for (unsigned passes = 0; passes < 2; passes++) {
        const char *out;
        while (out = chat_output(&chat, session, &bytes), bytes > 0) {
            size_t part = most == 0 || bytes < most ? bytes : most;
            memcpy(text + total, out, part);
            total += part;
            chat_taken(&chat, session, part);
        }
        world_pass();
    }
    return total;
}

static void test_any_partial_write(void **state)
{
    static char whole[4096], pieces[4096];
    static const char *const lines[] = {"/help\n",      "one\n",      "/who\n",
                                        "/join #lab\n", "/rooms\n",   "/msg alice hi\n",
                                        "\xFF\xFD\x01", "/history\n", "/quit bye\n"};

    (void)state;
    for (size_t most = 0; most < 40; most++) {
        world_start(NULL);
        unsigned a = world_enter("alice"), b = world_join();
        char *text = most == 0 ? whole : pieces;
        size_t total = 0;
        world_say(a, "before\n");
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
            world_say(a, "meanwhile\n");
            world_hear(a);
            total += take_in_parts(b, most, text + total);
            world_say(b, lines[i]);
        }
        total += take_in_parts(b, most, text + total);
        text[total] = '\0';
        assert_string_equal(text, whole);
        assert_int_equal(chat_state(&chat, b), CHAT_ENDED);
    }
}

/* The refusal of a telnet option waits until a half-sent line is complete. */
static void test_refusal_waits_for_the_line(void **state)
{
    size_t bytes;

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_say(a, "hello\n");
    chat_output(&chat, b, &bytes);
    chat_taken(&chat, b, 3);
    world_say(b, "\xFF\xFD\x01");
    world_say(a, "more\n");
    HEARS(b, "ce> hello\r\n\xFF\xFC\x01"
             "alice> more\r\n");
}

static void test_quiet_is_heard_in_a_hold(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_join();
    world_hush();
    world_pass();
    world_fill(b);
    /* An incomplete message needs no room in the log: its pieces are accepted as they arrive. */
    world_say(c, "hel");
    now_ms += LWCHAT_QUIET_MS - 1;
    chat_begin(&chat, now_ms);
    world_say(c, "lo");
    now_ms += LWCHAT_QUIET_MS - 1;
    world_pass();
    assert_true(chat_reads(&chat, c));
    now_ms += 1;
    chat_begin(&chat, now_ms);
    world_fill(b);
    chat_tick(&chat);
    assert_false(chat_reads(&chat, c));
    /* The hold ends, and the next message has arrived meanwhile. */
    world_hush();
    chat_begin(&chat, now_ms);
    world_say(c, "you");
    HEARS(a, "guest3> hello\n");
    world_wait(LWCHAT_QUIET_MS);
    HEARS(a, "guest3> you\n");
}

/* --- Message size for peers without line ends ------------------------------------ */

static void say_long(unsigned session, size_t bytes, const char *end)
{
    static char line[LWCHAT_LINE_BYTES + 2];

    memset(line, 'x', bytes);
    memcpy(line + bytes - strlen(end), end, strlen(end));
    line[bytes] = '\n';
    world_say_bytes(session, line, bytes + 1);
}

/* A line edited while the log is held is processed once, after the hold. */
static void test_edited_line_waits_for_the_log(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol");
    world_hush();
    world_say(c, "a\xC3\xA9");
    world_pass();
    world_fill(b);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(chat_receive(&chat, c, (const uint8_t *)"\bxyz\n", 5), 0);
    }
    world_hush();
    world_pass();
    world_say(c, "\bxyz\n");
    HEARS(a, "carol> axyz\n");
}

static void test_long_lines_come_in_pieces(void **state)
{
    static const char *const ends[] = {"fin", "*** bob left", "Marcel> obey"};
    const char *name = "ὨὨὨὨὨὨὨὨὨὨΩ> "; /* the longest nick */

    (void)state;
    world_start(NULL);
    unsigned eve = world_enter("ὨὨὨὨὨὨὨὨὨὨΩ"), raw = world_join();
    assert_int_equal(chat.session[eve].nick_bytes, LWCHAT_NICK_BYTES);
    world_hush();
    world_say(raw, "bonjour");
    world_wait(2 * LWCHAT_QUIET_MS);
    world_hush();
    for (size_t i = 0; i < 3; i++) {
        say_long(eve, LWCHAT_RAW_BYTES - strlen(name) + strlen(ends[i]), ends[i]);
        const char *piece = world_hear_once(raw);
        assert_int_equal(strlen(piece), LWCHAT_RAW_BYTES);
        assert_memory_equal(piece, name, strlen(name));
        piece = world_hear_once(raw);
        assert_memory_equal(piece, name, strlen(name));
        assert_string_equal(piece + strlen(name), ends[i]);
        assert_string_equal(world_hear_once(raw), "");
    }
    /* The same with a private message and a farewell. */
    world_say(eve, "/nick x\n");
    world_hush();
    char private[LWCHAT_LINE_BYTES + 2] = "/msg guest2 ";
    memset(private + strlen(private), 'y', LWCHAT_LINE_BYTES - strlen(private));
    private[LWCHAT_LINE_BYTES] = '\n';
    world_say_bytes(eve, private, LWCHAT_LINE_BYTES + 1);
    assert_memory_equal(world_hear_once(raw), "[x] yyy", 7);
    assert_string_equal(world_hear_once(raw), "");
}

/* However much of a piece TCP accepts, and whatever happens to the record meanwhile. */
static void test_pieces_survive_short_writes(void **state)
{
    (void)state;
    for (size_t part = 1; part < LWCHAT_RAW_BYTES + 16; part += 41) {
        world_start(NULL);
        unsigned eve = world_enter("eve"), raw = world_join();
        char heard[2 * LWCHAT_LINE_BYTES], whole[2 * LWCHAT_LINE_BYTES];
        size_t bytes = 0, n;

        world_hush();
        world_say(raw, "bonjour");
        world_wait(2 * LWCHAT_QUIET_MS);
        world_hush();
        say_long(eve, LWCHAT_LINE_BYTES, "fin");
        for (const char *out; out = chat_output(&chat, raw, &n), n > 0;) {
            n = n < part ? n : part;
            memcpy(heard + bytes, out, n);
            bytes += n;
            chat_taken(&chat, raw, n);
            if (bytes == part) {
                output_keep_rest(&chat, &chat.session[raw]);
            }
        }
        size_t first = LWCHAT_RAW_BYTES;
        memset(whole, 'x', sizeof whole);
        memcpy(whole, "eve> ", 5);
        memcpy(whole + first, "eve> xxfin", 10);
        assert_int_equal(bytes, first + 10);
        assert_memory_equal(heard, whole, bytes);
    }
}

/* --- Costs -------------------------------------------------------------------------- */

static uint32_t ms_until_it_is_read(unsigned session)
{
    uint32_t ms = 0;

    for (; !chat_reads(&chat, session) && ms < 60000; ms++) {
        now_ms++;
        chat_begin(&chat, now_ms);
        chat_tick(&chat);
    }
    return ms;
}

static void test_long_answers_cost_their_length(void **state)
{
    struct chat_config config = {.name = "Marcel", .max_sessions = 64, .rate = 10};

    (void)state;
    world_start(&config);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_hush();
    world_wait(5000);
    for (unsigned i = 0; i < 19; i++) {
        world_say(b, "hello to everybody who is here, and to those who will come later\n");
    }
    world_hush();
    world_wait(5000);
    /* Four short answers cost nothing extra. */
    for (unsigned i = 0; i < 4; i++) {
        world_say(a, "/rooms\n");
        world_hear(a);
    }
    assert_int_equal(ms_until_it_is_read(a), 0);
    unsigned asked = 0;
    while (chat_reads(&chat, a)) {
        world_say(a, "/history 19\n");
        world_hear(a);
        asked++;
    }
    /* Each answer is 19 lines of 71 bytes, which cost 1 + 2 lines. */
    assert_in_range(asked, 5, 6);
    world_wait(LWCHAT_COST_MS);
    assert_true(chat_reads(&chat, a));
}

/* Reading far back costs, though next to nothing there is for the asker. */
static void test_going_back_costs_its_distance(void **state)
{
    struct chat_config config = {.name = "Marcel", .max_sessions = 64, .rate = 10};
    static const char *const ask[] = {
        "/history 1\n",
        "{\"resume\":{\"start\":0,\"seq\":1}}\n",
    };
    char line[1001];

    (void)state;
    memset(line, 'x', sizeof line - 2);
    memcpy(line + sizeof line - 2, "\n", 2);
    for (unsigned kind = 0; kind < (LWCHAT_JSON ? 2 : 1); kind++) {
        unsigned talkers[3], asked = 0;
        world_start(&config);
        unsigned a = world_enter("alice");
        world_say(a, "/join #lab\n");
        world_hush();
        world_pass();
        world_hush();
        world_say(a, kind == 0 ? "once\n" : "/mode json\n");
        for (unsigned i = 0; i < 3; i++) {
            talkers[i] = world_join();
        }
        world_hush();
        for (unsigned i = 0; i < 57; i++) {
            world_say(talkers[i % 3], line);
            world_hush();
        }
        world_wait(LWCHAT_COST_MS);
        for (; chat_reads(&chat, a); asked++) {
            world_say(a, ask[kind]);
            world_hear(a);
            world_pass();
            world_hear(a);
            assert_in_range(asked, 0, 4);
        }
        /* 56 KiB cost 1 + 7 lines, of a burst of 20. */
        assert_in_range(asked, 2, 3);
    }
}

/* A peer that sends a line joins at once, and is greeted before the line is heard. */
static void come_speaking(unsigned session)
{
    assert_int_equal(chat_receive(&chat, session, (const uint8_t *)"x\n", 2), 0);
    assert_memory_equal(world_hear(session), "You are connected", 17);
}

static void test_coming_again_brings_no_burst(void **state)
{
    struct chat_config config = {.name = "Marcel", .max_sessions = 64, .rate = 10};

    (void)state;
    world_start(&config);
    unsigned said = 0;
    for (unsigned round = 0; round < 5; round++) {
        int a = chat_join(&chat, address_v4(7), 1);
        assert_true(a > 0);
        come_speaking((unsigned)a);
        for (; chat_reads(&chat, (unsigned)a); said++) {
            world_say((unsigned)a, "x\n");
        }
        chat_release(&chat, (unsigned)a, 0);
        /* A peer from another address has the whole burst. */
        int b = chat_join(&chat, address_v4(8 + round), 1);
        unsigned own = 0;
        come_speaking((unsigned)b);
        for (; chat_reads(&chat, (unsigned)b); own++) {
            world_say((unsigned)b, "x\n");
        }
        assert_int_equal(own, 20);
        chat_release(&chat, (unsigned)b, 0);
    }
    assert_int_equal(said, 20);
    world_wait(10000);
    assert_int_equal(chat_join(&chat, address_v4(7), 1), 1);
    come_speaking(1);
    assert_true(chat_reads(&chat, 1));
}

/* Private messages, however many, do not push public messages out of the log. */
static void test_whispers_leave_the_history(void **state)
{
    struct chat_config config = {.name = "Marcel", .max_sessions = 64, .rate = 10};

    (void)state;
    world_start(&config);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_hush();
    char line[LWCHAT_LINE_BYTES + 2];
    memset(line, 'x', sizeof line);
    memcpy(line, "/msg bob ", 9);
    line[LWCHAT_LINE_BYTES] = '\n';
    world_say(a, "this is to be kept\n");
    for (uint32_t ms = 0; ms < 60000; ms += 50) {
        if (chat_reads(&chat, a)) {
            world_say_bytes(a, line, LWCHAT_LINE_BYTES + 1);
        }
        world_hush();
        world_wait(50);
    }
    world_wait(LWCHAT_COST_MS);
    world_say(b, "/history 1\n");
    HEARS(b, "alice> this is to be kept\n");
    /* Public messages cost no more than the rate. */
    world_wait(LWCHAT_COST_MS);
    world_say(a, "one\n");
    assert_true(chat_reads(&chat, a));
}

static void test_ignore(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol");
    world_hush();
    world_say(a, "/ignore\n");
    HEARS(a, "*** you are not ignoring anybody\n");
    world_say(a, "/ignore nobody\n/ignore alice\n/ignore Marcel\n/ignore bob\n");
    HEARS(a, "!!! nobody is called \"nobody\": /who lists who is here\n"
             "!!! nobody is called \"alice\": /who lists who is here\n"
             "!!! nobody is called \"Marcel\": /who lists who is here\n"
             "*** you are ignoring bob: /ignore bob again to stop\n");
    world_say(b, "hello\n/me waves\n/msg alice psst\n/nick eve\n");
    world_say(b, "hello again\n");
    world_say(c, "who spoke?\n");
    HEARS(a, "*** bob is now eve\ncarol> who spoke?\n");
    HEARS(c, "bob> hello\n* bob waves\n*** bob is now eve\neve> hello again\n");
    /* The nick stays ignored when it returns; another user in the same slot is not ignored. */
    chat_release(&chat, b, 0);
    unsigned d = world_enter("dave");
    assert_int_equal(d, b);
    world_hush();
    world_say(d, "hello\n/nick bob\n");
    world_say(d, "hello\n");
    HEARS(a, "dave> hello\n*** dave is now bob\n");
    world_say(a, "/ignore bob\n/ignore\n");
    HEARS(a, "*** you are no longer ignoring bob\n*** you are not ignoring anybody\n");
    world_say(d, "and now?\n");
    HEARS(a, "bob> and now?\n");
}

/* Takes the output that ends with `text`, except for all but its first `most` bytes. */
static void take_part_of(unsigned session, const char *text, size_t most)
{
    size_t bytes;

    chat_output(&chat, session, &bytes);
    assert_int_equal(bytes, strlen(text));
    chat_taken(&chat, session, most);
}

/* A line that is partly sent goes on as it began, whoever is ignored from then on, or no more. */
static void test_ignoring_within_a_line(void **state)
{
    static const char hello[] = "alice> hello, everybody, whoever and wherever you are\n";

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol");
    world_hush();
    world_say_bytes(a, hello + 7, sizeof hello - 8);
    take_part_of(b, hello, 45);
    world_say(c, "my turn\n");
    world_say(b, "/ignore alice\n/who\n");
    HEARS(b, " you are\ncarol> my turn\n*** you are ignoring alice: /ignore alice again to stop\n"
             "*** in #lobby: 3\n***   alice bob carol\n");
    world_say(a, "/nick eve\n");
    world_hush();
    world_say(a, "hidden\n");
    world_say(c, "not hidden\n");
    take_part_of(b, "carol> not hidden\n", 9);
    world_say(b, "/ignore eve\n");
    HEARS(b, "t hidden\n*** you are no longer ignoring eve\n");
    world_say(b, "/ignore eve\n");
    world_say(a, "/nick alice\n");
    world_hush();
    world_say(a, "hidden\n");
    world_say(c, "not hidden\n");
    take_part_of(b, "carol> not hidden\n", 9);
    chat_release(&chat, a, 0);
    HEARS(b, "t hidden\n*** alice left\n");
}

static bool clock_noon(uint32_t *utc_s, int32_t *local_s)
{
    *utc_s = 12 * 60 * 60;
    *local_s = 0;
    return true;
}

static void test_times_within_a_line(void **state)
{
    struct chat_config config = {
        .name = "Marcel", .max_sessions = LWCHAT_MAX_SESSIONS, .clock = clock_noon};

    (void)state;
    world_start(&config);
    unsigned a = world_enter("alice");
    world_say(a, "hello\n");
    world_hush();
    world_say(a, "/history\n");
    world_pass();
    take_part_of(a, "alice> hello\n", 3);
    world_say(a, "/time on\n/history\n");
    HEARS(a, "ce> hello\n*** /history now shows times\n[12:00] alice> hello\n");
}

/* Last words are words too, in every dialect; that somebody left is still told. */
static void test_ignored_last_words(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol");
    unsigned d = world_enter("dave");
    world_say(b, "/ignore alice\n");
    world_say(d, "/ignore alice\n/mode json\n");
    world_hush();
    world_say(a, "/quit and take this\n");
    HEARS(b, "*** alice left\n");
    HEARS(c, "*** alice left: and take this\n");
    const char *object = world_hear(d);
    assert_non_null(strstr(object, "\"type\":\"leave\",\"room\":\"#lobby\",\"from\":\"alice\"}\n"));
    /* Also when the leaver has been forgotten, and another comes with that nick. */
    world_say(b, "/ignore carol\n");
    world_hush();
    world_say(c, "/nick eve\n/quit and this\n");
    HEARS(b, "*** carol is now eve\n*** eve left\n");
    chat_release(&chat, a, 0);
    chat_release(&chat, c, 0);
    a = world_enter("alice");
    world_hush();
    world_say(a, "/quit once more\n");
    HEARS(b, "*** alice left\n");
}

static unsigned count(const char *text, const char *part)
{
    unsigned found = 0;

    while ((text = strstr(text, part)) != NULL) {
        found++;
        text++;
    }
    return found;
}

/* Peers that leave at once share a rate, however many come; a person from there does not. */
static void test_gone_peers_share_a_rate(void **state)
{
    enum { LINES_PER_S = 10, AT_ONCE = 60 * LINES_PER_S, VISITS = 3 * AT_ONCE, PASS_MS = 5 };
    static const uint8_t line[] = "hi\n";
    struct chat_config config = {
        .name = "Marcel", .max_sessions = LWCHAT_MAX_SESSIONS, .rate = LINES_PER_S};
    const struct lwchat_address ip = address_v4(0x0A000A0A);
    unsigned said = 0, oldest = 0, newest = 0;
    int waiting[VISITS];

    (void)state;
    world_start(&config);
    unsigned a = world_enter("alice");
    uint32_t begun_ms = now_ms;
    for (unsigned i = 0; i < VISITS; i++) {
        int visitor = chat_join(&chat, ip, (uint16_t)(1 + i));
        if (visitor < 0) {
            unsigned first = (unsigned)waiting[oldest++];
            if (!chat_gives_way(&chat, first, (struct lwchat_address){.low = 0})) {
                assert_int_equal(chat_receive(&chat, first, line, sizeof line - 1),
                                 sizeof line - 1);
            }
            chat_release(&chat, first, sizeof line - 1);
            visitor = chat_join(&chat, ip, (uint16_t)(1 + i));
        }
        assert_in_range(visitor, 1, LWCHAT_MAX_SESSIONS);
        assert_true(chat_is_hasty(&chat, (unsigned)visitor));
        chat_closed(&chat, (unsigned)visitor);
        assert_int_equal(chat_receive(&chat, (unsigned)visitor, line, sizeof line - 1), 0);
        (void)world_hear((unsigned)visitor); /* the greeting */
        if (chat_receive(&chat, (unsigned)visitor, line, sizeof line - 1) == 0) {
            waiting[newest++] = visitor;
        } else if (chat_input_ended(&chat, (unsigned)visitor)) {
            chat_release(&chat, (unsigned)visitor, 0);
        }
        now_ms += PASS_MS;
        world_pass();
        said += count(world_hear(a), "> hi\n");
        (void)world_hear(CHAT_OPERATOR);
    }
    uint32_t most = AT_ONCE + (now_ms - begun_ms) * LINES_PER_S / 1000;
    assert_in_range(said, most - 2, most + 1);

    /* Their lines are not lost while there are places for them. */
    unsigned visitor = (unsigned)waiting[newest - 1];
    world_wait(101);
    assert_true(chat_reads(&chat, visitor));
    assert_int_equal(chat_receive(&chat, visitor, line, sizeof line - 1), sizeof line - 1);
    world_hush();

    /* The burst of a person from there is used up, its rate is not. */
    chat_release(&chat, visitor, 0);
    unsigned b = (unsigned)chat_join(&chat, ip, 60000);
    world_wait(LWCHAT_OPENING_MS);
    world_hush();
    world_wait(101);
    for (unsigned i = 0; i < 10; i++) {
        assert_true(chat_reads(&chat, b));
        world_say(b, "here\n");
        world_wait(101);
    }
    assert_int_equal(count(world_hear(a), "> here\n"), 10);
}

/* People who only come and go are not heard of once there are too many of them. */
static void test_arrivals_have_a_rate(void **state)
{
    enum { VISITS = 500 };
    unsigned joined = 0, left = 0, told = 0;
    char line[64];

    (void)state;
    world_start(&(struct chat_config){.name = "Marcel", .max_sessions = LWCHAT_MAX_SESSIONS});
    unsigned a = world_enter("alice");
    uint32_t begun_ms = now_ms;
    for (unsigned i = 0; i < VISITS; i++) {
        unsigned visitor = world_join();
        chat_release(&chat, visitor, 0);
        const char *heard = world_hear(a);
        joined += count(heard, " joined\n");
        left += count(heard, " left\n");
        told += count(world_hear(CHAT_OPERATOR), "Client connected: ");
    }
    /* One for each place, alice among them, and one each tenth of a second. */
    uint32_t most = LWCHAT_MAX_SESSIONS - 1 + (now_ms - begun_ms) / LWCHAT_ARRIVAL_MS;
    assert_in_range(joined, most - 1, most);
    assert_true(joined < VISITS / 2);
    assert_int_equal(left, joined);
    assert_int_equal(told, joined);

    /* Nor is who only asks, moves and takes leave. */
    unsigned e = world_join();
    world_hush();
    world_say(e, "/rooms\n");
    world_hush();
    world_say(e, "/join #lab\n");
    world_hush();
    world_pass();
    world_hush();
    world_say(e, "/quit and take this\n");
    HEARS(a, "");
    HEARS(CHAT_OPERATOR, "");
    chat_release(&chat, e, 0);

    /* Only the operator knows of them. */
    unsigned b = world_join(), c = world_join(), d = world_join();
    HEARS(a, "");
    world_hush();
    world_say(a, "/who\n");
    HEARS(a, "*** in #lobby: 1\n***   alice\n");
    world_say(CHAT_OPERATOR, "/who\n");
    (void)snprintf(line, sizeof line, "in #lobby, address 10.0.0.%u, port ", b);
    assert_non_null(strstr(world_hear(CHAT_OPERATOR), line));

    /* Whoever says something is announced first; others do not hear what came before. */
    world_say(c, "hello\n");
    (void)snprintf(line, sizeof line, "*** %.*s joined\n%.*s> hello\n",
                   (int)chat.session[c].nick_bytes, chat.session[c].nick,
                   (int)chat.session[c].nick_bytes, chat.session[c].nick);
    HEARS(a, line);
    assert_non_null(strstr(world_hear(CHAT_OPERATOR), "Client connected: "));
    world_say(d, "/msg alice psst\n");
    (void)snprintf(line, sizeof line, "*** %.*s joined\n[%.*s] psst\n",
                   (int)chat.session[d].nick_bytes, chat.session[d].nick,
                   (int)chat.session[d].nick_bytes, chat.session[d].nick);
    HEARS(a, line);
    world_say(d, "/nick dave\n");
    assert_non_null(strstr(world_hear(a), " is now dave\n"));
    world_say(a, "/who\n");
    assert_non_null(strstr(world_hear(a), "*** in #lobby: 3\n"));
    (void)snprintf(line, sizeof line, "/kick %u\n", b);
    world_say(CHAT_OPERATOR, line);
    HEARS(a, "");
    world_say(CHAT_OPERATOR, "/kick dave\n");
    HEARS(a, "*** dave was kicked\n");
    chat_release(&chat, c, 0);
    assert_non_null(strstr(world_hear(a), " left\n"));

    /* Others are announced again after some time, wherever the clock is. */
    for (unsigned i = 0; i < 5; i++) {
        now_ms += 1U << 30;
        world_wait(1000);
        b = world_join();
        assert_non_null(strstr(world_hear(a), " joined\n"));
        chat_release(&chat, b, 0);
        assert_non_null(strstr(world_hear(a), " left\n"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crlf_peer),
        cmocka_unit_test(test_telnet_peer),
        cmocka_unit_test(test_raw_peer),
        cmocka_unit_test(test_raw_peer_is_sent_whole_characters),
        cmocka_unit_test(test_raw_peer_that_sends_a_line_end),
        cmocka_unit_test(test_typed_byte_gets_longer),
        cmocka_unit_test(test_unread_is_not_quiet),
        cmocka_unit_test(test_raw_peer_that_is_no_telnet),
        cmocka_unit_test(test_stream_is_said_in_parts),
        cmocka_unit_test(test_fast_stream_is_said_whole),
        cmocka_unit_test(test_parts_of_streams),
        cmocka_unit_test(test_raw_peer_is_heard_after_too_much),
        cmocka_unit_test(test_rate_loses_nothing),
        cmocka_unit_test(test_rate_after_a_suspension),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_stalled_reader_is_cut),
        cmocka_unit_test(test_idle_after_being_blocked),
        cmocka_unit_test(test_ending_has_a_deadline),
        cmocka_unit_test(test_any_partial_write),
        cmocka_unit_test(test_refusal_waits_for_the_line),
        cmocka_unit_test(test_quiet_is_heard_in_a_hold),
        cmocka_unit_test(test_edited_line_waits_for_the_log),
        cmocka_unit_test(test_long_lines_come_in_pieces),
        cmocka_unit_test(test_pieces_survive_short_writes),
        cmocka_unit_test(test_long_answers_cost_their_length),
        cmocka_unit_test(test_going_back_costs_its_distance),
        cmocka_unit_test(test_coming_again_brings_no_burst),
        cmocka_unit_test(test_whispers_leave_the_history),
        cmocka_unit_test(test_ignore),
        cmocka_unit_test(test_ignoring_within_a_line),
        cmocka_unit_test(test_times_within_a_line),
        cmocka_unit_test(test_ignored_last_words),
        cmocka_unit_test(test_arrivals_have_a_rate),
        cmocka_unit_test(test_gone_peers_share_a_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

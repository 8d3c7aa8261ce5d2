/* One buffer for the incomplete lines of all sessions, and one for the console. */
#include "world.h"

#include "unit.h"

static const char dropped[] = "!!! your line was incomplete for too long, none of it was sent\n";

static size_t offer(unsigned session, const char *text)
{
    if (!chat_reads(&chat, session)) {
        return 0;
    }
    return chat_receive(&chat, session, (const uint8_t *)text, strlen(text));
}

static unsigned buffers_in_use(void)
{
    unsigned used = 0;

    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        used += chat.buffer[i].owner != BUFFER_NONE;
    }
    return used;
}

static void test_oldest_is_dropped(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_hush();
    assert_int_equal(offer(a, "slow"), 4);
    world_wait(500);
    /* A complete line needs no buffer; an incomplete one waits in TCP. */
    assert_int_equal(offer(b, "whole\nhalf"), 6);
    HEARS(a, "bob> whole\n");
    world_wait(400);
    assert_int_equal(offer(b, "half"), 0);
    HEARS(a, "");
    world_wait(100);
    offer(b, "half");
    world_wait(60);
    HEARS(a, dropped);
    assert_int_equal(offer(b, "half"), 4);
    assert_int_equal(chat.counts.dropped, 1);
    /* The rest of the dropped line is skipped up to its end. */
    assert_int_equal(offer(a, " typist\nheard\n"), 14);
    HEARS(b, "alice> heard\n");
    assert_int_equal(offer(b, " a line\n"), 8);
    HEARS(a, "bob> half a line\n");
    assert_int_equal(buffers_in_use(), 0);
}

/* A reader that stops in the middle of a line must not keep the buffer from senders. */
static void test_stalled_rest_is_cut(void **state)
{
    size_t bytes;

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_hush();
    world_say(b, "/who\n");
    chat_output(&chat, b, &bytes);
    chat_taken(&chat, b, 3);
    assert_int_equal(buffers_in_use(), 1);
    for (unsigned ms = 0; ms < LWCHAT_END_MS; ms += 50) {
        assert_int_equal(offer(a, "half"), 0);
        assert_int_equal(chat_state(&chat, b), CHAT_ACTIVE);
        world_wait(50);
    }
    offer(a, "half");
    world_wait(60);
    assert_int_equal(chat_state(&chat, b), CHAT_DEAD);
    chat_release(&chat, b, 0);
    assert_int_equal(offer(a, "half"), 4);
    assert_int_equal(chat.counts.dropped, 0);
}

static void test_dropped_unterminated_peer(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_join();
    world_hush();
    /* A byte at a time, so that it is never silent. */
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(offer(b, "x"), 1);
        world_wait(249);
    }
    offer(a, "half");
    world_wait(60);
    HEARS(b, dropped);
    assert_int_equal(offer(a, "half"), 4);
    assert_int_equal(offer(b, "lost"), 4);
    world_wait(1500);
    assert_int_equal(offer(a, "\n"), 1);
    assert_int_equal(offer(b, "kept"), 4);
    world_wait(250);
    HEARS(a, "guest2> kept\n");
}

static void test_a_hundred_slow_typists_starve_nobody(void **state)
{
    uint32_t waited_ms = 0;

    (void)state;
    world_start(NULL);
    unsigned victim = world_enter("alice");
    for (unsigned i = 2; i <= LWCHAT_MAX_SESSIONS; i++) {
        char nick[] = {'s', 'l', 'o', 'w', (char)('a' + i), '\0'};
        world_enter(nick);
    }
    for (unsigned step = 0; step < 2000; step++) {
        for (unsigned i = 2; i <= LWCHAT_MAX_SESSIONS; i++) {
            offer(i, step == 0 ? "slow and " : "s");
        }
        if (step > 100 && offer(victim, "h") == 1) {
            break;
        }
        world_wait(10);
        waited_ms += step > 100 ? 10 : 0;
        world_hush();
    }
    /* At most one turn of each session. */
    assert_in_range(waited_ms, 0, (LWCHAT_PARTIAL_MS + 110) * LWCHAT_MAX_SESSIONS);
}

/* The console, in the middle of a line, has only its own buffer left. */
static void test_console_is_never_cut(void **state)
{
    size_t bytes;

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_say(a, "first line\n");
    chat_output(&chat, CHAT_OPERATOR, &bytes);
    chat_taken(&chat, CHAT_OPERATOR, 9);
    assert_int_equal(offer(b, "half"), 4);
    for (unsigned i = 0; i < 300; i++) {
        world_say(a, "x\n");
        world_hear(b);
    }
    uint32_t kept = 0;
    for (uint32_t at = chat.log.first; at != chat.log.next; at += log_at(&chat.log, at)->bytes) {
        kept += log_at(&chat.log, at)->kind == LOG_MESSAGE;
    }
    char expected[80];
    snprintf(expected, sizeof expected,
             "ice> first line\n*** the console missed %u lines\n#lobby alice> x\n",
             (unsigned)(300 - kept));
    const char *heard = world_hear(CHAT_OPERATOR);
    assert_memory_equal(heard, expected, strlen(expected));
    assert_int_equal(buffers_in_use(), 1);
}

/* A reader in the middle of a line has none: it is cut, and no line is torn. */
static void test_reader_without_a_buffer_is_cut(void **state)
{
    size_t bytes;

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol");
    world_say(a, "first line\n");
    chat_output(&chat, b, &bytes);
    chat_taken(&chat, b, 3);
    assert_int_equal(offer(c, "half"), 4);
    for (unsigned i = 0; i < 400; i++) {
        offer(a, "x\n");
        world_hear(c);
        world_wait(20);
    }
    assert_int_equal(chat_state(&chat, b), CHAT_DEAD);
    HEARS(b, "");
    assert_false(chat_has_output(&chat, b));
    chat_release(&chat, b, 0);
    assert_non_null(strstr(world_hear(c), "*** bob left\n"));
}

/* A missed count that was sent in part is not sent again. */
static void test_missed_is_told_once(void **state)
{
    static char told[8 * LWCHAT_LOG_BYTES];
    size_t bytes, total = 0;
    unsigned missed = 0, seen = 0;

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 300; i++) {
            if (offer(a, "x\n") == 0) {
                i--;
            }
            chat_blocked(&chat, b);
            now_ms += 20;
            world_pass();
        }
        /* It reads half of the sentence, then nothing for another round. */
        const char *out = chat_output(&chat, b, &bytes);
        assert_true(bytes > 8);
        memcpy(told + total, out, 8);
        total += 8;
        chat_taken(&chat, b, 8);
    }
    const char *out;
    while (out = chat_output(&chat, b, &bytes), bytes > 0) {
        memcpy(told + total, out, bytes);
        total += bytes;
        chat_taken(&chat, b, bytes);
    }
    told[total] = '\0';
    for (char *line = strtok(told, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strncmp(line, "*** you missed ", 15) == 0) {
            missed += (unsigned)strtoul(line + 15, NULL, 10);
        } else {
            assert_string_equal(line, "alice> x");
            seen++;
        }
    }
    assert_int_equal(missed + seen, 900);
    assert_int_equal(chat.counts.passed_over, missed);
}

/* A shutdown pushes nothing out of the log that has yet to be read. */
static void test_shutdown_keeps_what_is_unread(void **state)
{
    (void)state;
    world_start(NULL);
    for (unsigned i = 1; i <= LWCHAT_MAX_SESSIONS; i++) {
        world_join();
    }
    world_hush();
    unsigned said = 0;
    while (offer(1, "unread\n") > 0 && !chat_is_held(&chat)) {
        said++;
    }
    uint32_t first = chat.log.first;
    chat_shutdown(&chat);
    assert_int_equal(chat.log.first, first);
    const char *heard = world_hear(2);
    for (unsigned i = 0; i < said; i++) {
        assert_memory_equal(heard, "guest1> unread\n", 15);
        heard += 15;
    }
    assert_string_equal(heard, "*** the server is shutting down\nfin\n");
}

/* However full the log is, accepted input pushes out nothing that has yet to be read. */
static void test_what_is_taken_has_its_room(void **state)
{
    static const char *const ways[] = {"fin\n", "/quit\n",      "/quit bye\n", "/nick z\n",
                                       "x\n",   "/msg bob x\n", "/nosuch\n",   "/me x\n"};

    (void)state;
    for (unsigned way = 0; way < sizeof ways / sizeof ways[0]; way++) {
        for (unsigned bytes = 1; bytes < LWCHAT_LINE_BYTES; bytes++) {
            char line[LWCHAT_LINE_BYTES + 1];
            world_start(NULL);
            unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol");
            memset(line, 'x', bytes);
            line[bytes] = '\n';
            line[bytes + 1] = '\0';
            while (offer(a, line) > 0) {
            }
            world_pass();
            offer(c, ways[way]);
            assert_int_equal(chat.counts.passed_over, 0);
            assert_false(log_before(chat.session[b].place.cursor, chat.log.first));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oldest_is_dropped),
        cmocka_unit_test(test_stalled_rest_is_cut),
        cmocka_unit_test(test_dropped_unterminated_peer),
        cmocka_unit_test(test_a_hundred_slow_typists_starve_nobody),
        cmocka_unit_test(test_console_is_never_cut),
        cmocka_unit_test(test_reader_without_a_buffer_is_cut),
        cmocka_unit_test(test_missed_is_told_once),
        cmocka_unit_test(test_shutdown_keeps_what_is_unread),
        cmocka_unit_test(test_what_is_taken_has_its_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is written to files: the log's lines, and a history that is restored from any state. */
#include "core/history.h"
#include "lwchat_error.h"
#include "world.h"

#include "unit.h"

enum { MOST_BYTES = 8 * LWCHAT_LOG_BYTES, HEAD_BYTES = 28, BEGIN_BYTES = 76 };

static struct chat_config config = {
    .name = "Marcel",
    .max_sessions = LWCHAT_MAX_SESSIONS,
    .start = 77,
};
static char file[MOST_BYTES + 1];
static size_t file_bytes;
static unsigned alice, bob;
static char boot_id[CHAT_BOOT_ID_BYTES];

/* --- The file ------------------------------------------------------------------ */

/* Appends what there is for it by now, in blocks as small as possible. */
static void write_down(void)
{
    char block[LWCHAT_SHOWN_BYTES];
    size_t bytes;

    while ((bytes = chat_history(&chat, block, sizeof block)) > 0) {
        assert_true(file_bytes + bytes <= MOST_BYTES);
        memcpy(file + file_bytes, block, bytes);
        file_bytes += bytes;
    }
}

/* Starts a server with the first `bytes` bytes of the file. @return the outcome. */
static int restart(size_t bytes)
{
    /* Its end is guarded. */
    static char *end;
    end = end == NULL ? guarded_end(MOST_BYTES) : end;
    char *begin = end - bytes;
    size_t whole = SIZE_MAX;

    memcpy(begin, file, bytes);
    config.start++;
    world_start(&config);
    int outcome = chat_history_restore(&chat, boot_id, begin, bytes, &whole);
    assert_true(whole <= bytes);
    if (outcome == LWCHAT_OK) {
        file_bytes = whole + chat_history_begin(&chat, boot_id, whole == 0, file + whole);
    }
    return outcome;
}

static void begin(void)
{
    config.start = 76;
    assert_int_equal(restart(0), LWCHAT_OK);
    alice = world_enter("alice");
    bob = world_enter("bob");
}

/* What a newcomer to the room sees of its history. */
static const char *history_of(const char *room)
{
    char join[32];
    unsigned carol = world_join();

    world_hear(carol);
    if (strcmp(room, "#lobby") != 0) {
        snprintf(join, sizeof join, "/join %s\n", room);
        world_say(carol, join);
        world_hear(carol);
    }
    world_say(carol, "/history 65535\n");
    return world_hear(carol);
}

static unsigned lines_in(const char *text)
{
    unsigned lines = 0;

    for (; (text = strchr(text, '\n')) != NULL; text++) {
        lines++;
    }
    return lines;
}

static void test_it_comes_back(void **state)
{
    (void)state;
    begin();
    world_say(alice, "hello\n");
    world_say(bob, "/me waves\n");
    world_say(alice, "/msg bob a secret\n");
    world_say(CHAT_OPERATOR, "good evening\n");
    world_say(alice, "/join #lab\n");
    world_hush();
    world_say(alice, "in the lab\n");
    world_say(alice, "h\xC3\xA9llo \xF0\x9F\x98\x80\n");
    write_down();
    for (unsigned i = 0; i < 3; i++) {
        /* It stays the same, however often it is restored. */
        assert_int_equal(restart(file_bytes), LWCHAT_OK);
        HEARS(CHAT_OPERATOR, "");
        assert_string_equal(history_of("#lobby"), "alice> hello\n* bob waves\n");
        assert_string_equal(history_of("#lab"),
                            "alice> in the lab\nalice> h\xC3\xA9llo \xF0\x9F\x98\x80\n");
        write_down();
    }
}

static void test_cut_at_every_byte(void **state)
{
    size_t ends[6], all;
    static char whole[MOST_BYTES];

    (void)state;
    begin();
    for (unsigned i = 0; i < 5; i++) {
        write_down();
        ends[i] = file_bytes;
        world_say(i % 2 == 0 ? alice : bob, "a line\n");
    }
    write_down();
    ends[5] = all = file_bytes;
    memcpy(whole, file, all);
    for (size_t cut = 0; cut <= all; cut++) {
        unsigned lines = 0;
        memcpy(file, whole, all);
        assert_int_equal(restart(cut), LWCHAT_OK);
        /* A message is there once its part is: the part USED after it makes no difference. */
        while (lines < 5 && cut + HISTORY_PART_BYTES + 8 >= ends[lines + 1]) {
            lines++;
        }
        assert_int_equal(lines_in(history_of("#lobby")), lines);
        /* It goes on, whether nothing or something was torn off. */
        unsigned dave = world_enter("dave");
        world_say(dave, "after it\n");
        write_down();
        assert_int_equal(restart(file_bytes), LWCHAT_OK);
        const char *text = history_of("#lobby");
        assert_int_equal(lines_in(text), lines + 1);
        assert_non_null(strstr(text, "dave> after it\n"));
    }
}

static void test_damage_is_not_taken_for_a_torn_end(void **state)
{
    size_t all;
    size_t whole;

    (void)state;
    begin();
    for (unsigned i = 0; i < 4; i++) {
        world_say(alice, "a line\n");
        write_down();
    }
    all = file_bytes;
    for (size_t at = 0; at < all; at++) {
        file[at] ^= 0x40;
        world_start(&config);
        int outcome = chat_history_restore(&chat, boot_id, file, all, &whole);
        /* The last part is the only one that may have been torn. */
        bool last = at >= all - HISTORY_PART_BYTES - 8;
        assert_int_equal(outcome, last ? LWCHAT_OK : at < 20 ? LWCHAT_BAD_ARGUMENT : LWCHAT_FAILED);
        assert_true(whole <= at);
        file[at] ^= 0x40;
    }
    /* Another size of the log, with a right sum. */
    file[20] ^= 1;
    uint32_t sum = history_crc32(file, HEAD_BYTES - 4);
    for (unsigned i = 0; i < 4; i++) {
        file[HEAD_BYTES - 4 + i] = (char)(sum >> 8 * i);
    }
    assert_int_equal(restart(all), LWCHAT_UNSUPPORTED);
    memcpy(file, "alice> hello\n", 13);
    assert_int_equal(restart(13), LWCHAT_BAD_ARGUMENT);
}

/* Gives the part at `at` a right sum. @return the part after it. */
static size_t sum_part(size_t at, size_t all)
{
    size_t bytes = 8 + ((uint8_t)file[at + 4] | (size_t)(uint8_t)file[at + 5] << 8);

    if (bytes > all - at) {
        return all;
    }
    uint32_t sum = history_crc32(file + at + 4, bytes - 4);
    for (unsigned i = 0; i < 4; i++) {
        file[at + i] = (char)(sum >> 8 * i);
    }
    return at + bytes;
}

/* The last part of a kind. */
static size_t find_last(int kind)
{
    size_t found = 0;

    for (size_t at = HEAD_BYTES; at < file_bytes; at = sum_part(at, file_bytes)) {
        found = file[at + 6] == kind ? at : found;
    }
    return found;
}

static void test_parts_that_cannot_be(void **state)
{
    enum {
        POSITION = 8,
        KIND = 24,
        ROOM_BYTES = 25,
        NICK_BYTES = 26,
        ROOM = 28,
        NICK = 34,
        TEXT = 39
    };
    static const struct {
        int part, at; /* a byte of the last part of that kind; -1: its length is one less */
        char is;
    } wrong[] = {
        {HISTORY_SAID, POSITION, 1},
        {HISTORY_SAID, POSITION + 7, 0x40},
        {HISTORY_SAID, KIND, LOG_PRIVATE},
        {HISTORY_SAID, KIND, LOG_NOTICE},
        {HISTORY_SAID, KIND, 0},
        {HISTORY_SAID, ROOM_BYTES, 1},
        {HISTORY_SAID, ROOM_BYTES, 0},
        {HISTORY_SAID, ROOM_BYTES, 60},
        {HISTORY_SAID, NICK_BYTES, 0},
        {HISTORY_SAID, NICK_BYTES, 50},
        {HISTORY_SAID, ROOM, 'l'},
        {HISTORY_SAID, ROOM + 1, 'L'},
        {HISTORY_SAID, NICK, '\n'},
        {HISTORY_SAID, TEXT, '\x1b'},
        {HISTORY_SAID, TEXT + 1, '\0'},
        {HISTORY_SAID, TEXT, '\xC3'},
        {HISTORY_SAID, TEXT + 2, '\x7f'},
        {HISTORY_SAID, 6, 9},
        {HISTORY_SAID, 7, 1},
        {HISTORY_USED, POSITION, 1},
        {HISTORY_USED, -1, 0},
        {HISTORY_GONE, 8, 'x'},
        {HISTORY_BEGUN, -1, 0},
    };
    static char whole[MOST_BYTES];

    (void)state;
    begin();
    world_say(alice, "/join #den\n");
    world_hush();
    world_say(alice, "something\n");
    write_down();
    world_say(alice, "/join #lobby\n");
    world_hush();
    world_say(alice, "something\n");
    write_down();
    size_t all = file_bytes;
    memcpy(whole, file, all);
    assert_memory_equal(file + find_last(HISTORY_SAID) + ROOM, "#lobbyalicesomething", 20);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        file_bytes = all;
        memcpy(file, whole, all);
        size_t at = find_last(wrong[i].part);
        size_t end = sum_part(at, all);
        if (wrong[i].at < 0) {
            file[at + 4]--;
            end--;
        } else {
            file[at + (size_t)wrong[i].at] = wrong[i].is;
        }
        (void)sum_part(at, end);
        assert_int_equal(restart(end), LWCHAT_FAILED);
    }
    /* A record that would wrap in the ring. */
    file_bytes = all;
    memcpy(file, whole, all);
    size_t at = find_last(HISTORY_SAID);
    memcpy(file + at + POSITION, "\xF0\xFF\0\0\0\0\0\0", 8);
    assert_int_equal(restart(sum_part(at, all)), LWCHAT_FAILED);
    /* A position between two that records can have. */
    file_bytes = all;
    memcpy(file, whole, all);
    at = find_last(HISTORY_USED);
    file[at + POSITION] |= 1;
    assert_int_equal(restart(sum_part(at, all)), LWCHAT_FAILED);
}

static void test_no_content_does_harm(void **state)
{
    static char whole[MOST_BYTES];
    struct dice dice = {1};
    unsigned restored = 0;

    (void)state;
    begin();
    for (unsigned i = 0; i < 20; i++) {
        world_say(alice, i % 3 == 0 ? "/me does this\n" : "a line of words\n");
        world_say(bob, i % 8 == 5 ? "/join #lab\n" : i % 8 == 7 ? "/join #lobby\n" : "and so on\n");
        world_hush();
        write_down();
    }
    size_t all = file_bytes;
    memcpy(whole, file, all);
    for (unsigned i = 0; i < 3000; i++) {
        memcpy(file, whole, all);
        for (uint32_t n = dice_below(&dice, 4); n < 4; n++) {
            size_t at = HEAD_BYTES + dice_below(&dice, (uint32_t)all - HEAD_BYTES);
            file[at] = (char)dice_throw(&dice);
        }
        /* In two of three cases every sum is right, so that what is wrong is the content. */
        for (size_t at = HEAD_BYTES; i % 3 != 0 && at + 8 <= all;) {
            at = sum_part(at, all);
        }
        if (restart(all) == LWCHAT_OK) {
            restored++;
            unsigned dave = world_enter("dave");
            static const char *const lines[] = {"/history 100\n", "/rooms\n", "/join #lab\n",
                                                "hello\n", "/history 100\n"};
            for (unsigned n = 0; n < sizeof lines / sizeof lines[0]; n++) {
                world_say(dave, lines[n]);
                world_hear(dave);
            }
            write_down();
        }
        /* Random bytes behind the head. */
        memcpy(file, whole, HEAD_BYTES);
        for (size_t at = HEAD_BYTES; at < 200; at++) {
            file[at] = (char)dice_throw(&dice);
        }
        (void)restart(200);
    }
    assert_true(restored > 100);
}

static void test_rooms_go_with_their_last(void **state)
{
    (void)state;
    begin();
    world_say(alice, "/join #lab\n");
    world_hush();
    world_say(alice, "in the lab\n");
    write_down();
    world_say(alice, "/join #den\n");
    world_hush();
    world_say(alice, "in the den\n");
    write_down();
    assert_int_equal(restart(file_bytes), LWCHAT_OK);
    assert_string_equal(history_of("#lab"), "");
    assert_string_equal(history_of("#den"), "alice> in the den\n");
    /* Then it is a room as any other: the next who opens it finds nothing. */
    alice = world_join();
    world_hush();
    world_say(alice, "/rooms\n");
    assert_non_null(strstr(world_hear(alice), "#den: 1"));
}

static void test_restored_rooms_give_way(void **state)
{
    char line[32];

    (void)state;
    begin();
    for (unsigned i = 1; i < LWCHAT_MAX_ROOMS; i++) {
        unsigned one = world_join();
        world_hush();
        snprintf(line, sizeof line, "/join #old%u\n", i);
        world_say(one, line);
        world_hush();
        world_say(one, "here\n");
    }
    write_down();
    assert_int_equal(restart(file_bytes), LWCHAT_OK);
    for (unsigned i = 1; i < LWCHAT_MAX_ROOMS; i++) {
        unsigned one = world_join();
        world_hush();
        snprintf(line, sizeof line, "/join #new%u\n", i);
        world_say(one, line);
        assert_non_null(strstr(world_hear(one), "*** You are in #new"));
        world_hush();
    }
    write_down();
    assert_int_equal(restart(file_bytes), LWCHAT_OK);
    assert_string_equal(history_of("#old1"), "");
}

static void test_rooms_take_free_places_first(void **state)
{
    char line[32];

    (void)state;
    begin();
    world_say(alice, "/join #old\n");
    world_hush();
    world_say(alice, "here\n");
    write_down();
    assert_int_equal(restart(file_bytes), LWCHAT_OK);
    for (unsigned i = 2; i < LWCHAT_MAX_ROOMS; i++) {
        unsigned one = world_join();
        world_hush();
        snprintf(line, sizeof line, "/join #new%u\n", i);
        world_say(one, line);
        world_hush();
    }
    assert_string_equal(history_of("#old"), "alice> here\n");
}

static void test_a_shutdown_ends_no_room(void **state)
{
    (void)state;
    begin();
    world_say(alice, "/join #lab\n");
    world_hush();
    world_say(alice, "in the lab\n");
    world_say(bob, "/join #den\n");
    world_hush();
    world_say(bob, "in the den\n");
    write_down();
    world_say(bob, "/join #lobby\n");
    world_hush();
    write_down();
    /* Nor does it bring one back that had ended, be it in a new file. */
    for (unsigned i = 0; i < 2; i++) {
        chat_shutdown(&chat);
        write_down();
        world_hush();
        write_down();
        chat_history_rewrite(&chat);
        file_bytes = chat_history_begin(&chat, boot_id, true, file);
        write_down();
    }
    assert_int_equal(restart(file_bytes), LWCHAT_OK);
    assert_string_equal(history_of("#lab"), "alice> in the lab\n");
    assert_string_equal(history_of("#den"), "");
}

static void test_guests_are_not_taken_for_earlier_ones(void **state)
{
    (void)state;
    begin();
    unsigned guest = world_join();
    world_hush();
    world_say(guest, "it is me\n");
    write_down();
    assert_int_equal(restart(file_bytes), LWCHAT_OK);
    guest = world_join();
    assert_non_null(strstr(world_hear(guest), "guest3> it is me\n"));
    assert_memory_equal(chat.session[guest].nick, "guest4", 6);
}

/* --- Numbers ------------------------------------------------------------------- */

static uint64_t last_seq(const char *text)
{
    uint64_t seq = 0;

    while ((text = strstr(text, "{\"seq\":")) != NULL) {
        text += 7;
        seq = strtoull(text, NULL, 10);
    }
    return seq;
}

static void resume(unsigned session, uint64_t seq)
{
    char line[80];

    snprintf(line, sizeof line, "{\"resume\":{\"start\":77,\"seq\":%llu}}\n",
             (unsigned long long)seq);
    world_say(session, line);
}

static unsigned enter_bot(void)
{
    unsigned bot = world_enter("bot");

    world_say(bot, "/mode json\n");
    assert_non_null(strstr(world_hear(bot), "\"start\":77"));
    return bot;
}

static void test_peers_resume_over_a_restart(void **state)
{
    char line[64];
    uint64_t seq = 0, rising = 0;

    (void)state;
    begin();
    unsigned bot = enter_bot();
    for (unsigned i = 0; i < 10; i++) {
        snprintf(line, sizeof line, "before %u\n", i);
        world_say(alice, line);
        world_say(alice, "/msg bob a secret\n");
        rising = last_seq(world_hear(bot));
        seq = i == 6 ? rising : seq;
    }
    world_say(bob, "/me goes\n");
    world_say(bob, "/quit\n"); /* has a number, too */
    rising = last_seq(world_hear(bot));
    write_down();
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(restart(file_bytes), LWCHAT_OK);
        bot = enter_bot();
        alice = world_enter("alice");
        snprintf(line, sizeof line, "after %u\n", i);
        world_say(alice, line);
        uint64_t now = last_seq(world_hear(bot));
        assert_true(now > rising);
        rising = now;
        /* One that comes back gets each of them once. */
        bob = enter_bot();
        world_hush();
        resume(bob, seq);
        const char *text = world_hear(bob);
        assert_null(strstr(text, "before 6"));
        assert_null(strstr(text, "missed"));
        const char *at = text;
        for (unsigned n = 7; n < 10; n++) {
            snprintf(line, sizeof line, "\"before %u\"", n);
            at = strstr(at, line);
            assert_non_null(at);
        }
        for (unsigned n = 0; n <= i; n++) {
            snprintf(line, sizeof line, "\"after %u\"", n);
            at = strstr(at, line);
            assert_non_null(at);
            assert_null(strstr(at + 1, line));
        }
        write_down();
    }
}

static void test_numbers_that_are_not_in_the_file_are_not_given_again(void **state)
{
    (void)state;
    begin();
    unsigned bot = enter_bot();
    world_say(alice, "hello\n");
    write_down();
    world_hush();
    /* The server is killed while people come and go. */
    for (unsigned i = 0; i < 4; i++) {
        world_say(world_enter("carol"), "/quit\n");
    }
    world_say(alice, "/quit\n");
    uint64_t seq = last_seq(world_hear(bot));
    assert_true(seq > 0);
    assert_int_equal(restart(file_bytes), LWCHAT_OK);
    bot = enter_bot();
    alice = world_enter("alice");
    world_hush();
    world_say(alice, "hello again\n");
    assert_true(last_seq(world_hear(bot)) > seq);
    bot = enter_bot();
    resume(bot, seq);
    assert_non_null(strstr(world_hear(bot), "hello again"));
}

static void test_a_system_that_went_down(void **state)
{
    size_t bytes;

    (void)state;
    begin();
    world_say(alice, "hello\n");
    write_down();
    bytes = file_bytes;
    assert_int_equal(restart(bytes), LWCHAT_OK);
    assert_int_equal(chat.config.start, 77); /* only the server went down */
    boot_id[0]++;
    assert_int_equal(restart(bytes), LWCHAT_OK);
    assert_int_equal(chat.config.start, config.start); /* something may be missing */
    assert_string_equal(history_of("#lobby"), "alice> hello\n");
    uint32_t start = chat.config.start;
    assert_int_equal(restart(file_bytes), LWCHAT_OK);
    assert_int_equal(chat.config.start, start);
    file_bytes += chat_history_end(file + file_bytes);
    boot_id[0]++;
    assert_int_equal(restart(file_bytes), LWCHAT_OK);
    assert_int_equal(chat.config.start, start); /* it had ended well */
}

/* A disk was full: the file is torn, peers have read more than it has, and the server is killed. */
static void test_a_torn_end(void **state)
{
    (void)state;
    begin();
    world_say(alice, "hello\n");
    write_down();
    assert_int_equal(restart(file_bytes - 1), LWCHAT_OK);
    assert_int_equal(chat.config.start, config.start);
    assert_string_equal(history_of("#lobby"), "alice> hello\n");
    uint32_t start = chat.config.start;
    file_bytes += chat_history_end(file + file_bytes);
    assert_int_equal(restart(file_bytes), LWCHAT_OK);
    assert_int_equal(chat.config.start, start); /* the next whole file is as any other */
    assert_int_equal(restart(file_bytes - 1), LWCHAT_OK);
    assert_int_equal(chat.config.start, config.start);
}

/* A disk is full, then there is not enough room for a new file, then there is. */
static void test_a_file_that_is_given_up(void **state)
{
    static char lost[LWCHAT_SEND_BYTES];
    unsigned said = 0;

    (void)state;
    begin();
    world_say(alice, "/join #lab\n");
    world_hush();
    world_say(alice, "in the lab\n");
    world_say(bob, "in the lobby\n");
    write_down();
    world_say(alice, "/join #lobby\n");
    world_hush();
    world_say(alice, "also there\n");
    chat_history_mark(&chat);
    assert_true(chat_history(&chat, lost, sizeof lost) > 0);
    chat_history_abort(&chat);
    for (unsigned i = 0; i < 3; i++) {
        chat_history_mark(&chat);
        chat_history_rewrite(&chat);
        assert_true(chat_history(&chat, lost, i == 0 ? LWCHAT_SHOWN_BYTES : sizeof lost) > 0);
        chat_history_abort(&chat);
    }
    chat_history_rewrite(&chat);
    file_bytes = chat_history_begin(&chat, boot_id, true, file);
    write_down();
    assert_int_equal(restart(file_bytes), LWCHAT_OK);
    assert_string_equal(history_of("#lobby"), "bob> in the lobby\nalice> also there\n");
    assert_string_equal(history_of("#lab"), "");

    /* What is lost is what was overwritten since, however often that fails. */
    begin();
    for (; said < 3000; said++) {
        chat_history_mark(&chat);
        if (said > 0) {
            chat_history_rewrite(&chat);
        }
        (void)chat_history(&chat, lost, sizeof lost);
        chat_history_abort(&chat);
        world_say(alice, "a line\n");
        world_hush();
    }
    uint32_t missed = chat_tail_missed(&chat, CHAT_TAIL_HISTORY);
    assert_true(missed > 0);
    chat_history_rewrite(&chat);
    file_bytes = chat_history_begin(&chat, boot_id, true, file);
    write_down();
    assert_int_equal(chat_tail_missed(&chat, CHAT_TAIL_HISTORY), 0);
    for (size_t at = HEAD_BYTES; at < file_bytes; at = sum_part(at, file_bytes)) {
        said -= file[at + 6] == HISTORY_SAID;
    }
    assert_int_equal(said, missed);
}

/* A new file fails, and the old one, which is whole, goes on. */
static void test_a_new_file_that_fails(void **state)
{
    static char lost[LWCHAT_SEND_BYTES];

    (void)state;
    begin();
    world_say(alice, "/join #lab\n");
    world_hush();
    world_say(alice, "in the lab\n");
    world_say(bob, "in the lobby\n");
    write_down();
    world_say(bob, "not yet written\n");
    world_say(alice, "/join #lobby\n");
    world_hush();
    chat_history_mark(&chat);
    chat_history_rewrite(&chat);
    assert_true(chat_history(&chat, lost, sizeof lost) > 0);
    chat_history_abort(&chat);
    write_down();
    assert_int_equal(restart(file_bytes), LWCHAT_OK);
    assert_string_equal(history_of("#lobby"), "bob> in the lobby\nbob> not yet written\n");
    assert_string_equal(history_of("#lab"), "");
}

static void test_a_ring_that_has_wrapped(void **state)
{
    char line[64];
    uint64_t seq = 0;

    (void)state;
    begin();
    unsigned bot = enter_bot();
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(line, sizeof line, "line %u\n", i);
        world_say(i % 2 == 0 ? alice : bob, line);
        if (i % 50 == 0) {
            world_hush();
            write_down();
        }
        if (i == 5) {
            seq = last_seq(world_hear(bot));
        }
        world_hear(bot);
    }
    write_down();
    world_hush();
    world_say(bot, "{\"cmd\":\"/mode text\"}\n/history 65535\n");
    static char before[4 * LWCHAT_LOG_BYTES];
    strcpy(before, world_hear(bot));
    unsigned lines = lines_in(before);
    assert_true(lines > 500);

    /* A new file has the same as the old one, and less that is of no use. */
    static char old[MOST_BYTES];
    size_t old_bytes = file_bytes;
    memcpy(old, file, old_bytes);
    for (unsigned turn = 0; turn < 2; turn++) {
        assert_int_equal(restart(file_bytes), LWCHAT_OK);
        const char *after = history_of("#lobby");
        /* A restart takes a little of the log's room. */
        assert_true(lines_in(after) + 40 * (turn + 1) >= lines && lines_in(after) < lines);
        assert_non_null(strstr(before, after));
        assert_non_null(strstr(after, "line 2999\n"));
        bot = enter_bot();
        resume(bot, seq);
        const char *text = world_hear(bot);
        const char *count = strstr(text, "\"count\":");
        assert_non_null(count);
        unsigned all = (unsigned)strtoul(count + 8, NULL, 10) - 1;
        for (; *text != '\0'; text = world_hear(bot)) {
            all += lines_in(text);
        }
        assert_int_equal(all, 2994);
        chat_history_rewrite(&chat);
        file_bytes = chat_history_begin(&chat, boot_id, true, file);
        write_down();
        assert_true(file_bytes < old_bytes);
    }
}

/* Fills the log more than twice with what is said in the lobby. */
static void drown_the_lab(void)
{
    for (unsigned i = 0; i < 5000; i++) {
        world_say(bob, "a line\n");
        if (i % 50 == 0) {
            world_hush();
            write_down();
        }
    }
    world_hush();
    write_down();
    assert_string_equal(history_of("#lab"), "");
}

/* What a peer missed is known after a restart even if the log has nothing of its room any more. */
static void test_rooms_whose_messages_are_gone(void **state)
{
    static char whole[MOST_BYTES];
    uint64_t seq = 0;

    (void)state;
    begin();
    world_say(alice, "/join #lab\n");
    unsigned bot = enter_bot();
    world_say(bot, "{\"cmd\":\"/join #lab\"}\n");
    world_hush();
    for (unsigned i = 0; i < 7; i++) {
        world_say(alice, "in the lab\n");
        uint64_t now = last_seq(world_hear(bot));
        seq = i == 1 ? now : seq;
    }
    chat.room[1].carried = 3;
    drown_the_lab();
    for (unsigned i = 0; i < 3; i++) {
        if (i > 0) { /* at first, it is the old file that has the messages */
            chat_history_rewrite(&chat);
            file_bytes = chat_history_begin(&chat, boot_id, true, file);
            write_down();
        }
        assert_int_equal(restart(file_bytes), LWCHAT_OK);
        bot = enter_bot();
        world_say(bot, "{\"cmd\":\"/join #lab\"}\n");
        world_hear(bot);
        resume(bot, seq);
        const char *text = world_hear(bot);
        assert_non_null(strstr(text, "\"type\":\"missed\""));
        assert_non_null(strstr(text, "\"count\":5"));
        assert_int_equal(chat.room[1].carried, i == 0 ? 0 : 3);
        chat.room[1].carried = 3;
        world_wait(10000); /* timers do not discard what nobody has entered yet */
    }
    size_t all = file_bytes;
    memcpy(whole, file, all);
    for (unsigned i = 0; i < 2; i++) {
        file_bytes = all;
        memcpy(file, whole, all);
        size_t at = find_last(HISTORY_COUNT);
        assert_memory_equal(file + at + 14, "#lab", 4);
        size_t end = sum_part(at, all);
        file[at + 4] = (char)(i == 0 ? 5 : file[at + 4]);
        file[at + 14] = (char)(i == 0 ? '#' : 'l');
        (void)sum_part(at, end);
        assert_int_equal(restart(all), LWCHAT_FAILED);
    }
    /* It is gone with its last. */
    memcpy(file, whole, all);
    assert_int_equal(restart(all), LWCHAT_OK);
    bot = enter_bot();
    world_say(bot, "{\"cmd\":\"/join #lab\"}\n");
    world_hush();
    world_say(bot, "{\"cmd\":\"/join #lobby\"}\n");
    world_hush();
    write_down();
    assert_int_equal(restart(file_bytes), LWCHAT_OK);
    assert_int_equal(room_find_restored(chat.room, "#lab", 4), LWCHAT_NOT_FOUND);
}

static void test_positions_beyond_32_bits(void **state)
{
    static const uint64_t positions[] = {0x7FFFFFF0, 0xFFFFFF00, 0x1FFFFFF00, 0x780000000};

    (void)state;
    for (size_t i = 0; i < sizeof positions / sizeof positions[0]; i++) {
        begin();
        world_say(alice, "long ago\n");
        write_down();
        memset(file + file_bytes, 0, 16);
        file[file_bytes + 4] = 8;
        file[file_bytes + 6] = HISTORY_USED;
        for (unsigned n = 0; n < 8; n++) {
            file[file_bytes + 8 + n] = (char)(positions[i] >> 8 * n);
        }
        file_bytes = sum_part(file_bytes, file_bytes + 16);
        assert_int_equal(restart(file_bytes), LWCHAT_OK);
        assert_false(chat.room[LOBBY].spoken);
        assert_string_equal(history_of("#lobby"), "");
        unsigned bot = enter_bot();
        alice = world_enter("alice");
        uint64_t seq = 0;
        for (unsigned n = 0; n < 40; n++) {
            world_say(alice, "now\n");
            uint64_t next = last_seq(world_hear(bot));
            assert_true(next > seq && next >> 16 > positions[i] / 4);
            seq = next;
            world_hush();
            write_down();
        }
        assert_int_equal(restart(file_bytes), LWCHAT_OK);
        assert_int_equal(lines_in(history_of("#lobby")), 40);
        world_wait(10000); /* timers move stale positions up */
        assert_int_equal(lines_in(history_of("#lobby")), 40);
    }
}

/* Before numbers are used up they begin again, under another ID. */
static void test_numbers_begin_again(void **state)
{
    const char *hello;

    (void)state;
    begin();
    unsigned bot = enter_bot();
    chat.log.turns = 119;
    world_say(alice, "the last\n");
    uint64_t last = last_seq(world_hear(bot));
    assert_true(last >> 16 > UINT64_C(119) << 30);
    write_down();
    world_wait(10000);
    assert_false(chat_history_is_over(&chat));
    assert_int_equal(chat_state(&chat, bot), CHAT_ACTIVE);
    chat.log.turns = 120;
    world_wait(10000);
    assert_int_equal(chat_state(&chat, bot), CHAT_DEAD);
    assert_int_equal(chat_state(&chat, alice), CHAT_ACTIVE);
    chat_release(&chat, bot, 0);
    world_hush();

    /* The file lasts until another replaces it. */
    chat_history_mark(&chat);
    chat_history_rewrite(&chat);
    assert_false(chat_history_is_over(&chat));
    chat_history_abort(&chat);
    assert_true(chat_history_is_over(&chat));
    chat_history_rewrite(&chat);
    file_bytes = chat_history_begin(&chat, boot_id, true, file);
    write_down();

    uint64_t rising = 0;
    for (unsigned i = 0; i < 3; i++) {
        bot = world_enter("bot");
        alice = i == 0 ? alice : world_enter("alice");
        world_say(bot, "/mode json\n");
        hello = strstr(world_hear(bot), "\"start\":");
        assert_non_null(hello);
        assert_int_equal(strtoul(hello + 8, NULL, 10), 78);
        world_say(alice, "again\n");
        uint64_t now = last_seq(world_hear(bot));
        assert_true(now > rising && now < last);
        rising = now;
        resume(bot, last); /* of the former ID, 77 */
        assert_non_null(strstr(world_hear(bot), "the server has restarted"));
        assert_int_equal(lines_in(history_of("#lobby")), i + 2);
        write_down();
        assert_int_equal(restart(file_bytes), LWCHAT_OK);
    }
}

static void test_what_is_overwritten_is_counted(void **state)
{
    unsigned said = 0, written = 0;

    (void)state;
    begin();
    write_down();
    chat_follow(&chat, CHAT_TAIL_TEXT);
    for (; said < 3000; said++) {
        world_say(alice, "a line\n");
        if (said % 16 == 0) {
            world_say(alice, said % 32 == 0 ? "/nick carol\n" : "/nick dave\n");
        }
        world_hush();
    }
    uint32_t missed = chat_tail_missed(&chat, CHAT_TAIL_HISTORY);
    assert_true(missed > 0 && missed < said);
    assert_true(chat_tail_missed(&chat, CHAT_TAIL_TEXT) > missed);
    write_down();
    assert_int_equal(chat_tail_missed(&chat, CHAT_TAIL_HISTORY), 0);
    for (size_t at = HEAD_BYTES; at < file_bytes; at = sum_part(at, file_bytes)) {
        written += file[at + 6] == HISTORY_SAID;
    }
    assert_int_equal(written + missed, said);
}

/* --- Lines of text ------------------------------------------------------------------ */

static const char *log_text_now(void)
{
    static char text[4 * LWCHAT_LOG_BYTES];
    size_t bytes, used = 0;

    while ((bytes = chat_log_lines(&chat, text + used, LWCHAT_SHOWN_BYTES)) > 0) {
        used += bytes;
    }
    text[used] = '\0';
    return text;
}

static void test_the_log_of_text(void **state)
{
    (void)state;
    config.start = 76;
    assert_int_equal(restart(0), LWCHAT_OK);
    chat_follow(&chat, CHAT_TAIL_TEXT);
    alice = world_enter("alice");
    world_say(alice, "hello\n");
    world_say(alice, "/me waves\n");
    world_say(alice, "/msg Marcel a secret\n");
    world_say(alice, "/who\n");
    world_say(CHAT_OPERATOR, "good evening\n/stats\n");
    world_hush();
    world_say(alice, "/join #lab\n");
    world_hush();
    world_say(alice, "/quit bye\n");
    assert_string_equal(log_text_now(), "1970-01-01 00:00:00 #lobby *** guest1 joined\n"
                                        "1970-01-01 00:00:00 #lobby *** guest1 is now alice\n"
                                        "1970-01-01 00:00:00 #lobby alice> hello\n"
                                        "1970-01-01 00:00:00 #lobby * alice waves\n"
                                        "1970-01-01 00:00:00 #* Marcel> good evening\n"
                                        "1970-01-01 00:00:00 #lobby *** alice left\n"
                                        "1970-01-01 00:00:00 #lab *** alice joined\n"
                                        "1970-01-01 00:00:00 #lab *** alice left: bye\n");
    assert_string_equal(log_text_now(), "");
}

static void test_the_log_says_what_it_lacks(void **state)
{
    (void)state;
    begin();
    chat_follow(&chat, CHAT_TAIL_TEXT);
    unsigned said = 0;
    for (; said < 3000; said++) {
        world_say(alice, "a line\n");
        world_hush();
    }
    uint32_t missed = chat_tail_missed(&chat, CHAT_TAIL_TEXT);
    char first[80];
    snprintf(first, sizeof first, " #* *** the log lacks %u lines here\n", (unsigned)missed);
    const char *text = log_text_now();
    assert_non_null(strstr(text, first));
    assert_int_equal(lines_in(text), said - missed + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_comes_back),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_damage_is_not_taken_for_a_torn_end),
        cmocka_unit_test(test_parts_that_cannot_be),
        cmocka_unit_test(test_no_content_does_harm),
        cmocka_unit_test(test_rooms_go_with_their_last),
        cmocka_unit_test(test_restored_rooms_give_way),
        cmocka_unit_test(test_rooms_take_free_places_first),
        cmocka_unit_test(test_a_shutdown_ends_no_room),
        cmocka_unit_test(test_guests_are_not_taken_for_earlier_ones),
        cmocka_unit_test(test_peers_resume_over_a_restart),
        cmocka_unit_test(test_numbers_that_are_not_in_the_file_are_not_given_again),
        cmocka_unit_test(test_a_system_that_went_down),
        cmocka_unit_test(test_a_torn_end),
        cmocka_unit_test(test_a_file_that_is_given_up),
        cmocka_unit_test(test_a_new_file_that_fails),
        cmocka_unit_test(test_a_ring_that_has_wrapped),
        cmocka_unit_test(test_rooms_whose_messages_are_gone),
        cmocka_unit_test(test_positions_beyond_32_bits),
        cmocka_unit_test(test_numbers_begin_again),
        cmocka_unit_test(test_what_is_overwritten_is_counted),
        cmocka_unit_test(test_the_log_of_text),
        cmocka_unit_test(test_the_log_says_what_it_lacks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

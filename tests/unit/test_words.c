/* Every sentence of every table: in each language, with the same placeholders, none too long. */
#include "unit.h"

#include "core/session.h"
#include "core/text.h"

#include <stdbool.h>

struct sentence {
    const char *name, *english, *french;
};

#define WORD(name, english, french) {#name, english, french},
static const struct sentence chat_sentences[] = {
#include "core/words.def"
};
static const struct sentence client_sentences[] = {
#include "net/client.def"
};
static const struct sentence options_sentences[] = {
#include "app/options.def"
};
#undef WORD

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* The placeholders of a sentence as a bit mask; any other % or single brace is an error. */
static unsigned places_of(const char *text)
{
    unsigned places = 0;
    bool in_braces = false;

    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '%') {
            p++;
            assert_in_range(*p, '1', '9');
            places |= 1U << (*p - '0');
        } else if (*p == '{' || *p == '}') {
            assert_true(places != 0 && in_braces == (*p == '}'));
            in_braces = !in_braces;
        }
    }
    assert_false(in_braces);
    return places;
}

static void assert_shown_as_is(const char *text)
{
    static char copy[1024];
    size_t bytes = strlen(text);

    assert_true(bytes < sizeof copy);
    memcpy(copy, text, bytes);
    assert_int_equal(text_clean(copy, bytes, sizeof copy), bytes);
    assert_memory_equal(copy, text, bytes);
}

static void assert_table(const struct sentence *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(table[i].english[0] != '\0' && table[i].french[0] != '\0');
        if (places_of(table[i].english) != places_of(table[i].french)) {
            fail_msg("%s has other places in French", table[i].name);
        }
        assert_shown_as_is(table[i].english);
        assert_shown_as_is(table[i].french);
    }
}

static void test_no_language_lacks_one(void **state)
{
    (void)state;
    assert_table(chat_sentences, COUNT(chat_sentences));
    assert_table(client_sentences, COUNT(client_sentences));
    assert_table(options_sentences, COUNT(options_sentences));
}

/* One missed message is not "1 messages". */
static void test_one_is_singular(void **state)
{
    static const enum word_chat counted[] = {W_MISSED, W_MISSED_LINES, W_STATS_HOLD,
                                             W_STATS_MISSED};
    char one[128], two[128];

    (void)state;
    for (size_t i = 0; i < COUNT(counted); i++) {
        for (int language = 0; language < WORDS_LANGUAGES; language++) {
            const char *sentence = words_chat[counted[i]].text[language];
            size_t one_bytes = words_write(one, sizeof one, sentence, "1\0002", 3);
            size_t two_bytes = words_write(two, sizeof two, sentence, "2\0002", 3);
            /* une fois, deux fois */
            bool same = counted[i] == W_STATS_HOLD && language == WORDS_FRENCH;
            assert_int_equal(one_bytes, two_bytes - !same);
        }
    }
}

/* The marks at the start of a line, which scripts and people look for, are the same everywhere. */
static void test_same_marks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(chat_sentences); i++) {
        const struct sentence *s = &chat_sentences[i];
        bool marked = strncmp(s->english, "***", 3) == 0 || strncmp(s->english, "!!!", 3) == 0;
        if (marked && strncmp(s->english, s->french, 4) != 0) {
            fail_msg("%s begins otherwise in French", s->name);
        }
    }
}

/* Bytes of a sentence whose placeholders hold `longest` bytes each, the last one `last`. */
static size_t filled(const char *text, size_t longest, size_t last)
{
    unsigned places = places_of(text);
    size_t bytes = 0;

    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '%') {
            p++;
            bytes += places >> (*p - '0') > 1 ? longest : last;
        } else {
            bytes++;
        }
    }
    return bytes;
}

static void assert_fits(const struct sentence *s, size_t longest, size_t last, size_t room)
{
    if (filled(s->english, longest, last) > room || filled(s->french, longest, last) > room) {
        fail_msg("%s takes %zu and %zu of %zu bytes", s->name, filled(s->english, longest, last),
                 filled(s->french, longest, last), room);
    }
}

static void test_none_is_too_long_for_a_line(void **state)
{
    enum { ROOM = LWCHAT_SHOWN_BYTES - 2, ARGUMENTS = sizeof(((struct words_arguments *)0)->text) };

    (void)state;
    for (size_t i = 0; i < COUNT(chat_sentences); i++) {
        const struct sentence *s = &chat_sentences[i];
        if (strcmp(s->name, "LEFT_SAYING") == 0) {
            /* The console shows the room in front of it. */
            assert_fits(s, LWCHAT_NICK_BYTES, LWCHAT_LINE_BYTES - strlen("/quit "),
                        ROOM - LWCHAT_ROOM_BYTES - 1);
        } else if (strcmp(s->name, "YOU_WERE_KICKED_FOR") == 0) {
            assert_fits(s, 0, LWCHAT_LINE_BYTES - strlen("/kick a "), ROOM);
        } else if ((places_of(s->english) & (places_of(s->english) - 1)) == 0) {
            assert_fits(s, 32, 32, ROOM);
        } else {
            /* Several arguments share one buffer. */
            assert_fits(s, 0, ARGUMENTS - 1, ROOM);
        }
    }
}

/*
 * A notice that is longer than a message to a peer without line ends is sent in several, cut in its
 * last argument: it must be at the end, or the sentence short.
 */
static void test_none_is_cut_in_the_middle(void **state)
{
    enum { SHORTEST_MESSAGE = 96, NICK = 16 };
    static const char *const read_by_peers[] = {
        "NICK_BAD", "NICK_TAKEN", "NICK_RESERVED", "NO_COMMAND", "NO_NICK",    "NEEDS_MORE",
        "YOU_ARE",  "WELCOME",    "CONNECTED",     "ROOM_BAD",   "ROOMS_FULL", "NUMBER_BAD",
        "RENAMED",  "JOINED",     "LEFT",          "KICKED",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(read_by_peers); i++) {
        size_t found = 0;
        for (size_t j = 0; j < COUNT(chat_sentences); j++) {
            if (strcmp(chat_sentences[j].name, read_by_peers[i]) == 0) {
                assert_fits(&chat_sentences[j], NICK, NICK, SHORTEST_MESSAGE);
                found++;
            }
        }
        if (found != 1) {
            fail_msg("%s is no sentence", read_by_peers[i]);
        }
    }
}

static void test_none_is_too_long_for_the_programs(void **state)
{
    enum { CLIENT_BYTES = 240, OPTIONS_BYTES = 256, LONGEST_HOST = 40, LONGEST_OPTION = 20 };
    enum { LONGEST_SERVER = 48, LONGEST_NUMBER = 5 };

    (void)state;
    for (size_t i = 0; i < COUNT(client_sentences); i++) {
        const struct sentence *s = &client_sentences[i];
        if (strcmp(s->name, "FOUND") == 0 || strcmp(s->name, "LISTED") == 0) {
            assert_fits(s, LONGEST_SERVER, LONGEST_NUMBER, CLIENT_BYTES);
        } else {
            assert_fits(s, LONGEST_HOST, 100, CLIENT_BYTES);
        }
    }
    for (size_t i = 0; i < COUNT(options_sentences); i++) {
        assert_fits(&options_sentences[i], LONGEST_OPTION, 64, OPTIONS_BYTES);
    }
}

/* --- words_write ------------------------------------------------------------- */

static void assert_writes(const char *sentence, const char *arguments, size_t bytes, size_t room,
                          const char *expected)
{
    char *copy = guarded_end(64) - bytes;
    char *out = guarded_end(64) - room;

    memcpy(copy, arguments, bytes);
    assert_int_equal(words_write(out, room, sentence, copy, bytes), strlen(expected));
    assert_memory_equal(out, expected, strlen(expected));
}

static void test_write(void **state)
{
    (void)state;
    assert_writes("a %1 b", "x", 1, 60, "a x b");
    assert_writes("%2 %1 %2", "x\0yy", 4, 60, "yy x yy");
    assert_writes("%1%2%3%9", "x\0\0z", 4, 60, "xz");
    assert_writes("%1", "", 0, 60, "");
    assert_writes("100% %0 %", "x", 1, 60, "100% %0 %");
    assert_writes("%1 line{s}", "1", 1, 60, "1 line");
    assert_writes("%1 line{s}", "0", 1, 60, "0 lines");
    assert_writes("%1 line{s}", "11", 2, 60, "11 lines");
    assert_writes("%1 m{en}, %2 line{s}.", "1\0002", 3, 60, "1 m, 2 lines.");
    assert_writes("%1 m{en}, %2 line{s}.", "x\0001", 3, 60, "x men, 1 line.");
    assert_writes("%1", "{s}", 3, 60, "{s}");
    assert_writes("abc", "", 0, 2, "ab");
    assert_writes("a%1", "xyz", 3, 3, "axy");
    assert_writes("a", "", 0, 0, "");
    assert_int_equal(words_write(guarded_end(1) - 1, 1, "%1", NULL, 0), 0);
}

static void test_arguments(void **state)
{
    const size_t most = 32;
    struct words_arguments arguments = {.bytes = 0};
    char text[56];

    (void)state;
    words_add(&arguments, "bob", 3);
    words_add_number(&arguments, 4294967295U);
    words_add_address(&arguments, address_v4(0xFFFFFFFF));
    assert_int_equal(arguments.bytes, 3 + 1 + 10 + 1 + 15);
    assert_memory_equal(arguments.text, "bob\0004294967295\000255.255.255.255", 30);

    /* An overlong argument is cut to 32 bytes, at a code point. */
    memset(text, 'x', sizeof text);
    memcpy(text + most - 1, "\xC3\xA9", 2);
    arguments.bytes = 0;
    words_add(&arguments, text, sizeof text);
    assert_int_equal(arguments.bytes, most - 1);
    /* An argument is also cut if the others leave too little room. */
    for (int i = 0; i < 10; i++) {
        words_add(&arguments, text, sizeof text);
        assert_true(arguments.bytes <= sizeof arguments.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_language_lacks_one),
        cmocka_unit_test(test_one_is_singular),
        cmocka_unit_test(test_same_marks),
        cmocka_unit_test(test_none_is_too_long_for_a_line),
        cmocka_unit_test(test_none_is_cut_in_the_middle),
        cmocka_unit_test(test_none_is_too_long_for_the_programs),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The client's two buffers: how server output is shown, and how typed input is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/client_down.h"
#include "net/client_kept.h"
#include "net/client_up.h"

#define E_ACUTE "\xC3\xA9"
#define ACUTE   "\xCC\x81"

/* --- Down ------------------------------------------------------------------- */

static char shown[16384];
static size_t shown_bytes;

static void drain(struct client_down *down)
{
    const char *text;
    size_t bytes = client_down_look(down, &text);

    assert_true(shown_bytes + bytes < sizeof shown);
    memcpy(shown + shown_bytes, text, bytes);
    shown_bytes += bytes;
    shown[shown_bytes] = '\0';
    client_down_skip(down, bytes);
}

static void feed(struct client_down *down, const char *text, size_t bytes)
{
    char *where;

    while (bytes > 0) {
        size_t room = client_down_room(down, &where);
        assert_true(room > 0);
        size_t now = bytes < room ? bytes : room;
        memcpy(where, text, now);
        client_down_take(down, now);
        drain(down);
        text += now;
        bytes -= now;
    }
}

static void start(struct client_down *down, enum client_framing framing)
{
    client_down_start(down, framing);
    shown_bytes = 0;
    shown[0] = '\0';
}

static void test_lines_in_any_split(void **state)
{
    static const char in[] = "one\r\ntwo\n\n\x1b[2J" E_ACUTE "\xff\rx\r\n\ttab \xF0\x9F\x98\n"
                             "\xE2\x80\xAE"
                             "e\nrest \xC3";
    static const char out[] = "one\ntwo\n\n?[2J" E_ACUTE "??x\n tab ?\n?e\nrest ?\n";
    struct client_down down;
    size_t bytes = sizeof in - 1;

    (void)state;
    for (size_t first = 0; first <= bytes; first++) {
        for (size_t second = first; second <= bytes; second++) {
            start(&down, CLIENT_AUTO);
            feed(&down, in, first);
            feed(&down, in + first, second - first);
            feed(&down, in + second, bytes - second);
            client_down_end(&down);
            drain(&down);
            assert_string_equal(shown, out);
        }
    }
    start(&down, CLIENT_LINE);
    for (size_t i = 0; i < bytes; i++) {
        feed(&down, in + i, 1);
    }
    client_down_end(&down);
    drain(&down);
    assert_string_equal(shown, out);
}

static void test_a_server_that_ends_nothing(void **state)
{
    struct client_down down;

    (void)state;
    start(&down, CLIENT_AUTO);
    feed(&down, "Bienvenu" E_ACUTE, 10);
    assert_int_equal(shown_bytes, 0);
    assert_true(client_down_waits(&down));
    client_down_quiet(&down);
    drain(&down);
    assert_true(down.raw);
    assert_string_equal(shown, "Bienvenu" E_ACUTE "\n");
    /* From now on each read is a message; half a code point waits. */
    feed(&down, "a> 1", 4);
    feed(&down, "b> \xC3", 4);
    assert_string_equal(shown, "Bienvenu" E_ACUTE "\na> 1\n");
    feed(&down, "\xA9", 1);
    assert_string_equal(shown, "Bienvenu" E_ACUTE "\na> 1\nb> " E_ACUTE "\n");
    assert_false(client_down_waits(&down));
    /* A newline shows that the server ends its lines after all. */
    feed(&down, "c> x\nc> y", 9);
    assert_false(down.raw);
    assert_true(client_down_waits(&down));
    client_down_quiet(&down);
    assert_false(down.raw);
}

static void test_a_late_rest_joins_its_line(void **state)
{
    struct client_down down;

    (void)state;
    start(&down, CLIENT_AUTO);
    feed(&down, "hello\nlogin: \xC3", 14);
    client_down_quiet(&down);
    drain(&down);
    assert_string_equal(shown, "hello\nlogin: ");
    assert_false(client_down_waits(&down));
    client_down_quiet(&down);
    feed(&down, "\xA9 x\n", 4);
    assert_string_equal(shown, "hello\nlogin: " E_ACUTE " x\n");

    start(&down, CLIENT_LINE);
    feed(&down, "half", 4);
    client_down_quiet(&down);
    drain(&down);
    client_down_end(&down);
    drain(&down);
    assert_string_equal(shown, "half\n");
}

static void test_marks_do_not_heap_up_over_a_pause(void **state)
{
    struct client_down down;

    (void)state;
    start(&down, CLIENT_LINE);
    for (int i = 0; i < 3; i++) {
        feed(&down, i == 0 ? "e" ACUTE ACUTE ACUTE : ACUTE ACUTE ACUTE, i == 0 ? 7 : 6);
        client_down_quiet(&down);
        drain(&down);
    }
    feed(&down, "\n" ACUTE "e\n", 5);
    assert_string_equal(shown, "e" ACUTE ACUTE ACUTE ACUTE "\n" ACUTE "e\n");
}

static void test_a_long_line_comes_in_pieces(void **state)
{
    struct client_down down;
    static char in[3 * LWCHAT_SHOWN_BYTES];
    static const enum client_framing framings[] = {CLIENT_LINE, CLIENT_RAW};

    (void)state;
    for (size_t i = 0; i + 1 < sizeof in; i += 2) {
        memcpy(in + i, E_ACUTE, 2);
    }
    size_t bytes = (sizeof in / 2) * 2;
    in[0] = 'a'; /* an odd length before the next code point */
    in[1] = 'b';
    for (size_t f = 0; f < 2; f++) {
        start(&down, framings[f]);
        feed(&down, in + 1, bytes - 1);
        client_down_end(&down);
        drain(&down);
        size_t n = 0;
        for (size_t i = 0; i < shown_bytes; i++) {
            if (shown[i] != '\n') {
                assert_int_equal(shown[i], in[1 + n]);
                n++;
            }
        }
        assert_int_equal(n, bytes - 1);
        assert_int_equal(shown[shown_bytes - 1], '\n');
    }
}

/* The state of text cleaning continues over a pause, and ends with the line. */
static void test_text_over_a_pause(void **state)
{
    static const struct {
        const char *pieces[4], *shown;
    } texts[] = {
        {{"a  ", "  ", "  b", "\n    c\n"}, "a    b\n    c\n"},
        {{"\u0645\u06CC", "\u200C", "\u200C\u062E", "\n\u200Cx\n"},
         "\u0645\u06CC\u200C\u062E\n?x\n"},
        {{"\u2764", "\uFE0F", "\uFE0F", "\n\uFE0F\n"}, "\u2764\uFE0F\n?\n"},
        {{"a\u2067b", "\u2066c", "d", "\n\u2069e\n"}, "a\u2067b\u2066cd\u2069\u2069\n?e\n"},
        {{"\U0001F3F4", "\U000E0067\U000E0062", "\U000E0073\U000E0063\U000E0074", "\U000E007F\n"},
         "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F\n"},
        {{"\U0001F3F4", "\U000E0067\U000E0062", "x", "\n"}, "\U0001F3F4??x\n"},
    };
    struct client_down down;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        start(&down, CLIENT_LINE);
        for (size_t k = 0; k < 4; k++) {
            feed(&down, texts[i].pieces[k], strlen(texts[i].pieces[k]));
            client_down_quiet(&down);
            drain(&down);
        }
        assert_string_equal(shown, texts[i].shown);
    }
}

/* As many lines as fit into one read, each longer once its isolates are closed. */
static void test_isolates_are_closed_in_what_room_there_is(void **state)
{
    struct client_down down;
    static char in[LWCHAT_SHOWN_BYTES];
    size_t bytes = 0, open = 0, lines = 0;

    (void)state;
    while (bytes + 8 <= sizeof in) {
        memcpy(in + bytes, "\u2067\u2067x\n", 8);
        bytes += 8;
    }
    start(&down, CLIENT_LINE);
    feed(&down, in, bytes);
    for (size_t i = 0; i < shown_bytes; i++) {
        open += memcmp(shown + i, "\u2067", 3) == 0;
        open -= memcmp(shown + i, "\u2069", 3) == 0;
        lines += shown[i] == '\n';
        assert_true(shown[i] != '\n' || open == 0);
    }
    assert_int_equal(lines, bytes / 8);
    assert_memory_equal(shown, "\u2067\u2067x\u2069\u2069\n", 14);
}

/* --- Telnet ----------------------------------------------------------------- */

static void test_telnet_is_refused_and_not_shown(void **state)
{
    static const char in[] = "\xff\xfd\x18\xff\xfb\x01" /* DO TERMINAL-TYPE, WILL ECHO */
                             "Wel\xff\xf1\xff\xfa\x18\x01\n\xff\xff\xff\xf0"
                             "come.\r\n"                /* NOP, SB */
                             "\xff\xfe\x18\xff\xfc\x01" /* DONT, WONT: not answered */
                             "\xff\xff \xff"
                             "a\0\0login: \xff\xf9"; /* not a command; GA */
    static const char answers[] = "\xff\xfc\x18\xff\xfe\x01";
    struct client_down down;
    size_t bytes = sizeof in - 1;

    (void)state;
    for (size_t first = 0; first <= bytes; first++) {
        start(&down, CLIENT_AUTO);
        feed(&down, in, first);
        feed(&down, in + first, bytes - first);
        assert_true(client_down_waits(&down));
        client_down_quiet(&down);
        drain(&down);
        assert_string_equal(shown, "Welcome.\n? ?alogin: ");
        assert_false(down.raw);
        assert_int_equal(down.telnet.answer_bytes, sizeof answers - 1);
        assert_memory_equal(down.telnet.answers, answers, sizeof answers - 1);
    }
    client_telnet_skip(&down.telnet, 4);
    assert_int_equal(down.telnet.answer_bytes, 2);
    assert_memory_equal(down.telnet.answers, answers + 4, 2);
}

/* A telnet server is taken for one that ends its lines, even before the first line end. */
static void test_a_prompt_of_telnet(void **state)
{
    struct client_down down;

    (void)state;
    start(&down, CLIENT_AUTO);
    feed(&down, "login: ", 7);
    client_down_quiet(&down);
    assert_true(down.raw);
    drain(&down);
    feed(&down, "\xff\xfd\x18", 3);
    assert_false(down.raw);

    start(&down, CLIENT_RAW);
    feed(&down, "\xff\xfd\x18login: ", 10);
    assert_true(down.raw);
    assert_string_equal(shown, "login: \n");
}

static void test_much_telnet(void **state)
{
    struct client_down down;

    (void)state;
    start(&down, CLIENT_AUTO);
    for (int i = 0; i < 1000; i++) {
        feed(&down, "\xff\xfd\x18", 3);
    }
    assert_int_equal(down.telnet.answer_bytes, sizeof down.telnet.answers);
    feed(&down, "\xff\xfa", 2);
    for (int i = 0; i < 60000; i++) {
        feed(&down, "x", 1);
    }
    assert_string_equal(shown, "");
    feed(&down, "\xff\xf0y\n", 4);
    assert_string_equal(shown, "y\n");
    /* A subnegotiation that does not end is given up. */
    feed(&down, "\xff\xfa", 2);
    for (int i = 0; i < 65536; i++) {
        feed(&down, "\n", 1);
    }
    feed(&down, "z\n", 2);
    assert_string_equal(shown, "y\nz\n");
    /* A buffer with room only for what may be a telnet command. */
    start(&down, CLIENT_LINE);
    size_t most = sizeof down.text;
    for (size_t i = 0; i < 3 * most; i++) {
        feed(&down, "\xff", 1);
        feed(&down, "x", 1);
    }
    client_down_end(&down);
    drain(&down);
    assert_int_equal(shown_bytes, 6 * most + 1);
}

/* --- Up --------------------------------------------------------------------- */

static void type(struct client_up *up, const char *text)
{
    char *where;
    size_t bytes = strlen(text);

    assert_true(client_up_room(up, &where) >= bytes);
    memcpy(where, text, bytes);
    client_up_take(up, bytes);
}

/* What is sent next; NULL if nothing is. */
static const char *next(struct client_up *up, bool raw)
{
    static char text[LWCHAT_LINE_BYTES + 64];
    const char *chosen;

    if (!client_up_choose(up, raw)) {
        return NULL;
    }
    size_t bytes = client_up_look(up, &chosen);
    memcpy(text, chosen, bytes);
    text[bytes] = '\0';
    client_up_skip(up, bytes);
    return text;
}

static void test_lines_go_together(void **state)
{
    struct client_up up = {.ended = false};

    (void)state;
    type(&up, "one\ntwo\r\nthr");
    client_up_nick(&up, "bob");
    assert_string_equal(next(&up, false), "/nick bob\none\ntwo\r\n");
    assert_null(next(&up, false));
    up.ended = true;
    assert_string_equal(next(&up, false), "thr\n");
    assert_false(up.fin);
    client_up_farewell(&up);
    assert_string_equal(next(&up, false), "fin\n");
    assert_true(up.fin);
}

static void test_messages_go_one_by_one(void **state)
{
    struct client_up up = {.ended = false};

    (void)state;
    type(&up, "one\n\n\r\ntwo\r\nthr");
    assert_string_equal(next(&up, true), "one");
    assert_string_equal(next(&up, true), "two");
    assert_null(next(&up, true));
    up.ended = true;
    assert_string_equal(next(&up, true), "thr");
    client_up_farewell(&up);
    assert_string_equal(next(&up, true), "fin");
    assert_true(up.fin);
    assert_null(next(&up, true));
}

static void test_long_messages_are_cut_between_letters(void **state)
{
    struct client_up up = {.ended = false};
    char *where;
    size_t sent = 0, typed = 0;

    (void)state;
    /* "x" and 1000 characters of two bytes: byte 1024 is within one. */
    while (sent < 2001) {
        size_t room = client_up_room(&up, &where);
        for (size_t i = 0; i < room && typed < 2001; i++, typed++) {
            where[i] = typed == 0 ? 'x' : typed % 2 == 1 ? E_ACUTE[0] : E_ACUTE[1];
            client_up_take(&up, 1);
        }
        up.ended = typed == 2001;
        const char *text = next(&up, true);
        assert_non_null(text);
        size_t bytes = strlen(text);
        assert_in_range(bytes, 1, 1024);
        assert_int_equal((unsigned char)text[bytes - 1], (unsigned char)E_ACUTE[1]);
        sent += bytes;
    }
    assert_int_equal(sent, 2001);
    /* Invalid UTF-8 is cut too, and all of it is sent. */
    memset(&up, 0, sizeof up);
    size_t room = client_up_room(&up, &where);
    memset(where, 0x80, room);
    client_up_take(&up, room);
    for (sent = 0; up.bytes > 0; sent++) {
        assert_non_null(next(&up, true));
        assert_true(sent < 10);
    }
}

static void test_an_overlong_line_goes_as_it_is(void **state)
{
    struct client_up up = {.ended = false};
    char *where;

    (void)state;
    size_t room = client_up_room(&up, &where);
    memset(where, 'x', room);
    client_up_take(&up, room);
    assert_int_equal(strlen(next(&up, false)), room);
    assert_true(up.torn);
    up.ended = true;
    assert_null(next(&up, false));
    client_up_farewell(&up);
    assert_string_equal(next(&up, false), "\nfin\n");
}

/* A message was sent without a line end to a server that turned out to end its lines. */
static void test_a_line_does_not_join_a_message(void **state)
{
    struct client_up up = {.ended = false};

    (void)state;
    type(&up, "bob\nsecret\nmore\n");
    assert_string_equal(next(&up, true), "bob");
    assert_string_equal(next(&up, false), "\nsecret\nmore\n");
    type(&up, "x\n");
    assert_string_equal(next(&up, false), "x\n");
    /* An empty line ends the message. */
    type(&up, "y\n\nz\n");
    assert_string_equal(next(&up, true), "y");
    assert_string_equal(next(&up, false), "\nz\n");
    type(&up, "last\n");
    assert_string_equal(next(&up, true), "last");
    client_up_farewell(&up);
    assert_string_equal(next(&up, false), "\nfin\n");
    assert_true(up.fin);
    /* This state does not carry over to the next connection. */
    type(&up, "a\n");
    assert_string_equal(next(&up, true), "a");
    client_up_start(&up);
    type(&up, "b\n");
    assert_string_equal(next(&up, false), "b\n");
}

/* The first piece of an overlong line was sent; the rest, already chosen, is dropped. */
static void test_a_farewell_does_not_join_half_a_line(void **state)
{
    struct client_up up = {.ended = false};
    const char *text;
    char *where;

    (void)state;
    size_t room = client_up_room(&up, &where);
    memset(where, 'x', room);
    client_up_take(&up, room);
    assert_int_equal(strlen(next(&up, false)), room);
    type(&up, "rest\nmore\n");
    assert_true(client_up_choose(&up, false));
    client_up_stop(&up);
    assert_int_equal(client_up_look(&up, &text), 0);
    client_up_farewell(&up);
    assert_string_equal(next(&up, false), "\nfin\n");
    assert_true(up.fin);

    /* The rest of a line that is returned to the typed text is not a line. */
    memset(&up, 0, sizeof up);
    memset(where, 'x', room);
    client_up_take(&up, room);
    assert_non_null(next(&up, false));
    type(&up, "rest\nmore\n");
    assert_true(client_up_choose(&up, false));
    client_up_skip(&up, 2);
    client_up_unsend(&up);
    assert_true(up.torn);
}

static void test_stopping_finishes_what_is_half_sent(void **state)
{
    struct client_up up = {.ended = false};
    const char *text;

    (void)state;
    type(&up, "one\ntwo\nthree");
    assert_true(client_up_choose(&up, false));
    client_up_skip(&up, 2);
    client_up_stop(&up);
    assert_int_equal(client_up_look(&up, &text), 6);
    client_up_skip(&up, 6);
    assert_int_equal(up.bytes, 0);
    client_up_farewell(&up);
    assert_string_equal(next(&up, false), "fin\n");

    /* A piece of an overlong line, to which the farewell must not be appended. */
    memset(&up, 0, sizeof up);
    char *where;
    size_t room = client_up_room(&up, &where);
    memset(where, 'x', room);
    client_up_take(&up, room);
    assert_true(client_up_choose(&up, false));
    client_up_skip(&up, 2);
    client_up_stop(&up);
    assert_int_equal(client_up_look(&up, &text), room - 2);
    client_up_skip(&up, room - 2);
    client_up_farewell(&up);
    assert_string_equal(next(&up, false), "\nfin\n");
    assert_true(up.fin);

    memset(&up, 0, sizeof up);
    type(&up, "one\ntwo\n");
    assert_true(client_up_choose(&up, false));
    client_up_stop(&up);
    assert_int_equal(up.bytes, 0);
    assert_true(up.ended);
}

static void test_farewells(void **state)
{
    static const struct {
        const char *line;
        bool fin;
    } lines[] = {{"fin\n", true},       {"FIN\r\n", true},     {"/quit\n", true},
                 {"/quit bye\n", true}, {"/quitter\n", false}, {"final\n", false},
                 {"a\nfin\n", true},    {"\n", false}};

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct client_up up = {.ended = false};
        type(&up, lines[i].line);
        assert_non_null(next(&up, false));
        assert_int_equal(up.fin, lines[i].fin);
    }
}

static void test_what_stands_behind_a_farewell_goes_apart(void **state)
{
    struct client_up up = {.ended = false};

    (void)state;
    type(&up, "a\nfin\r\nb\n/quit\nc");
    assert_string_equal(next(&up, false), "a\nfin\r\n");
    assert_true(up.fin);
    assert_string_equal(next(&up, false), "b\n/quit\n");
    assert_true(up.fin);
    assert_null(next(&up, false));
    assert_false(up.fin);
    up.ended = true;
    assert_string_equal(next(&up, false), "c\n");
    assert_false(up.fin);

    /* The last piece of a split line is not a line, so its "fin" is not the farewell. */
    char *where;
    memset(&up, 0, sizeof up);
    size_t room = client_up_room(&up, &where);
    memset(where, 'x', room);
    client_up_take(&up, LWCHAT_LINE_BYTES);
    assert_int_equal(strlen(next(&up, false)), LWCHAT_LINE_BYTES);
    type(&up, "fin\nfin\nb\n");
    assert_string_equal(next(&up, false), "fin\nfin\n");
    assert_true(up.fin);
}

static void test_what_did_not_go_is_typed_text_again(void **state)
{
    struct client_up up = {.ended = false};
    char *line;
    size_t bytes;

    (void)state;
    type(&up, "one\nfin\ntwo\n");
    assert_true(client_up_choose(&up, false));
    client_up_skip(&up, 2);
    client_up_unsend(&up);
    const char *text;
    assert_int_equal(client_up_look(&up, &text), 0);
    assert_true(client_up_line(&up, &line, &bytes));
    assert_int_equal(bytes, 3);
    assert_memory_equal(line, "one", 3);
    /* A line that was sent completely is not returned. */
    assert_true(client_up_choose(&up, false));
    client_up_skip(&up, 5);
    client_up_unsend(&up);
    assert_true(client_up_line(&up, &line, &bytes));
    assert_memory_equal(line, "fin\n", 4);
    assert_int_equal(up.bytes, 8);
}

/* --- Unacknowledged lines --------------------------------------------------- */

/* All kept lines, each followed by '|'. */
static const char *lines_of(const struct client_kept *kept)
{
    static char all[sizeof kept->text * 2];
    static struct client_kept copy;
    const char *line;

    copy = *kept;

    all[0] = '\0';
    for (size_t at = 0; (line = client_kept_line(&copy, &at)) != NULL;) {
        strcat(strcat(all, line), "|");
    }
    return all;
}

static void test_lines_are_kept_until_they_are_acknowledged(void **state)
{
    static struct client_kept kept;

    (void)state;
    assert_string_equal(lines_of(&kept), "");
    client_kept_add(&kept, "one\r\ntw", 7, false);
    client_kept_add(&kept, "o\n", 2, false);
    client_kept_acknowledge(&kept, 9);
    client_kept_acknowledge(&kept, 5); /* the end of "one" is not acknowledged */
    assert_int_equal(kept.bytes, 9);
    client_kept_acknowledge(&kept, 4);
    assert_int_equal(kept.bytes, 4);
    client_kept_acknowledge(&kept, 1);
    assert_string_equal(lines_of(&kept), "two|");
    client_kept_acknowledge(&kept, 0);
    assert_int_equal(kept.bytes + kept.sent, 0);
    /* Messages without line ends; telnet answers are in flight too. */
    client_kept_add(&kept, "a", 1, false);
    client_kept_add(&kept, "b", 1, true);
    client_kept_add(&kept, "c\0d", 3, true);
    client_kept_add(&kept, "e", 1, false);
    client_kept_acknowledge(&kept, 9);
    client_kept_acknowledge(&kept, 5);
    client_kept_cut(&kept);
    assert_string_equal(lines_of(&kept), "ab|c d|");
    client_kept_acknowledge(&kept, 3);
    assert_string_equal(lines_of(&kept), "c d|");
    client_kept_acknowledge(&kept, 0);
    assert_int_equal(kept.bytes + kept.sent, 0);
}

static void test_the_newest_lines_are_kept(void **state)
{
    static struct client_kept kept;
    size_t added = 0;

    (void)state;
    while (added < 3 * sizeof kept.text) {
        client_kept_add(&kept, "0123456789\n", 11, false);
        added += 11;
        assert_int_equal(kept.forgotten + kept.sent, added);
    }
    assert_in_range(kept.bytes, sizeof kept.text / 2, sizeof kept.text - 1);
    client_kept_acknowledge(&kept, (uint32_t)kept.sent + 5);
    assert_int_equal(kept.forgotten, 5);
    client_kept_acknowledge(&kept, 22);
    assert_int_equal(kept.forgotten, 0);
    assert_string_equal(lines_of(&kept), "0123456789|0123456789|");
    /* One line that fills the buffer. */
    client_kept_acknowledge(&kept, 0);
    for (size_t i = 0; i < 2 * sizeof kept.text; i++) {
        client_kept_add(&kept, "x", 1, false);
        assert_int_equal(kept.forgotten + kept.sent, i + 1);
    }
    assert_int_equal(strlen(lines_of(&kept)), kept.sent + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_in_any_split),
        cmocka_unit_test(test_a_server_that_ends_nothing),
        cmocka_unit_test(test_a_late_rest_joins_its_line),
        cmocka_unit_test(test_marks_do_not_heap_up_over_a_pause),
        cmocka_unit_test(test_a_long_line_comes_in_pieces),
        cmocka_unit_test(test_text_over_a_pause),
        cmocka_unit_test(test_isolates_are_closed_in_what_room_there_is),
        cmocka_unit_test(test_telnet_is_refused_and_not_shown),
        cmocka_unit_test(test_a_prompt_of_telnet),
        cmocka_unit_test(test_much_telnet),
        cmocka_unit_test(test_lines_go_together),
        cmocka_unit_test(test_messages_go_one_by_one),
        cmocka_unit_test(test_long_messages_are_cut_between_letters),
        cmocka_unit_test(test_an_overlong_line_goes_as_it_is),
        cmocka_unit_test(test_a_line_does_not_join_a_message),
        cmocka_unit_test(test_a_farewell_does_not_join_half_a_line),
        cmocka_unit_test(test_stopping_finishes_what_is_half_sent),
        cmocka_unit_test(test_farewells),
        cmocka_unit_test(test_what_stands_behind_a_farewell_goes_apart),
        cmocka_unit_test(test_what_did_not_go_is_typed_text_again),
        cmocka_unit_test(test_lines_are_kept_until_they_are_acknowledged),
        cmocka_unit_test(test_the_newest_lines_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

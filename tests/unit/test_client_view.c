/* What the client shows on a screen, and what it takes from what is typed there. */
#include "unit.h"

#include "net/client_again.h"
#include "net/client_colour.h"
#include "net/client_event.h"
#include "net/client_object.h"
#include "net/client_people.h"
#include "net/client_view.h"
#include "port.h"

#include "../../port/linux/edited.h"
#include "../../port/linux/hidden.h"
#include "../../port/linux/paste.h"
#include "../../port/linux/rows.h"
#include "../../port/linux/typed.h"

static struct client_event event;
static char buffer[4096];

static void assert_string(struct client_string string, const char *expected)
{
    assert_int_equal(string.bytes, strlen(expected));
    assert_memory_equal(string.text, expected, string.bytes);
}

static bool reads(const char *line)
{
    size_t bytes = strlen(line);

    memcpy(buffer, line, bytes);
    return client_event_read(&event, buffer, bytes);
}

static void test_objects_are_read(void **state)
{
    (void)state;
    assert_true(reads("{\"seq\":12345678901234,\"time\":99,\"type\":\"message\",\"room\":\"#lab\","
                      "\"from\":\"bob\",\"text\":\"a \\\"b\\\" \\\\ \\u00e9\\ud83d\\ude00\"}"));
    assert_int_equal(event.type, EVENT_MESSAGE);
    assert_true(event.seq == 12345678901234 && event.time_s == 99 && event.timed);
    assert_string(event.room, "#lab");
    assert_string(event.text, "a \"b\" \\ é😀");
    /* What is not known is skipped; control characters never come through. */
    assert_true(
        reads("{ \"x\" : {\"y\":[1,\"]}\"]} , \"type\":\"reply\", \"text\":\"\\u001b[2J\\n\" }"));
    assert_string(event.text, "?[2J ");
    static const char *const bad[] = {"",
                                      "{",
                                      "{}",
                                      "{\"type\":\"nosuch\"}",
                                      "{\"type\":\"reply\"",
                                      "{\"type\":\"reply\",\"text\":\"x",
                                      "{\"type\":\"reply\",\"text\":\"\\u12\"}",
                                      "{\"type\":\"reply\",\"text\":\"\\",
                                      "{\"x\":[[[[[[[[[[[[",
                                      "[1]"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(reads(bad[i]));
    }
}

static void test_lines_are_recognised(void **state)
{
    static const struct {
        const char *line;
        enum client_event_type type;
        const char *from, *to, *text;
    } lines[] = {
        {"You are connected to server Marcel. Send your messages.", EVENT_SERVER, "Marcel", "",
         NULL},
        {"*** Vous êtes guest1. /help liste les commandes, /quit pour partir.", EVENT_HELLO, "",
         "guest1", NULL},
        {"alice> hi> there", EVENT_MESSAGE, "alice", "", "hi> there"},
        {"* alice waves", EVENT_ACTION, "alice", "", "waves"},
        {"[alice] psst", EVENT_PRIVATE, "alice", "", "psst"},
        {"[-> bob] psst", EVENT_PRIVATE, "", "bob", "psst"},
        {"*** bob joined", EVENT_JOIN, "bob", "", ""},
        {"*** bob est parti : salut", EVENT_LEAVE, "bob", "", "salut"},
        {"*** bob is now carol", EVENT_NICK, "bob", "carol", ""},
        {"*** you missed 1 message", EVENT_MISSED, "", "", NULL},
        {"*** You are in #lab.", EVENT_REPLY, "", "", "You are in #lab."},
        {"!!! the nick \"bob\" is taken", EVENT_ERROR, "", "", "the nick \"bob\" is taken"},
        {"[12:30] alice> hi", EVENT_LINE, "", "", NULL},
        {"no mark> here", EVENT_LINE, "", "", NULL},
        {"", EVENT_LINE, "", "", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        client_event_recognise(&event, lines[i].line, strlen(lines[i].line));
        assert_int_equal(event.type, lines[i].type);
        assert_string(event.from, lines[i].from);
        assert_string(event.to, lines[i].to);
        if (lines[i].text != NULL) {
            assert_string(event.text, lines[i].text);
        }
    }
}

static void test_typed_lines_become_objects_and_lines_again(void **state)
{
    static const struct {
        const char *line, *object;
    } lines[] = {{"hi \"there\" \\", "{\"say\":\"hi \\\"there\\\" \\\\\"}\n"},
                 {"/me waves", "{\"cmd\":\"/me waves\"}\n"},
                 {"//x", "{\"say\":\"/x\"}\n"},
                 {"/", "{\"cmd\":\"/\"}\n"}};

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        size_t bytes = client_object_write(buffer, lines[i].line, strlen(lines[i].line));
        assert_string((struct client_string){buffer, bytes}, lines[i].object);
        bytes = client_object_read(buffer, bytes - 1);
        assert_string((struct client_string){buffer, bytes}, lines[i].line);
    }
    assert_string((struct client_string){buffer, client_object_write(buffer, "FIN", 3)},
                  "{\"cmd\":\"/quit\"}\n");
    assert_string(
        (struct client_string){buffer, client_object_resume(buffer, 7, 18446744073709551615U)},
        "{\"resume\":{\"start\":7,\"seq\":18446744073709551615}}\n");
    assert_int_equal(client_object_read(buffer, strlen("{\"resume\":{")), 0);
}

static struct client_view view_of(enum client_event_type type, const char *from, const char *text)
{
    event = (struct client_event){
        .type = type, .from = {from, strlen(from)}, .text = {text, strlen(text)}};
    /* 2026-11-30 06:12:30 */
    return (struct client_view){.event = &event, .local_s = 1796019150, .clock = true};
}

static void assert_line(const struct client_view *view, const char *expected)
{
    assert_string((struct client_string){buffer, client_view_line(view, buffer, sizeof buffer)},
                  expected);
}

static void test_lines_on_the_screen(void **state)
{
    (void)state;
    struct client_view view = view_of(EVENT_MESSAGE, "bob", "hi");
    assert_line(&view, "06:12 bob> \x1fhi\n");
    view.mentions = true;
    assert_line(&view, "06:12!bob> \x1fhi\a\n");
    view = view_of(EVENT_MESSAGE, "bob", "hi");
    view.mine = true;
    assert_line(&view, "06:12 > \x1fhi\n");
    view.clock = false;
    assert_line(&view, "> \x1fhi\n");
    view = view_of(EVENT_LEAVE, "bob", "bye");
    view.lang = WORDS_FRENCH;
    assert_line(&view, "06:12 *** \x1f"
                       "bob est parti : bye\n");
    view = view_of(EVENT_MESSAGE, "bob", "hi");
    view.colours = 256;
    assert_line(&view, "\033[2m06:12 \033[m\033[38;5;161mbob\033[m> \x1fhi\033[m\n");
    view = view_of(EVENT_MESSAGE, "bob", "hi");
    event.room = (struct client_string){"#lab", 4};
    assert_string((struct client_string){buffer, client_view_log(&view, buffer, sizeof buffer)},
                  "2026-11-30 06:12:30 #lab bob> hi\n");
    assert_string((struct client_string){buffer, client_view_date(buffer, 951782400)},
                  "2000-02-29 00:00:00 ");
}

/* What is cut leaves nothing open that would change how the terminal shows the rest. */
static void test_lines_that_are_cut(void **state)
{
    static char text[300] = "\xE2\x81\xA6";

    (void)state;
    memset(text + 3, 'a', sizeof text - 4);
    struct client_view view = view_of(EVENT_MESSAGE, "bob", text);
    size_t bytes = client_view_line(&view, buffer, CLIENT_VIEW_BYTES(0));
    assert_in_range(bytes, 240, 256);
    assert_memory_equal(buffer + bytes - 5, "a\xE2\x81\xA9\n", 5);
}

static void test_mentions_are_words(void **state)
{
    static const char *const yes[] = {"bob", "hi Bob!", "a,bob", "BOB: x"};
    static const char *const no[] = {"bobby", "a_bob", "bo b", "ébob", "bob2", ""};

    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        assert_true(client_view_mentions((struct client_string){yes[i], strlen(yes[i])},
                                         (struct client_string){"bob", 3}));
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        assert_false(client_view_mentions((struct client_string){no[i], strlen(no[i])},
                                          (struct client_string){"bob", 3}));
    }
}

static void test_colours(void **state)
{
    (void)state;
    assert_string((struct client_string){buffer, colour_write(buffer, 0, 1U << 24)},
                  "\033[38;2;225;45;45m");
    assert_string((struct client_string){buffer, colour_write(buffer, 23, 256)}, "\033[38;5;161m");
    assert_string((struct client_string){buffer, colour_write(buffer, 12, 8)}, "\033[36m");
}

static void assert_completes(const char *line, const char *text, const char *list)
{
    static struct client_people people;
    struct port_completion completion;

    memset(&people, 0, sizeof people);
    for (const char *const *nick = (const char *const[]){"bob", "Bonnie", "Élise", NULL};
         *nick != NULL; nick++) {
        client_names_add(&people.people, (struct client_string){*nick, strlen(*nick)});
    }
    client_names_add(&people.rooms, (struct client_string){"#lab", 4});
    client_people_complete(&people, line, strlen(line), &completion);
    assert_string((struct client_string){completion.text, completion.bytes}, text);
    assert_string((struct client_string){completion.list, completion.list_bytes}, list);
}

static void test_completing(void **state)
{
    (void)state;
    assert_completes("b", "bo", " bob Bonnie");
    assert_completes("BOB", "bob: ", "");
    assert_completes("hi bon", "Bonnie ", "");
    assert_completes("É", "Élise: ", "");
    assert_completes("/j", "/join ", "");
    assert_completes("/join #", "#lab ", "");
    assert_completes("x", "", "");
    assert_completes("", "", "");
}

static void test_pauses_grow_and_are_never_the_same_for_all(void **state)
{
    (void)state;
    assert_int_equal(again_pause_ms(0, 0), 1000);
    assert_int_equal(again_pause_ms(0, 499), 1000);
    assert_int_equal(again_pause_ms(3, 0), 8000);
    assert_int_equal(again_pause_ms(3, 4000), 4000);
    for (unsigned tries = 6; tries < 100; tries++) {
        assert_int_equal(again_pause_ms(tries, 0), 60000);
        assert_in_range(again_pause_ms(tries, 12345), 30000, 60000);
    }
    assert_string((struct client_string){buffer, again_duration(buffer, 900)}, "1 s");
    assert_string((struct client_string){buffer, again_duration(buffer, 125000)}, "2 min 5 s");
    assert_string((struct client_string){buffer, again_duration(buffer, 3780000)}, "1 h 3 min");
}

static struct paste paste;

static void assert_keys(const char *read, const char *expected)
{
    size_t n = 0;
    char keys[PASTE_KEYS];

    for (; *read != '\0'; read++) {
        size_t count = paste_take(&paste, *read, keys);
        memcpy(buffer + n, keys, count);
        n += count;
    }
    n += paste_release(&paste, buffer + n);
    assert_string((struct client_string){buffer, n}, expected);
}

static void test_pastes(void **state)
{
    (void)state;
    assert_keys("ab\033[A\033[20~\033\033[200x\033[2", "ab\033[A\033[20~\033\033[200x\033[2");
    assert_false(paste.whole);
    assert_keys("a\033[200~one\r\ntwo\n\n  \nth\033[201\tree\033[201~b", "ab");
    assert_true(paste.whole);
    assert_int_equal(paste_lines(&paste), 3);
    assert_string((struct client_string){paste.text, paste.bytes}, "one\ntwo\nth [201 ree\n");
    assert_keys("\033[200~", "");
    for (int i = 0; i < PASTE_BYTES / 8 + 1; i++) {
        assert_keys("12345678", "");
    }
    assert_keys("\033[201~", "");
    assert_int_equal(paste.lost, 8);
    /* As much as there is room for, and its end. */
    assert_keys("\033[200~", "");
    for (int i = 0; i < PASTE_BYTES / 8; i++) {
        assert_keys("12345678", "");
    }
    assert_keys("\033[201~", "");
    assert_int_equal(paste.lost, 0);
    assert_int_equal(paste_lines(&paste), 1);
    assert_int_equal(paste.bytes, PASTE_BYTES + 1);
    assert_memory_equal(paste.text + PASTE_BYTES - 2, "78\n", 3);
}

/* One whose end is lost is replaced by the next, or forgotten. */
static void test_a_paste_without_an_end(void **state)
{
    (void)state;
    memset(&paste, 0, sizeof paste);
    assert_keys("a\033[200~cut\033[20\033[200~whole\033[2\033[20\033[200\033[201~b", "ab");
    assert_true(paste.whole);
    assert_int_equal(paste_lines(&paste), 1);
    assert_string((struct client_string){paste.text, paste.bytes}, "whole [2 [20 [200\n");
    assert_keys("\033[200~cut\033[200", "");
    assert_true(paste.inside);
    paste_forget(&paste);
    assert_false(paste.inside || paste.whole);
    assert_keys("ab\033[A\033[200~c\033[201~", "ab\033[A");
    assert_int_equal(paste_lines(&paste), 1);
    assert_string((struct client_string){paste.text, paste.bytes}, "c\n");
}

/* The line that is hidden after these keys; NULL: it is not whole. */
static const char *hides(const char *keys)
{
    static char text[2 * HIDDEN_BYTES];
    struct hidden line = {.bytes = 0};

    for (; *keys != '\0'; keys++) {
        if (hidden_take(&line, *keys) == HIDDEN_LINE) {
            memcpy(text, line.text, line.bytes);
            text[line.bytes] = '\0';
            return text;
        }
    }
    return NULL;
}

static void test_a_hidden_line(void **state)
{
    char keys[HIDDEN_BYTES + 3];
    struct hidden line = {.bytes = 0};

    (void)state;
    assert_string_equal(hides("sesame\r"), "sesame");
    assert_string_equal(hides("x\025s\xC3\xA9same\n"), "s\xC3\xA9same");
    assert_string_equal(hides("\177a\xC3\xA9\xE2\x82\xAC\177\bb\r"), "ab");
    /* Keys that edit a line do nothing, nor do their sequences. */
    assert_string_equal(hides("a\033[A\033[3;5~\033OH\033d\001\004\031\tb\r"), "ab");
    assert_string_equal(hides("a\033[[Ab\033[[[c\r"), "abc");
    /* Alt and a letter; Alt and a key with a sequence. */
    assert_string_equal(hides("a\033\xC3\xA9\xC3\xA9\033\xE2\x82\xAC_\033O\xC3\xA9\r"),
                        "a\xC3\xA9_");
    assert_string_equal(hides("a\033\033[Ab\033\033OHc\033\033d\033\033\033[Ae\r"), "abcde");
    assert_string_equal(hides("wrong\027right\r"), "right");
    assert_string_equal(hides("a\033\r"), "a");
    assert_null(hides("sesame"));
    assert_int_equal(hidden_take(&line, 4), HIDDEN_END);
    memset(keys, 'a', sizeof keys);
    memcpy(keys + HIDDEN_BYTES + 1, "\r", 2);
    assert_int_equal(strlen(hides(keys)), HIDDEN_BYTES);
}

static void test_what_is_kept(void **state)
{
    static const char *const no[] = {
        "",          " x",          "/pass x",         "PASS x", "/Identify x",
        "/wifi a b", "/msg bob hi", "my Password is x"};
    static const char *const yes[] = {"hello", "msg bob hi", "login, please", "passing"};

    (void)state;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        assert_false(typed_may_keep(no[i]));
    }
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        assert_true(typed_may_keep(yes[i]));
    }
}

static void assert_draws(struct edited *edited, const char *text, size_t cursor, unsigned columns,
                         unsigned height, const char *expected)
{
    size_t bytes = edited_draw(edited, text, strlen(text), cursor, columns, height, buffer);

    assert_string((struct client_string){buffer, bytes}, expected);
}

static void test_the_line_that_is_typed(void **state)
{
    struct edited edited = {0};

    (void)state;
    assert_draws(&edited, "", 0, 10, 5, "\r\033[J> \r> ");
    assert_draws(&edited, "ab", 1, 10, 5, "\r\033[J> ab\r> a");
    /* A row that is full: the cursor stands in the next. */
    assert_draws(&edited, "12345678", 8, 10, 5, "\r\033[J> 12345678\n\r");
    assert_int_equal(edited.row, 1);
    assert_draws(&edited, "1234567字x", 0, 10, 5, "\033[1A\r\033[J> 1234567\n字x\033[1A\r> ");
    assert_int_equal(edited.row, 0);
    /* Only the rows around the cursor, if there are more than the terminal has. */
    assert_draws(&edited, "abcdefghijkl", 12, 4, 2, "\r\033[Jghij\nkl\rkl");
    assert_string((struct client_string){buffer, edited_clear(&edited, buffer)}, "\033[1A\r\033[J");
    assert_draws(&edited, "a\033\x7f", 3, 10, 5, "\r\033[J> a??\r> a??");
    /* Nor what a terminal may take for a control character, or is no character. */
    assert_draws(&edited, "\xC3\xA9\xC2\x9B\x9B\xE2\x82", 0, 10, 5, "\r\033[J> \xC3\xA9?????\r> ");
    assert_draws(&edited, "字字", 6, 1, 5, "\r\033[J>\n \n字\n字\n\r");
    edited.row = 0;
    /* A very long line. */
    static char line[3 * EDITED_TEXT_BYTES];
    memset(line, 'x', sizeof line - 1);
    for (size_t cursor = 0; cursor < sizeof line; cursor += 997) {
        static char out[EDITED_BYTES];
        assert_in_range(edited_draw(&edited, line, sizeof line - 1, cursor, 80, 24, out), 1,
                        EDITED_BYTES);
        assert_in_range(edited.row, 0, 23);
    }
    /* And on a very narrow terminal: the cursor's row fits, too. */
    size_t bytes = edited_draw(&edited, line, 4000, 4000, 8, 24, buffer);
    buffer[bytes] = '\0';
    assert_int_equal(strlen(strrchr(buffer, '\r')), 1 + 4002 % 8);
}

static void test_rows_begin_below_their_text(void **state)
{
    struct rows rows = {0};
    static const char line[] = "\033[2m06:12 \033[m\033[31mbob\033[m> \x1fhello there\a\n";

    (void)state;
    assert_string(
        (struct client_string){buffer, rows_lay(&rows, 22, line, sizeof line - 1, buffer)},
        "\033[2m06:12 \033[m\033[31mbob\033[m> hello there\a\n");
    assert_string(
        (struct client_string){buffer, rows_lay(&rows, 21, line, sizeof line - 1, buffer)},
        "\033[2m06:12 \033[m\033[31mbob\033[m> hello ther\n    e\a\n");
    assert_string(
        (struct client_string){buffer, rows_lay(&rows, 16, line, sizeof line - 1, buffer)},
        "\033[2m06:12 \033[m\033[31mbob\033[m> hello\n     there\a\n");
    assert_int_equal(rows_width(line, sizeof line - 2), 22);
    assert_int_equal(rows_cut("\033[7mab", 6, 1), 5);
}

static int start(void **state)
{
    (void)state;
    rows_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_are_read),
        cmocka_unit_test(test_lines_are_recognised),
        cmocka_unit_test(test_typed_lines_become_objects_and_lines_again),
        cmocka_unit_test(test_lines_on_the_screen),
        cmocka_unit_test(test_lines_that_are_cut),
        cmocka_unit_test(test_mentions_are_words),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_completing),
        cmocka_unit_test(test_pauses_grow_and_are_never_the_same_for_all),
        cmocka_unit_test(test_pastes),
        cmocka_unit_test(test_a_paste_without_an_end),
        cmocka_unit_test(test_a_hidden_line),
        cmocka_unit_test(test_what_is_kept),
        cmocka_unit_test(test_the_line_that_is_typed),
        cmocka_unit_test(test_rows_begin_below_their_text),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}

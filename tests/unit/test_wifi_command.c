/* The commands that set a board's network, and how they look while they are typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../port/wifi/wifi_command.h"
#include "../../port/wifi/line.h"

static const char *wrong;

static enum wifi_command read_line(const char *line, struct settings *settings)
{
    wrong = NULL;
    return wifi_command_read(line, settings, &wrong);
}

static void assert_sets(const char *line, enum settings_mode mode, const char *ssid,
                        const char *password)
{
    struct settings settings;

    memset(&settings, 'x', sizeof settings);
    if (read_line(line, &settings) != WIFI_COMMAND_SAVE) {
        fail_msg("%s: %s", line, wrong);
    }
    assert_int_equal(settings.mode, mode);
    assert_string_equal(settings.ssid, ssid);
    assert_string_equal(settings.password, password);
}

static void test_networks(void **state)
{
    (void)state;
    assert_sets("/wifi home secret12", SETTINGS_STATION, "home", "secret12");
    assert_sets("/ap lab secret12", SETTINGS_ACCESS_POINT, "lab", "secret12");
    assert_sets("/wifi cafe", SETTINGS_STATION, "cafe", "");
    assert_sets("/wifi cafe  ", SETTINGS_STATION, "cafe", "");
    assert_sets("  /wifi \t home \t  secret12", SETTINGS_STATION, "home", "secret12");
    assert_sets("/wifi home correct horse battery", SETTINGS_STATION, "home",
                "correct horse battery");
    assert_sets("/wifi home blank at the end ", SETTINGS_STATION, "home", "blank at the end ");
    assert_sets("/wifi \"the third floor\" secret12", SETTINGS_STATION, "the third floor",
                "secret12");
    assert_sets("/wifi \"a \\\"b\\\\c\" \"secret\"", SETTINGS_STATION, "a \"b\\c", "\"secret\"");
    assert_sets("/wifi a\"b secret12", SETTINGS_STATION, "a\"b", "secret12");
    assert_sets("/wifi \"open net\"", SETTINGS_STATION, "open net", "");
    assert_sets("/wifi Caf\xC3\xA9 secret12", SETTINGS_STATION, "Caf\xC3\xA9", "secret12");
    assert_sets("/wifi 12345678901234567890123456789012 12345678", SETTINGS_STATION,
                "12345678901234567890123456789012", "12345678");
    assert_sets("/wifi x 123456789012345678901234567890123456789012345678901234567890123",
                SETTINGS_STATION, "x",
                "123456789012345678901234567890123456789012345678901234567890123");
    assert_sets("/wifi x 123456789012345678901234567890123456789012345678901234567890abcD",
                SETTINGS_STATION, "x",
                "123456789012345678901234567890123456789012345678901234567890abcD");
}

static void test_no_networks(void **state)
{
    static const char ssid[] = "an SSID has", password[] = "a password has";
    static const char *const lines[][2] = {
        {"/ap", ssid},
        {"/ap  ", ssid},
        {"/wifi \"\"", ssid},
        {"/wifi \"\" secret12", ssid},
        {"/wifi \"home secret12", ssid},
        {"/wifi \"home\\\" secret12", ssid},
        {"/wifi \"", ssid},
        {"/wifi \"\\", ssid},
        {"/wifi 123456789012345678901234567890123 secret12", ssid},
        {"/wifi \"12345678901234567890123456789012 \" secret12", ssid},
        {"/wifi \"home\"secret12", "put a space"},
        {"/wifi home secret1", password},
        {"/ap home x", password},
        {"/wifi home secr\xC3\xA9t12", password},
        {"/wifi home secret\t12", password},
        {"/wifi home secret1\x7F", password},
        {"/wifi x 1234567890123456789012345678901234567890123456789012345678901234x", password},
        {"/wifi x 123456789012345678901234567890123456789012345678901234567890abcg", password},
    };
    struct settings settings, before;

    (void)state;
    memset(&settings, 'x', sizeof settings);
    before = settings;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (read_line(lines[i][0], &settings) != WIFI_COMMAND_WRONG) {
            fail_msg("%s is taken", lines[i][0]);
        }
        if (strncmp(wrong, lines[i][1], strlen(lines[i][1])) != 0) {
            fail_msg("%s: %s", lines[i][0], wrong);
        }
        assert_memory_equal(&settings, &before, sizeof settings);
    }
}

static void test_other_lines(void **state)
{
    static const char *const others[] = {"",
                                         " ",
                                         "hello",
                                         "/who",
                                         "/wifix home secret12",
                                         "/wif",
                                         "/apple",
                                         "/aps x",
                                         "/forgetful",
                                         "/forget me",
                                         "//wifi x",
                                         "wifi home secret12",
                                         "hello /wifi"};
    struct settings settings;

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (read_line(others[i], &settings) != WIFI_COMMAND_OTHER) {
            fail_msg("%s is taken", others[i]);
        }
    }
    assert_int_equal(read_line("/wifi", &settings), WIFI_COMMAND_SHOW);
    assert_int_equal(read_line(" /wifi  ", &settings), WIFI_COMMAND_SHOW);
    assert_int_equal(read_line("/forget", &settings), WIFI_COMMAND_FORGET);
    assert_int_equal(read_line("/forget ", &settings), WIFI_COMMAND_FORGET);
}

/* --- On the terminal ------------------------------------------------------------- */

/* All that was shown, and the row that is seen: BS moves to the left, CR to the start. */
static char shown[8192], row[512];
static size_t shown_bytes, at;

static void show(const char *text, size_t bytes)
{
    assert_true(shown_bytes + bytes < sizeof shown);
    memcpy(shown + shown_bytes, text, bytes);
    shown_bytes += bytes;
    shown[shown_bytes] = '\0';
    if (bytes == 4 && memcmp(text, "\r\033[K", 4) == 0) {
        at = 0;
        row[0] = '\0';
        return;
    }
    for (; bytes > 0; bytes--, text++) {
        if (*text == '\b') {
            assert_true(at > 0);
            at--;
        } else if (*text == '\n') {
            at = 0;
        } else {
            assert_true(at < sizeof row - 1);
            row[at++] = *text;
        }
        if (*text != '\b') {
            row[at] = '\0';
        }
    }
    while (row[0] != '\0' && row[strlen(row) - 1] == ' ' && strlen(row) > at) {
        row[strlen(row) - 1] = '\0';
    }
}

static struct line line;

static int set_up(void **state)
{
    (void)state;
    memset(&line, 0, sizeof line);
    shown_bytes = at = 0;
    row[0] = '\0';
    return 0;
}

static bool type(const char *keys)
{
    bool ended = false;

    for (; *keys != '\0'; keys++) {
        assert_false(ended);
        ended = line_type(&line, *keys, show);
    }
    return ended;
}

static void test_a_line(void **state)
{
    (void)state;
    assert_false(type("helo\b"));
    assert_string_equal(row, "hel");
    assert_true(type("lo\r"));
    assert_string_equal(line.text, "hello");
    line_clear(&line);
    assert_false(type("\n")); /* of the CR */
    assert_true(type("\n"));
    assert_string_equal(line.text, "");
    line_clear(&line);
    assert_false(type("caf\xC3\xA9\x7F\x7F"));
    assert_string_equal(line.text, "ca");
    assert_false(type("\b\b\b\b"));
    assert_string_equal(line.text, "");
    assert_false(type("a\033[A\033[15~b\033OPc\a"));
    assert_string_equal(line.text, "abc");
    assert_false(type("\x15"));
    assert_string_equal(line.text, "");
    assert_string_equal(row, "");
}

static void test_a_password_is_not_shown(void **state)
{
    static const char *const lines[][2] = {
        {"/wifi home secret12", "/wifi home ********"},
        {"/ap home secret12", "/ap home ********"},
        {" /wifi  home  secret 12", " /wifi  home  *********"},
        {"/wifi \"my home\" secret12", "/wifi \"my home\" ********"},
        {"/wifi \"my home\"secret12", "/wifi \"my home\"********"},
        {"/wifi caf\xC3\xA9 secr\xC3\xA9t", "/wifi caf\xC3\xA9 *******"},
        {"/wifix home secret12", "/wifix home secret12"},
        {"hello /wifi home", "hello /wifi home"},
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        set_up(state);
        assert_false(type(lines[i][0]));
        assert_string_equal(row, lines[i][1]);
        /* Also when other output has been shown in between. */
        line_hide(&line, show);
        assert_string_equal(row, "");
        line_echo(&line, show);
        assert_string_equal(row, lines[i][1]);
        assert_true(type("\r"));
        assert_string_equal(line.text, lines[i][0]);
        if (strchr(lines[i][1], '*') != NULL) {
            assert_null(strstr(shown, "secr"));
        }
        line_clear(&line);
        for (size_t j = 0; j < sizeof line.text; j++) {
            assert_int_equal(line.text[j], 0);
        }
    }
}

static void test_a_password_is_edited(void **state)
{
    (void)state;
    assert_false(type("/wifi home secr\xC3\xA9\b\b\b\b\b\b"));
    assert_string_equal(row, "/wifi home ");
    assert_string_equal(line.text, "/wifi home ");
    assert_false(type("\b\b\b\b"));
    assert_string_equal(row, "/wifi h");
    assert_false(type("all x\b\b\b\b\b\b\b\b\b\b"));
    assert_string_equal(line.text, "/w");
    assert_string_equal(row, "/w");
}

/* One that is too long is refused whole: by the server, or for its password. */
static void test_a_line_that_is_too_long(void **state)
{
    struct settings settings;

    (void)state;
    for (unsigned i = 0; i < 3 * LWCHAT_LINE_BYTES; i++) {
        assert_false(type("x"));
        if (i % 50 == 0) {
            shown_bytes = at = 0;
        }
    }
    assert_true(type("\r"));
    assert_int_equal(strlen(line.text), LWCHAT_LINE_BYTES + 1);
    line_clear(&line);
    assert_false(type("/wifi home "));
    for (unsigned i = 0; i < 3 * LWCHAT_LINE_BYTES; i++) {
        assert_false(type("1"));
        if (i % 50 == 0) {
            shown_bytes = at = 0;
        }
    }
    assert_true(type("\r"));
    assert_int_equal(read_line(line.text, &settings), WIFI_COMMAND_WRONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_no_networks),
        cmocka_unit_test(test_other_lines),
        cmocka_unit_test_setup(test_a_line, set_up),
        cmocka_unit_test_setup(test_a_password_is_not_shown, set_up),
        cmocka_unit_test_setup(test_a_password_is_edited, set_up),
        cmocka_unit_test_setup(test_a_line_that_is_too_long, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

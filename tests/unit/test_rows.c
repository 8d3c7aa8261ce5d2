/* Text in rows of a terminal. */
#include "unit.h"

#include "../../port/linux/rows.h"

#include <stdbool.h>

static struct rows rows;

static void assert_lays(unsigned columns, const char *text, const char *expected)
{
    char out[400];
    struct rows measured = rows;
    size_t bytes = rows_lay(&rows, columns, text, strlen(text), out);

    assert_int_equal(rows_lay(&measured, columns, text, strlen(text), NULL), bytes);
    assert_int_equal(measured.column, rows.column);
    assert_int_equal(measured.broken, rows.broken);
    out[bytes] = '\0';
    assert_string_equal(out, expected);
}

static void test_what_fits_stays(void **state)
{
    (void)state;
    assert_lays(20, "short\n\nbob> 12345678901234\n   \n", "short\n\nbob> 12345678901234\n   \n");
}

static void test_what_is_wider_goes_on_behind_an_indent(void **state)
{
    (void)state;
    assert_lays(20, "eve> 123456789012345bob> bye\nx\n", "eve> 123456789012345\n    bob> bye\nx\n");
    assert_lays(20, "eve> 123456789012345123456789012345612345678\n",
                "eve> 123456789012345\n    1234567890123456\n    12345678\n");
    /* Also if the text arrives in pieces. */
    assert_lays(20, "eve> 12345678", "eve> 12345678");
    assert_lays(20, "9012345", "9012345");
    assert_lays(20, "b", "\n    b");
    assert_lays(20, "ob\n", "ob\n");
}

static void test_a_row_that_was_ended_for_the_prompt(void **state)
{
    (void)state;
    assert_lays(20, "login: ", "login: ");
    assert_true(rows_break(&rows));
    assert_lays(20, "bob> hi\n", "    bob> hi\n");
    assert_lays(20, "login: ", "login: ");
    assert_true(rows_break(&rows));
    /* Its line end arrives late: the row has already ended. */
    assert_lays(20, "\nbob> hi\n", "bob> hi\n");
    assert_false(rows_break(&rows));
    assert_lays(20, "bob> hi\n", "bob> hi\n");
}

static void test_widths(void **state)
{
    (void)state;
    assert_lays(20, "12345678901234567890\n", "12345678901234567890\n");
    /* Wide characters, the last of which does not fit into the row. */
    assert_lays(20, "a字字字字字字字字字字b\n", "a字字字字字字字字字\n    字b\n");
    /* Marks and joiners have no width. */
    assert_lays(20, "é\u0301\u0301\u200Dabcdefghijklmnopqrst\n",
                "é\u0301\u0301\u200Dabcdefghijklmnopqrs\n    t\n");
    /* Emoji style, flags and unassigned code points are wide. */
    assert_lays(
        20,
        "\u2764\uFE0F\u2764\uFE0F\u2764\uFE0F\u2764\uFE0F\u2764\uFE0F\u2764\uFE0F\u2764\uFE0F"
        "\u2764\uFE0F\u2764\uFE0F\u2764\uFE0Fb\n",
        "\u2764\uFE0F\u2764\uFE0F\u2764\uFE0F\u2764\uFE0F\u2764\uFE0F\u2764\uFE0F\u2764\uFE0F"
        "\u2764\uFE0F\u2764\uFE0F\u2764\uFE0F\n    b\n");
    assert_lays(
        16, "\U0001F1EB\U0001F1F7\U0001F1EB\U0001F1F7\U0001F1EB\U0001F1F7\U0001F1EB\U0001F1F7.\n",
        "\U0001F1EB\U0001F1F7\U0001F1EB\U0001F1F7\U0001F1EB\U0001F1F7\U0001F1EB\U0001F1F7\n    "
        ".\n");
    assert_lays(
        16, "\U0001FBFF\U0001FBFF\U0001FBFF\U0001FBFF\U0001FBFF\U0001FBFF\U0001FBFF\U0001FBFF.\n",
        "\U0001FBFF\U0001FBFF\U0001FBFF\U0001FBFF\U0001FBFF\U0001FBFF\U0001FBFF\U0001FBFF\n    "
        ".\n");
    /* Invalid UTF-8 does not stop it. */
    assert_lays(20, "\xFF\xE2\x80\n", "\xFF\xE2\x80\n");
}

static void test_narrow_terminals(void **state)
{
    (void)state;
    assert_lays(15, "eve> 1234567890bob\n", "eve> 1234567890\n bob\n");
    assert_lays(2, "abc字\n", "ab\n c\n 字\n");
    assert_lays(1, "ab\n", "ab\n"); /* no room for an indent */
}

static int start(void **state)
{
    (void)state;
    rows_start();
    return 0;
}

static int begin(void **state)
{
    (void)state;
    rows = (struct rows){.column = 0};
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_what_fits_stays, begin),
        cmocka_unit_test_setup(test_what_is_wider_goes_on_behind_an_indent, begin),
        cmocka_unit_test_setup(test_a_row_that_was_ended_for_the_prompt, begin),
        cmocka_unit_test_setup(test_widths, begin),
        cmocka_unit_test_setup(test_narrow_terminals, begin),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}

/* Nicks, and which of them look alike. */
#include "unit.h"

#include "core/nick.h"

#include <stdbool.h>

static bool alike(const char *a, const char *b)
{
    bool forth = nick_alike(a, strlen(a), b, strlen(b));

    assert_int_equal(forth, nick_alike(b, strlen(b), a, strlen(a)));
    return forth;
}

static bool valid(const char *nick)
{
    return nick_valid(nick, strlen(nick));
}

static bool reserved(const char *nick)
{
    return nick_reserved(nick, strlen(nick));
}

static void test_form(void **state)
{
    (void)state;
    assert_true(valid("a") && valid("Z") && valid("a0_-") && valid("abcdefghijklmnop"));
    assert_false(valid("") || valid("0a") || valid("_a") || valid("-a") ||
                 valid("abcdefghijklmnopq"));
    assert_false(valid("a b") || valid("a.") || valid("\xC3\xA9") || valid("a\xC3\xA9"));
    assert_false(nick_valid("a\0b", 3));
    for (int c = 0; c < 256; c++) {
        char nick[2] = {'a', (char)c};
        bool good = c < 0x80 && c > 0 &&
                    strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", c);
        assert_int_equal(nick_valid(nick, 2), good);
    }
}

static void test_alike(void **state)
{
    (void)state;
    assert_true(alike("bob", "bob") && alike("bob", "BOB") && alike("bob", "b0b"));
    assert_true(alike("bill", "biII") && alike("bill", "b1l1") && alike("bill", "b|ll") == false);
    assert_true(alike("sam", "5am") && alike("sam", "sarn") && alike("sam", "5aRN"));
    assert_true(alike("wim", "vvim") && alike("wim", "VvlrN"));
    assert_true(alike("vvv", "wv") && !alike("vvv", "vw"));
    assert_true(alike("rnn", "mn") && alike("m", "rn"));
    assert_false(alike("bob", "bo") || alike("bob", "bobb") || alike("", "a"));
    assert_false(alike("a-b", "a_b") || alike("bob2", "bobz") || alike("w", "v") ||
                 alike("r", "m"));
}

static void test_reserved(void **state)
{
    (void)state;
    assert_true(reserved("server") && reserved("SERVER") && reserved("5erver"));
    assert_true(reserved("admin") && reserved("adrn1n") && reserved("root") && reserved("r00t"));
    assert_true(reserved("system") && reserved("5y5tern") && reserved("oper") && reserved("0PER"));
    assert_false(reserved("serve") || reserved("servers") || reserved("operator") ||
                 reserved("bob"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_reserved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Nicks, and which of them look alike. */
#include "unit.h"

#include "core/nick.h"
#include "core/words.h"

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
    return nick_reserved(nick, strlen(nick), "Marcel");
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

static void test_authorities(void **state)
{
    (void)state;
    assert_true(reserved("server") && reserved("SERVER") && reserved("5erver"));
    assert_true(reserved("admin") && reserved("adrn1n") && reserved("root") && reserved("r00t"));
    assert_true(reserved("system") && reserved("5y5tern") && reserved("oper") && reserved("0PER"));
    assert_true(reserved("operator") && reserved("serveur") && reserved("Sysop"));
    assert_true(reserved("operateur") && reserved("Administrateur") && reserved("c0nsole"));
    assert_true(reserved("server_") && reserved("root-2") && reserved("s-e-r-v-e-r"));
    assert_true(reserved("the-server") && reserved("TheServer") && reserved("le_serveur"));
    assert_true(reserved("bob-admin") && reserved("admin2-bob") && reserved("x_root_x"));
    assert_false(reserved("serve") || reserved("servers") || reserved("Observer") ||
                 reserved("bob") || reserved("Theo") || reserved("cooper") || reserved("Adminah"));
}

static void test_the_servers_name(void **state)
{
    (void)state;
    assert_true(reserved("Marcel") && reserved("marceI") && reserved("rnarce1"));
    assert_true(reserved("Marcel_") && reserved("Marcel-") && reserved("Marcel__2") &&
                reserved("M_a_r_c_e_l") && reserved("marcel99") && reserved("marce1"));
    assert_false(reserved("Marcelle") || reserved("Marcelo") || reserved("Jean-Marcel") ||
                 reserved("Marc"));
    assert_true(nick_reserved("board_8", 7, "Board7") && nick_reserved("BOARD", 5, "Board7"));
    assert_false(nick_reserved("Marcel", 6, "Board7"));
}

/* "*** NICK left: TEXT" and its like must not read as a sentence of the server's. */
static void test_sentences(void **state)
{
    static const char *const some[] = {
        "You",    "you", "y0u",  "You_",     "you2",   "Vous",     "the",      "THE-", "le",
        "Le1",    "la",  "in",   "dans",     "nobody", "personne", "sessions", "log",  "Server",
        "Client", "too", "trop", "your",     "votre",  "not",      "no",       "pas",  "journal",
        "lwip",   "fin", "it",   "Messages", "time_",  "everybody"};

    (void)state;
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        if (!reserved(some[i])) {
            fail_msg("%s can be taken", some[i]);
        }
    }
    for (unsigned i = 0; i < WORDS_CHAT; i++) {
        for (unsigned language = 0; language < WORDS_LANGUAGES; language++) {
            char first[32] = "";
            const char *sentence = words_chat[i].text[language];
            sscanf(sentence + strspn(sentence, "*! "), "%31[^ :,.]", first);
            if (valid(first) && !reserved(first)) {
                fail_msg("%s can be taken: \"%s\"", first, sentence);
            }
        }
    }
    assert_false(reserved("Nick") || reserved("Leo") || reserved("Ian") || reserved("Line") ||
                 reserved("le_chat") || reserved("the-cat") || reserved("Youssef") ||
                 reserved("lan") || reserved("youth"));
}

static void test_guests(void **state)
{
    (void)state;
    assert_true(reserved("guest1") && reserved("guest65536") && reserved("GUEST7"));
    assert_true(reserved("guest") && reserved("gue5t12") && reserved("guestl2") &&
                reserved("guestO") && reserved("guest_1") && reserved("gu-est-3"));
    assert_false(reserved("guesthouse") || reserved("guest1a") || reserved("gues") ||
                 reserved("aguest1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_authorities), cmocka_unit_test(test_the_servers_name),
        cmocka_unit_test(test_sentences),   cmocka_unit_test(test_guests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

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
    assert_false(valid("a b") || valid("a.") || valid("a\xC3") || valid("\xC3") || valid("\xA9"));
    assert_false(nick_valid("a\0b", 3));
    for (int c = 0; c < 256; c++) {
        char nick[2] = {'a', (char)c};
        bool good = c < 0x80 && c > 0 &&
                    strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", c);
        assert_int_equal(nick_valid(nick, 2), good);
    }
}

/* People's names. */
static void test_letters(void **state)
{
    (void)state;
    assert_true(valid("Hélène") && valid("Zoë") && valid("Łukasz") && valid("Ångström"));
    assert_true(valid("é") && valid("Œdipe_2") && valid("Jürgen-ß") && valid("Əli") &&
                valid("Nguyễn"));
    assert_int_equal(valid("Иван") && valid("Ѳёдор-2") && valid("Їжак") && valid("Νίκος") &&
                         valid("ὈΔΥΣΣΕΎΣ"),
                     LWCHAT_NICK_SCRIPTS == 3);
    /* Mixed scripts, in either order; signs combine with all. */
    assert_false(valid("Ωmega") || valid("mеga") || valid("Иvan") || valid("Ivaн") ||
                 valid("Νиκος") || valid("a1_ο"));
    /* Not NFC: decomposed, duplicate, and compatibility characters. */
    assert_false(valid("He\u0301le\u0300ne") || valid("Zoe\u0308") || valid("a\u0327"));
    assert_false(valid("\u212Angstrom") || valid("\u212Bngstrom") || valid("\u1F71") ||
                 valid("\u2126"));
    assert_false(valid("o\uFB01") || valid("\u0133sbrand") || valid("\u01C6") || valid("\uFF21b"));
    /* Not letters of the three scripts, or not used in any orthography. */
    assert_false(valid("字") || valid("أحمد") || valid("שרה") || valid("अ") || valid("Ա"));
    assert_false(valid("a\u02BC") || valid("\u0250") || valid("\u01C0") || valid("a\u00AA") ||
                 valid("a×b") || valid("\u0482") || valid("\u03E2") || valid("\u0662"));
    assert_false(valid("a\u200D") || valid("a\u00AD") || valid("a\U0001F600"));
}

static void test_length(void **state)
{
    enum { MOST = LWCHAT_NICK_BYTES };
    char nick[3 * 17 + 1] = "";

    (void)state;
    for (unsigned i = 0; i < 17; i++) {
        memcpy(nick + 2 * i, "é", 2);
        assert_int_equal(nick_valid(nick, (size_t)2 * (i + 1)), i < 16 && 2 * (i + 1) <= MOST);
    }
    /* Bytes have a limit of their own. */
    for (unsigned i = 0; i < 16; i++) {
        memcpy(nick + (size_t)3 * i, "ễ", 3);
        assert_int_equal(nick_valid(nick, (size_t)3 * (i + 1)), 3 * (i + 1) <= MOST);
    }
}

static void test_alike(void **state)
{
    (void)state;
    assert_true(alike("bob", "bob") && alike("bob", "BOB") && alike("bob", "b0b"));
    assert_true(alike("bill", "biII") && alike("bill", "b1l1") && alike("bill", "b|ll") == false);
    assert_true(alike("sam", "5am") && alike("sam", "sarn") && alike("sam", "5aRN"));
    assert_true(alike("wim", "vvim") && alike("wim", "VvlrN"));
    assert_true(alike("vvv", "wv") && alike("vvv", "vw") && alike("wwv", "vww"));
    assert_true(alike("rnn", "mn") && alike("m", "rn") && !alike("rm", "rnr"));
    assert_false(alike("bob", "bo") || alike("bob", "bobb") || alike("", "a"));
    assert_false(alike("a-b", "a_b") || alike("bob2", "bobz") || alike("w", "v") ||
                 alike("r", "m"));
}

/* Letters that a reader, or a keyboard, confuses with others. */
static void test_alike_letters(void **state)
{
    (void)state;
    assert_true(alike("Hélène", "helene") && alike("HÉLÈNE", "hélène") && alike("Zoe", "Zoë"));
    assert_true(alike("Łukasz", "lukasz") && alike("Łukasz", "1ukasz") && alike("Bjørn", "bj0rn"));
    assert_true(alike("Strauß", "strauss") && alike("Straußs", "strausss") &&
                alike("STRAUẞ", "strauß"));
    assert_true(alike("Æsop", "aesop") && alike("Œdipe", "oedipe") && alike("ŵim", "vvirn"));
    assert_true(alike("ılık", "ILIK") && alike("İpek", "ipek") && alike("Mañana", "manana"));
    assert_false(alike("Hélène", "Helen") || alike("ß", "s") || alike("ß", "sß") ||
                 alike("Æ", "a") || alike("Æ", "ea") || alike("ŋ", "n") || alike("þ", "p"));
    /* An invalid nick is like no other. */
    assert_false(alike("a b", "a b") || alike("a\xC3", "a\xC3") || alike("字", "字"));
#if LWCHAT_NICK_SCRIPTS == 3
    /* Entirely in another script, in either case. */
    assert_true(alike("Сосо", "Coco") && alike("соса", "coca") && alike("ВОВ", "bob"));
    assert_true(alike("Воь", "BOB") && alike("НЕА", "hea") && alike("Ταο", "tao"));
    assert_true(alike("ΝΙΝΑ", "nina") && alike("Ην", "hv"));
    assert_true(alike("Том", "torn") && alike("мама", "Mama") && alike("Юра", "lopa"));
    assert_true(alike("Иван", "иван") && alike("Νίκος", "ΝΙΚΟΣ") && alike("Андрей", "андреи"));
    assert_true(alike("σσς", "ΣΣΣ") && alike("Ёлка", "елка") && alike("ОΟO0", "оoοo"));
    assert_false(alike("Иван", "Ivan") || alike("Иван", "Ивана") || alike("Νίκος", "Nikos") ||
                 alike("ИИ", "ИЯ") || alike("ω", "w"));
#endif
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

static void test_accents(void **state)
{
    (void)state;
    assert_true(reserved("Sérver") && reserved("système") && reserved("Opérateur") &&
                reserved("modérateur") && reserved("thé-ádmin") && reserved("Lé_sërvêur2"));
    assert_true(reserved("gúest1") && reserved("gueşt_7") && reserved("guestø") &&
                reserved("gûest"));
    assert_true(reserved("Márcel") && reserved("MARÇEL") && reserved("Marćel_2"));
    assert_true(nick_reserved("zoe", 3, "Zoë") && nick_reserved("ZOË7", 5, "Zoë2"));
    assert_true(reserved("yoú") && reserved("Thé") && reserved("tóus"));
    assert_false(reserved("Hélène") || reserved("Zoë") || reserved("gúesthouse") ||
                 reserved("Séverine") || reserved("Léa"));
#if LWCHAT_NICK_SCRIPTS == 3
    assert_true(reserved("ѕегѵег") && reserved("ЅуЅтем"));
    assert_true(reserved("Магсеӏ") && nick_reserved("Mapk", 4, "Марк"));
    assert_false(reserved("Иван") || reserved("Νίκος") || reserved("Сергей") || reserved("Ольга"));
#endif
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

/* "*** NICK left: TEXT" and similar lines must not read as a sentence of the server. */
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
        cmocka_unit_test(test_form),          cmocka_unit_test(test_letters),
        cmocka_unit_test(test_length),        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_alike_letters), cmocka_unit_test(test_accents),
        cmocka_unit_test(test_authorities),   cmocka_unit_test(test_the_servers_name),
        cmocka_unit_test(test_sentences),     cmocka_unit_test(test_guests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

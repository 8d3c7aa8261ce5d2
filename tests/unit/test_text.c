/*
 * Cleaning of text. With the argument "all", it compares the decoder with the
 * reference over all four-byte inputs.
 */
#include "unit.h"

#include "core/text.h"
#include "../sim/safe.h"

#include <stdbool.h>

/* --- A reference: Unicode's definition, by ranges of values and not by bytes -- */

/* True if some code point from `low` to `high` takes `length` bytes in UTF-8. */
static bool any_takes(uint32_t low, uint32_t high, int length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    static const uint32_t most[] = {0, 0x7F, 0x7FF, 0xFFFF, 0x10FFFF};

    if (low < least[length]) {
        low = least[length];
    }
    if (high > most[length]) {
        high = most[length];
    }
    return low <= high && !(low >= 0xD800 && high <= 0xDFFF);
}

static int reference_decode(const uint8_t *text, size_t bytes, uint32_t *point)
{
    int length = 0;
    uint32_t value = text[0];

    for (uint8_t bit = 0x80; value & bit; bit >>= 1) {
        value ^= bit;
        length++;
    }
    if (length == 0) {
        *point = value;
        return 1;
    }
    if (length == 1 || length > 4) {
        return -1;
    }
    for (int i = 1;; i++) {
        uint32_t open = 6 * (uint32_t)(length - i);
        if (!any_takes(value << open, (value << open) + (1U << open) - 1, length)) {
            return i == 1 ? -1 : -(i - 1);
        }
        if (i == length) {
            *point = value;
            return length;
        }
        if ((size_t)i == bytes || text[i] >> 6 != 2) {
            return -i;
        }
        value = value << 6 | (text[i] & 0x3FU);
    }
}

/* Code points that become '?' at the start of a text, range by range. */
static bool reference_refused(uint32_t c)
{
    return c <= 0x1F || c == 0x7F || (c >= 0x80 && c <= 0x9F) || c == 0xAD || c == 0x34F ||
           c == 0x115F || c == 0x1160 || c == 0x17B4 || c == 0x17B5 ||
           (c >= 0x180B && c <= 0x180F) || (c >= 0x200B && c <= 0x200D) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0x3164 ||
           (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF || c == 0xFFA0 ||
           (c >= 0xFFF0 && c <= 0xFFFB) || (c >= 0xFDD0 && c <= 0xFDEF) || c % 0x10000 == 0xFFFE ||
           c % 0x10000 == 0xFFFF || (c >= 0x1BCA0 && c <= 0x1BCA3) ||
           (c >= 0x1D173 && c <= 0x1D17A) || (c >= 0xE0000 && c <= 0xE0FFF);
}

static size_t encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3F));
        c >>= 6;
    }
    out[0] = (char)(0xF00U >> length | c);
    return length;
}

/* --- The decoder ---------------------------------------------------------- */

/* The end of each sequence under test, where a page faults. */
static uint8_t *end_of_text;

static bool same(uint32_t input, size_t bytes)
{
    uint8_t *text = end_of_text - bytes;
    uint32_t point = 0, reference_point = 0;

    for (size_t i = 0; i < bytes; i++) {
        text[i] = (uint8_t)(input >> (24 - 8 * i));
    }
    return text_decode((char *)text, bytes, &point) ==
               reference_decode(text, bytes, &reference_point) &&
           point == reference_point;
}

static void test_decode_as_the_reference(void **state)
{
    struct dice dice = {1};

    (void)state;
    for (uint32_t i = 0; i < 0x100; i++) {
        assert_true(same(i << 24, 1));
    }
    for (uint32_t i = 0; i < 0x10000; i++) {
        assert_true(same(i << 16, 2));
    }
    for (uint32_t i = 0xC00000; i < 0x1000000; i += 3) {
        assert_true(same(i << 8, 3));
    }
    for (uint32_t i = 0; i < 2000000; i++) {
        assert_true(same(dice_throw(&dice) | (i % 2 ? 0xC0808080 : 0xF0000000), 4));
    }
}

static void test_every_code_point_in_bytes(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char text[4], encoded[4];
        uint32_t point = ~c;
        size_t bytes = encode(c, text);
        bool surrogate = c >= 0xD800 && c <= 0xDFFF;
        assert_int_equal(text_encode(encoded, c), bytes);
        assert_memory_equal(encoded, text, bytes);
        assert_int_equal(text_decode(text, bytes, &point), surrogate ? -1 : (int)bytes);
        assert_true(surrogate || point == c);
    }
}

static int compare_all(void)
{
    uint32_t input = 0;

    do {
        if (!same(input, 4)) {
            printf("differs at %08x\n", (unsigned)input);
            return EXIT_FAILURE;
        }
        if (input % 0x10000000 == 0) {
            printf("from %08x\n", (unsigned)input);
            fflush(stdout);
        }
    } while (++input != 0);
    printf("the same for all 4294967296 inputs of four bytes\n");
    return EXIT_SUCCESS;
}

/* --- Cleaning --------------------------------------------------------------- */

static void assert_cleans_in(const char *in, const char *out, size_t more)
{
    uint8_t dirty[160], clean[160];
    size_t bytes = from_hex(dirty, sizeof dirty, in);
    size_t clean_bytes = from_hex(clean, sizeof clean, out);
    char *text = (char *)end_of_text - bytes - more;

    memcpy(text, dirty, bytes);
    assert_int_equal(text_clean(text, bytes, bytes + more), clean_bytes);
    assert_memory_equal(text, clean, clean_bytes);
}

static void assert_cleans(const char *in, const char *out)
{
    assert_cleans_in(in, out, 0);
}

static void assert_becomes(const char *in, const char *out)
{
    char text[200];
    size_t bytes = strlen(in);

    memcpy(text, in, bytes);
    bytes = text_clean(text, bytes, sizeof text);
    text[bytes] = '\0';
    assert_string_equal(text, out);
}

static void assert_stays(const char *text)
{
    assert_becomes(text, text);
}

static void test_vectors(void **state)
{
    (void)state;
    assert_cleans("1b 5b 32 4a 68 69", "3f 5b 32 4a 68 69");
    assert_cleans("c2 9b 33 31 6d", "3f 33 31 6d");
    assert_cleans("9b 33 31 6d", "3f 33 31 6d");
    assert_cleans("c0 9b", "3f 3f");
    assert_cleans("e0 82 9b", "3f 3f 3f");
    assert_cleans("ed a0 80", "3f 3f 3f");
    assert_cleans("f4 90 80 80", "3f 3f 3f 3f");
    assert_cleans("f0 9f 98", "3f");
    assert_cleans("e2 82 41", "3f 41");
    assert_cleans("e2 80 ae 65", "3f 65");
    assert_cleans("78 c2 85 79", "78 3f 79");
    assert_cleans("61 e2 80 8b 62", "61 3f 62");
    assert_cleans("65 cc 81 cc 81 cc 81 cc 81 cc 81 cc 81 cc 81 cc 81 cc 81 cc 81",
                  "65 cc 81 cc 81 cc 81 cc 81");
    assert_cleans("f0 9f 91 a9 e2 80 8d f0 9f 9a 80", "f0 9f 91 a9 e2 80 8d f0 9f 9a 80");
    assert_cleans("", "");
    assert_cleans("61 09 62", "61 20 62");
    /* A joiner or a selector does not allow another four marks; a letter does. */
    assert_cleans("65 cc 81 cc 81 e2 80 8d cc 81 ef b8 8f cc 81 cc 81 61 cc 81",
                  "65 cc 81 cc 81 e2 80 8d cc 81 ef b8 8f cc 81 61 cc 81");
}

static void test_languages_pass(void **state)
{
    (void)state;
    assert_stays("\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645");  /* Persian: I want */
    assert_stays("\u06F5\u200C\u0633\u0627\u0644\u0647");              /* 5 years old */
    assert_stays("\u0915\u094D\u200C\u0937 \u0915\u094D\u200D\u0937"); /* Hindi, both joiners */
    assert_stays("\u0DC1\u0DCA\u200D\u0DBB\u0DD3");                    /* Sinhala: Sri */
    assert_stays("\u09B0\u200D\u09CD\u09AF\u09BE\u09AC");              /* Bengali */
    assert_stays("\u1797\u17B6\u179F\u17B6\u200B\u1781\u17D2\u1798\u17C2\u179A"); /* Khmer */
    assert_stays("\u182D\u182D\u180B\u180E\u1820");                               /* Mongolian */
    assert_stays("\u05E9\u05DC\u05D5\u05DD, 3 \u200F(a)\u200E \u061C"); /* directional marks */
    assert_stays("Drachen\u00ADboot");
    assert_stays("\u8FBB\U000E0101\u9089\U000E0110"); /* kanji variants */
    assert_stays("\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F");
    assert_stays("\U0001F3F4\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F");
    assert_stays("\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F");
    assert_stays("1\uFE0F\u20E3 \u2764\uFE0F\u200D\U0001F525 \u2229\uFE00");
    assert_stays("\U0001F469\U0001F3FD\u200D\u2764\uFE0F\u200D\U0001F48B\u200D\U0001F468");
    assert_stays("\u2068\u05D0\u2069 \u2066b\u2069 \u2067c\u2069");
    /* Hebrew and Tibetan have more than four marks on a letter. */
    assert_stays("\u05E9\u05C1\u05BC\u05B8\u059D\u0597");
    assert_stays("\u05EA\u05BC\u05B8\u0591\u034F\u05B7\u059C");
    assert_stays("\u0F67\u0F90\u0FB5\u0FA8\u0FB3\u0FBA\u0FBB\u0F82");
    assert_stays("\u1112\u1161\u11AB"); /* Korean, as some systems decompose it */
}

static void test_what_means_nothing_does_not(void **state)
{
    (void)state;
    assert_becomes("\u200D", "?");
    assert_becomes("a \u200Cb", "a ?b");
    assert_becomes(".\u200D", ".?");
    assert_becomes("a\u200D\u200D\u200C\u200Db", "a\u200Db");
    assert_becomes("a\u200B", "a?");
    assert_becomes("1\u00AD2-\u00AD", "1\u00AD2-?");
    assert_becomes("a\u00AD\u00AD\u200Db", "a\u00ADb");
    assert_becomes("\u2764\uFE0F\uFE0F\uFE0E", "\u2764\uFE0F");
    assert_becomes("a\U000E0101", "a?");
    assert_becomes("a\u180B\u1820\u180E\u180E\u180B\u180B", "a?\u1820\u180E\u180B");
    assert_becomes("a\u034Fb e\u0301\u034F", "a?b e\u0301\u034F");
    assert_becomes("\u202Aa\u202C\u202E", "?a??");
    assert_becomes("\uFEFF\u2060\u115F\u3164\uFFA0\u17B4", "??????");
    assert_becomes("\U0001F3F4\U000E0067\U000E0062", "\U0001F3F4??");
    assert_becomes("\U0001F3F4\U000E0067\U000E0062\U000E007F", "\U0001F3F4???");
    assert_becomes("a\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F", "a??????");
    assert_becomes("\u200F\u200E\u061C\u200F\u200E\u200E\u061C!\u200F",
                   "\u200F\u200E\u061C\u200F!\u200F");
}

static void test_marks_do_not_heap_up(void **state)
{
    (void)state;
    assert_becomes("\u0E01\u0E34\u0E34\u0E34\u0E34\u0E34\u0E48", "\u0E01\u0E34\u0E34\u0E34\u0E34");
    assert_becomes("a\u05B0\u05B0\u05B0\u05B0\u05B0\u05B0\u05B0\u05B0\u05B0\u05B0\u0301",
                   "a\u05B0\u05B0\u05B0\u05B0\u05B0\u05B0\u05B0\u05B0");
    assert_becomes("\U00016FE4\U00016FE4\U00016FE4\U00016FE4\U00016FE4",
                   "\U00016FE4\U00016FE4\U00016FE4\U00016FE4");
    assert_becomes("\U00013000\U0001343F\U0001343F\U0001343F\U0001343F\U0001343F\U0001343F",
                   "\U00013000\U0001343F\U0001343F\U0001343F\U0001343F");
    assert_becomes("\u1112\u1161\u1161\u1161\u1161\u1161\u1161", "\u1112\u1161\u1161\u1161\u1161");
    /* Nor after a directional mark, nor on a blank that is left out. */
    assert_becomes("a\u0301\u0301\u200F\u0301\u0301\u200F\u0301",
                   "a\u0301\u0301\u200F\u0301\u0301\u200F");
    assert_becomes("a    \u0301\u0301 \u0301\u0301 \u0301", "a    \u0301\u0301\u0301\u0301");
}

static void test_blanks_are_few(void **state)
{
    static const char *const blanks[] = {
        " ",      "\t",     "\u00A0", "\u1680", "\u2000", "\u2001",     "\u2002",
        "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",     "\u2009",
        "\u200A", "\u202F", "\u205F", "\u2800", "\u3000", "\U0001D159", "\U00013441"};

    (void)state;
    for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++) {
        char text[200] = "x", out[200] = "x";
        const char *shown = blanks[i][0] == '\t' ? " " : blanks[i];
        for (int n = 0; n < 30; n++) {
            strcat(text, blanks[i]);
            strcat(out, n < 4 ? shown : "");
        }
        strcat(text, "y");
        strcat(out, "y");
        assert_becomes(text, out);
    }
    assert_becomes("a \u00A0\u2800\u3000 \tb  c     d", "a \u00A0\u2800\u3000b  c    d");
    /* The alignment to machine words makes no difference. */
    for (int before = 0; before < 20; before++) {
        for (int count = 0; count < 12; count++) {
            char text[64], out[64];
            snprintf(text, sizeof text, "%.*s%*sbcdefghij", before, "aaaaaaaaaaaaaaaaaaaa", count,
                     "");
            int most = before == 0 ? 3 : 4;
            snprintf(out, sizeof out, "%.*s%*sbcdefghij", before, "aaaaaaaaaaaaaaaaaaaa",
                     count < most ? count : most, "");
            assert_becomes(text, out);
        }
    }
    /* Invisible characters do not separate blanks. The start of the text counts as a blank. */
    assert_becomes("a  \u200F  \u0301  \u2066  b", "a  \u200F  \u0301\u2066b\u2069");
    assert_becomes("      a", "   a");
}

static void test_isolates(void **state)
{
    (void)state;
    assert_becomes("a\u2067b", "a\u2067b\u2069");
    assert_becomes("a\u2069b\u2067\u2069\u2069", "a?b\u2067\u2069?");
    assert_becomes("\u2066a\u2066b\u2066c\u2066d\u2066e\u2066f\u2066g\u2066h\u2066i\u2066j\u2069",
                   "\u2066a\u2066b\u2066c\u2066d\u2066e\u2066f\u2066g\u2066h?i?j"
                   "\u2069\u2069\u2069\u2069\u2069\u2069\u2069\u2069");
    assert_becomes(
        "\u2066\u2069\u2066\u2069\u2066\u2069\u2066\u2069\u2066\u2069\u2066\u2069\u2066\u2069"
        "\u2066\u2069\u2066\u2069",
        "\u2066\u2069\u2066\u2069\u2066\u2069\u2066\u2069\u2066\u2069\u2066\u2069\u2066\u2069"
        "\u2066\u2069??");
    /* Without room for closing them, the innermost isolates are not opened. */
    assert_cleans_in("61 e2 81 a6 62 e2 81 a7 63", "61 e2 81 a6 62 e2 81 a7 63 e2 81 a9 e2 81 a9",
                     6);
    assert_cleans_in("61 e2 81 a6 62 e2 81 a7 63", "61 e2 81 a6 62 3f 63 e2 81 a9", 5);
    assert_cleans_in("61 e2 81 a6 62 e2 81 a7 63", "61 e2 81 a6 62 3f 63 e2 81 a9", 1);
    assert_cleans_in("61 e2 81 a6 62 e2 81 a7 63", "61 3f 62 3f 63", 0);
    assert_cleans_in("e2 81 a6 e2 81 a7 62 e2 81 a9 63", "3f e2 81 a7 62 e2 81 a9 63", 2);
}

static void test_every_code_point_is_shown_or_not(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char text[4], before[4];
        size_t bytes = encode(c, text);
        memcpy(before, text, sizeof text);
        if (c >= 0xD800 && c <= 0xDFFF) {
            continue;
        }
        size_t clean = text_clean(text, bytes, bytes);
        if (c == '\t') {
            assert_true(clean == 1 && text[0] == ' ');
        } else if (reference_refused(c)) {
            assert_true(clean == 1 && text[0] == '?');
        } else {
            assert_true(clean == bytes && memcmp(text, before, bytes) == 0);
        }
    }
}

/* Joins what is cleaned in pieces of at most `most` bytes, 1 or more. */
static size_t clean_in_pieces(const char *text, size_t bytes, size_t most, char *out)
{
    struct text_state state = {.blanks = 1};
    char piece[200];
    size_t at = 0, n = 0;

    for (size_t length = most; at + length < bytes;) {
        size_t whole = text_whole(text + at, length);
        if (whole == 0) {
            length++;
            continue;
        }
        memcpy(piece, text + at, whole);
        size_t clean = text_clean_next(&state, piece, whole);
        memcpy(out + n, piece, clean);
        n += clean;
        at += whole;
        length = most;
    }
    memcpy(piece, text + at, bytes - at);
    size_t clean = text_clean_last(&state, piece, bytes - at, sizeof piece);
    assert_int_equal(state.isolates, 0);
    memcpy(out + n, piece, clean);
    return n + clean;
}

static void test_any_bytes_come_out_clean(void **state)
{
    static const char *const pieces[] = {"\u0301",     "\u200D",
                                         "\U0001F469", "\xC2",
                                         "\xE2\x80",   "\t",
                                         "\uFE0F",     "\uFE00",
                                         "e",          "  ",
                                         "\u3000",     "\u2066",
                                         "\u2067",     "\u2069",
                                         "\u200F",     "\u200C",
                                         "\u00AD",     "\u0627",
                                         "\u05B0",     "\u034F",
                                         "\u180B",     "\u1820",
                                         "\u200B",     "\u1780",
                                         "\U0001F3F4", "\U000E0067\U000E0062\U000E0065",
                                         "\U000E007F", "\U000E0101",
                                         "\u8FBB",     "\u1161"};
    struct dice dice = {2};

    (void)state;
    for (int round = 0; round < 200000; round++) {
        char text[120], in_pieces[400];
        size_t bytes = 0, room;
        while (bytes < 60 && dice_below(&dice, 12) > 0) {
            const char *piece = pieces[dice_below(&dice, sizeof pieces / sizeof pieces[0])];
            size_t length = strlen(piece);
            memcpy(text + bytes, piece, length);
            bytes += length;
            if (dice_below(&dice, 6) == 0) {
                text[bytes++] = (char)dice_throw(&dice);
            }
        }
        room = bytes + dice_below(&dice, 30);
        char *at = (char *)end_of_text - room;
        memcpy(at, text, bytes);
        size_t clean = text_clean(at, bytes, room);
        assert_true(clean <= room && safe_text(at, clean));
        size_t joined = clean_in_pieces(text, bytes, 1 + dice_below(&dice, 20), in_pieces);
        assert_true(safe_text(in_pieces, joined));
        if (room >= bytes + TEXT_CLOSE_BYTES) {
            assert_int_equal(joined, clean);
            assert_memory_equal(in_pieces, at, clean);
        }
        memcpy(text, at, clean);
        assert_int_equal(text_clean(at, clean, clean), clean);
        assert_memory_equal(at, text, clean);
        /* A part of it, to be embedded in other text. */
        size_t from = dice_below(&dice, (unsigned)clean + 1);
        while (from < clean && ((uint8_t)text[from] & 0xC0) == 0x80) {
            from++;
        }
        size_t limit = dice_below(&dice, 30);
        size_t copied = text_copy((char *)end_of_text - limit, limit, text + from, clean - from);
        assert_true(copied <= limit);
        if (from == 0) {
            assert_true(safe_text((char *)end_of_text - limit, copied));
        }
    }
}

/* --- The rest ---------------------------------------------------------------- */

static void test_cut(void **state)
{
    static const char text[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
    static const size_t cuts[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};

    (void)state;
    for (size_t limit = 0; limit < sizeof cuts / sizeof cuts[0]; limit++) {
        assert_int_equal(text_cut(text, 10, limit), cuts[limit]);
    }
}

static void assert_copies(const char *text, size_t room, const char *expected)
{
    char out[64];
    size_t bytes = text_copy(out, room, text, strlen(text));

    assert_int_equal(bytes, strlen(expected));
    assert_memory_equal(out, expected, bytes);
}

static void test_copy(void **state)
{
    (void)state;
    assert_copies("abc", 3, "abc");
    assert_copies("abc", 2, "ab");
    assert_copies("a\u00E9", 2, "a");
    assert_copies("", 0, "");
    assert_copies("a\u2067bc\u2069d", 11, "a\u2067bc\u2069d");
    assert_copies("a\u2067bc\u2069d", 9, "a\u2067bc\u2069");
    assert_copies("a\u2067bc\u2069d", 8, "a\u2067b\u2069");
    assert_copies("a\u2067bc\u2069d", 7, "a\u2067\u2069");
    assert_copies("a\u2067bc\u2069d", 6, "a");
    /* The start or the end of an isolate may be in another piece. */
    assert_copies("a\u2067b", 10, "a\u2067b\u2069");
    assert_copies("b\u2069 c", 10, "b c");
    /* A character stays whole, with everything attached to it. */
    assert_copies("\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F.", 27,
                  "");
    assert_copies("\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F.", 28,
                  "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F");
    assert_copies("a \u2764\uFE0F\u200D\U0001F525", 8, "a ");
    assert_copies("a \u2764\uFE0F\u200D\U0001F525", 11, "a \u2764\uFE0F\u200D");
    assert_copies("ae\u0301\u0301\u0301", 7, "a");
    assert_copies("a\u2067e\u0301\u2069", 10, "a\u2067e\u0301\u2069");
    assert_copies("a\u2067e\u0301\u2069", 9, "a\u2067\u2069");
}

/* The parts of a text, copied in turn, are the text, and each part is safe by itself. */
static void test_parts(void **state)
{
    static const char text[] =
        "ab\u2067c\u0301d\u2066e\u2069f \u2764\uFE0F\u200D\U0001F525g\u2069h"
        "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F.";

    (void)state;
    for (size_t room = 28; room < sizeof text; room++) {
        char out[sizeof text];
        size_t copied, seen = 0;
        for (size_t at = 0, part; at < sizeof text - 1; at += part) {
            part = text_part(text + at, sizeof text - 1 - at, room, &copied);
            assert_true(part > 0 && copied <= room);
            assert_int_equal(text_copy(out, room, text + at, sizeof text - 1 - at), copied);
            assert_true(safe_text(out, copied));
            for (size_t i = 0; i < copied; i++) {
                seen += out[i] >= 'a' && out[i] <= 'h';
            }
        }
        assert_int_equal(seen, 8);
    }
}

static void test_whole(void **state)
{
    static const char flag[] =
        "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F";

    (void)state;
    assert_int_equal(text_whole("", 0), 0);
    assert_int_equal(text_whole("ab", 2), 2);
    assert_int_equal(text_whole("a\u00E9", 2), 1);
    assert_int_equal(text_whole("a\u00E9", 3), 3);
    assert_int_equal(text_whole("\U0001F600", 3), 0);
    assert_int_equal(text_whole("\x80\x80\x80\x80", 4), 4);
    for (size_t bytes = 4; bytes < 28; bytes++) {
        assert_int_equal(text_whole(flag, bytes), 4);
    }
    assert_int_equal(text_whole(flag, 28), 28);
    /* The flag itself may be gone already; an overlong tag sequence is not a flag's. */
    assert_int_equal(text_whole(flag + 4, 20), 0);
    assert_int_equal(text_whole("a\U000E0067\U000E0062", 9), 9);
    assert_int_equal(
        text_whole("\U0001F3F4\U000E0067\U000E0067\U000E0067\U000E0067\U000E0067\U000E0067"
                   "\U000E0067\U000E0067",
                   36),
        36);
}

static void test_blank(void **state)
{
    (void)state;
    assert_true(text_is_blank("", 0) && text_is_blank("   ", 3) &&
                text_is_blank("\u2800\u3000", 6));
    assert_true(text_is_blank("\u2067 \u200F\u2069", 10));
    assert_false(text_is_blank("  a", 3) || text_is_blank("\u3000?", 4) ||
                 text_is_blank(" \u0301", 3));
}

static void test_words_in_either_case(void **state)
{
    (void)state;
    assert_true(text_is("fin", 3, "fin") && text_is("FiN", 3, "fin"));
    assert_false(text_is("fi", 2, "fin") || text_is("fine", 4, "fin") || text_is("f\0n", 3, "fin"));
    assert_true(text_is("", 0, ""));
}

static void test_numbers(void **state)
{
    static const uint32_t numbers[] = {0, 9, 10, 65535, 4294967295};
    uint32_t number = 7;
    char text[10], expected[12];

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        int length = snprintf(expected, sizeof expected, "%lu", (unsigned long)numbers[i]);
        assert_int_equal(text_number(text, numbers[i]), length);
        assert_memory_equal(text, expected, (size_t)length);
        assert_true(text_parse_number(text, (size_t)length, UINT32_MAX, &number));
        assert_int_equal(number, numbers[i]);
    }
    assert_true(text_parse_number("0065535", 7, 65535, &number) && number == 65535);
    assert_false(text_parse_number("65536", 5, 65535, &number));
    assert_false(text_parse_number("4294967296", 10, UINT32_MAX, &number));
    assert_false(text_parse_number("99999999999", 11, UINT32_MAX, &number));
    assert_false(text_parse_number("", 0, 9, &number) || text_parse_number("-1", 2, 9, &number));
    assert_false(text_parse_number("1 ", 2, 99, &number));
    assert_int_equal(number, 65535);
}

static void assert_address(const char *text, bool good, uint32_t value)
{
    size_t bytes = strlen(text);
    char *at = (char *)end_of_text - bytes;
    uint32_t address = 1;

    memcpy(at, text, bytes);
    assert_int_equal(text_parse_address(at, bytes, &address), good);
    assert_int_equal(address, good ? value : 1);
}

static void test_addresses(void **state)
{
    char text[16];

    (void)state;
    assert_address("192.168.7.2", true, 0xC0A80702);
    assert_address("255.255.255.255", true, 0xFFFFFFFF);
    assert_address("0.0.0.0", true, 0);
    assert_address("", false, 0);
    assert_address("1.2.3", false, 0);
    assert_address("1.2.3.", false, 0);
    assert_address("1.2.3.4.", false, 0);
    assert_address("1.2.3.4.5", false, 0);
    assert_address(".1.2.3", false, 0);
    assert_address("1..2.3", false, 0);
    assert_address("1.2.3.256", false, 0);
    assert_address("1.2.3.4 ", false, 0);
    assert_address("a.b.c.d", false, 0);
    assert_int_equal(text_address(text, 0xC0A80702), 11);
    assert_memory_equal(text, "192.168.7.2", 11);
    assert_int_equal(text_address(text, 0xFFFFFFFF), 15);
}

static void test_plain(void **state)
{
    enum { WORD = sizeof(size_t) };
    char text[3 * WORD];

    (void)state;
    for (size_t bytes = 0; bytes <= sizeof text; bytes++) {
        memset(text, '~', sizeof text);
        assert_int_equal(text_plain(text, bytes), bytes < WORD ? 0 : bytes);
        for (size_t at = 0; at < bytes; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                bool plain = byte >= ' ' && byte < 0x7F;
                text[at] = (char)byte;
                size_t least = (plain ? bytes : at) / WORD * WORD;
                assert_in_range(text_plain(text, bytes), least, plain ? bytes : at);
            }
            text[at] = '~';
        }
        /* Two blanks may pass, three never do. */
        for (size_t at = 0; at + 3 <= bytes; at++) {
            memset(text + at, ' ', 3);
            assert_true(text_plain(text, bytes) < at + 3);
            memset(text + at, '~', 3);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_decode_as_the_reference),
        cmocka_unit_test(test_every_code_point_in_bytes),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_languages_pass),
        cmocka_unit_test(test_what_means_nothing_does_not),
        cmocka_unit_test(test_marks_do_not_heap_up),
        cmocka_unit_test(test_blanks_are_few),
        cmocka_unit_test(test_isolates),
        cmocka_unit_test(test_every_code_point_is_shown_or_not),
        cmocka_unit_test(test_any_bytes_come_out_clean),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_blank),
        cmocka_unit_test(test_words_in_either_case),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_addresses),
    };

    end_of_text = (uint8_t *)guarded_end(256);
    if (argc > 1 && strcmp(argv[1], "all") == 0) {
        return compare_all();
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Text made safe. Run with "all", it compares the decoder with the reference
 * over every input of four bytes.
 */
#include "unit.h"

#include "core/text.h"

#include <stdbool.h>

/* --- A reference: what Unicode says, by ranges of values and not by bytes --- */

/* Some code point from `low` to `high` takes `length` bytes in UTF-8. */
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

/* What is never shown, range by range. */
static bool reference_banned(uint32_t c)
{
    return c <= 0x1F || c == 0x7F || (c >= 0x80 && c <= 0x9F) || c == 0xAD || c == 0x34F ||
           c == 0x61C || c == 0x115F || c == 0x1160 || c == 0x17B4 || c == 0x17B5 ||
           (c >= 0x180B && c <= 0x180F) || (c >= 0x200B && c <= 0x200C) ||
           (c >= 0x200E && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0x3164 || c == 0xFEFF || c == 0xFFA0 ||
           (c >= 0xFFF0 && c <= 0xFFFB) || (c >= 0xFDD0 && c <= 0xFDEF) || c % 0x10000 == 0xFFFE ||
           c % 0x10000 == 0xFFFF || (c >= 0x1BCA0 && c <= 0x1BCA3) ||
           (c >= 0x1D173 && c <= 0x1D17A) || (c >= 0xE0000 && c <= 0xE0FFF);
}

static bool reference_combines(uint32_t c)
{
    return (c >= 0x300 && c <= 0x36F) || (c >= 0x483 && c <= 0x489) ||
           (c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) ||
           (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE20 && c <= 0xFE2F);
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

/* Where the sequences under test end: at a page that faults. */
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

static void test_decode_every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char text[4];
        uint32_t point = ~c;
        size_t bytes = encode(c, text);
        bool surrogate = c >= 0xD800 && c <= 0xDFFF;
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

static void assert_cleans(const char *in, const char *out)
{
    uint8_t dirty[64], clean[64];
    size_t bytes = from_hex(dirty, sizeof dirty, in);
    size_t clean_bytes = from_hex(clean, sizeof clean, out);
    char *text = (char *)end_of_text - bytes;

    memcpy(text, dirty, bytes);
    assert_int_equal(text_clean(text, bytes), clean_bytes);
    assert_memory_equal(text, clean, clean_bytes);
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
    /* The joiner and the selector do not begin another four marks; a letter does. */
    assert_cleans("65 cc 81 cc 81 e2 80 8d cc 81 ef b8 8f cc 81 cc 81 61 cc 81",
                  "65 cc 81 cc 81 e2 80 8d cc 81 ef b8 8f cc 81 61 cc 81");
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
        size_t clean = text_clean(text, bytes);
        if (c == '\t') {
            assert_true(clean == 1 && text[0] == ' ');
        } else if (reference_banned(c)) {
            assert_true(clean == 1 && text[0] == '?');
        } else {
            assert_true(clean == bytes && memcmp(text, before, bytes) == 0);
        }
    }
}

/* Well-formed, nothing banned, never five marks in a row. */
static void assert_clean(const uint8_t *text, size_t bytes)
{
    unsigned marks = 0;

    for (size_t i = 0; i < bytes;) {
        uint32_t point;
        int length = reference_decode(text + i, bytes - i, &point);
        assert_true(length > 0 && !reference_banned(point));
        marks = reference_combines(point)                        ? marks + 1
                : point == 0x200D || (point & 0xFFFF0) == 0xFE00 ? marks
                                                                 : 0;
        assert_true(marks <= 4);
        i += (size_t)length;
    }
}

static void test_any_bytes_come_out_clean(void **state)
{
    static const char *const pieces[] = {"\xCC\x81",     "\xE2\x80\x8D", "\xF0\x9F\x91\xA9",
                                         "\xC2",         "\xE2\x80",     "\t",
                                         "\xEF\xB8\x8F", "\xEF\xB8\x80", "e"};
    struct dice dice = {2};

    (void)state;
    for (int round = 0; round < 200000; round++) {
        uint8_t text[80];
        size_t bytes = 0;
        while (bytes < 64 && dice_below(&dice, 12) > 0) {
            const char *piece = pieces[dice_below(&dice, sizeof pieces / sizeof pieces[0])];
            size_t length = strlen(piece);
            memcpy(text + bytes, piece, length);
            bytes += length;
            if (dice_below(&dice, 3) == 0) {
                text[bytes++] = (uint8_t)dice_throw(&dice);
            }
        }
        char *at = (char *)end_of_text - bytes;
        memcpy(at, text, bytes);
        size_t clean = text_clean(at, bytes);
        assert_true(clean <= bytes);
        assert_clean((uint8_t *)at, clean);
        memcpy(text, at, clean);
        assert_int_equal(text_clean(at, clean), clean);
        assert_memory_equal(at, text, clean);
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
    char text[3 * sizeof(size_t)];

    (void)state;
    for (size_t bytes = 0; bytes <= sizeof text; bytes++) {
        memset(text, '~', sizeof text);
        assert_int_equal(text_plain(text, bytes), bytes / sizeof(size_t) * sizeof(size_t));
        for (size_t at = 0; at < bytes; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                bool plain = byte >= ' ' && byte < 0x7F;
                text[at] = (char)byte;
                size_t words = (plain ? bytes : at) / sizeof(size_t);
                assert_int_equal(text_plain(text, bytes), words * sizeof(size_t));
            }
            text[at] = ' ';
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_decode_as_the_reference),
        cmocka_unit_test(test_decode_every_code_point),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_every_code_point_is_shown_or_not),
        cmocka_unit_test(test_any_bytes_come_out_clean),
        cmocka_unit_test(test_cut),
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

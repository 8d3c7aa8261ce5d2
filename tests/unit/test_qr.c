/* QR codes compared with those of another encoder, and with the standard. */
#include "unit.h"

#include "core/qr.h"

#include <ctype.h>
#include <stdbool.h>

/* By libqrencode 4.1.1: qrencode -l M -v 2 -m 0 -t ASCIIi. For other texts it chose other masks. */
static const struct {
    const char *text;
    const char *modules;
} known[] = {
    // clang-format off
    {"HTTP://255.255.255.255:65535/",
        "#######.#.#..##...#######"
        "#.....#.#...#..#..#.....#"
        "#.###.#.##.#.#.##.#.###.#"
        "#.###.#...###.#...#.###.#"
        "#.###.#.###.#..#..#.###.#"
        "#.....#..##.....#.#.....#"
        "#######.#.#.#.#.#.#######"
        ".........#.....##........"
        "#..#######...#...#..#.###"
        "##.....######..####..##.."
        ".#.#.##..#.#....##.#....#"
        "#.###....#...##.#....#.#."
        "###.###.#...###..#.##..#."
        "#..###.##.#..###.#.#..#.."
        "##....#.#..###.##.##..#.."
        "#.#....#.#.#..#.#..#.#.##"
        "#..#..####....#.#####.###"
        "........##.###..#...##..."
        "#######.##.#...##.#.####."
        "#.....#.#...#.###...#.#.."
        "#.###.#.##..###.########."
        "#.###.#.###...#...#.....#"
        "#.###.#..##.#.#.####.#.##"
        "#.....#..#....#.....##.#."
        "#######.#....##.##..##.##"
    },
    {"HTTP://8.229.214.100:28362/",
        "#######.###...##..#######"
        "#.....#.#.#...#.#.#.....#"
        "#.###.#..#..#...#.#.###.#"
        "#.###.#.####.#..#.#.###.#"
        "#.###.#..#..###.#.#.###.#"
        "#.....#......##...#.....#"
        "#######.#.#.#.#.#.#######"
        "........#.#.#.##........."
        "#.##.###.##..#.##.#..#.##"
        "###.#..#.....#.#.##.#...."
        "#.#######.####.###.###..."
        "....##..####...#....##..#"
        ".####.####..#.#...###.#.."
        "..##...##..##.###..##.###"
        ".##.####.###.#.#..##.##.#"
        "#.##.#.###.#..##..###.###"
        "....#.###...#.#.########."
        "........###...#.#...##.##"
        "#######.#.#..####.#.##..."
        "#.....#.#.##.##.#...#.#.."
        "#.###.#......##.######.##"
        "#.###.#.#.#....#.#....#.#"
        "#.###.#.###...#...#.####."
        "#.....#..#.#####.#.#.##.#"
        "#######.####...#...#.##.#"
    },
    {"HTTP://139.3.241.226:24983/",
        "#######...#.#.#...#######"
        "#.....#.#....#..#.#.....#"
        "#.###.#.#..#.###..#.###.#"
        "#.###.#.##..#####.#.###.#"
        "#.###.#..###.#..#.#.###.#"
        "#.....#..##...###.#.....#"
        "#######.#.#.#.#.#.#######"
        "........#.##....#........"
        "#.....#.#.###..#.##..###."
        "#.##.#.#.######.###..##.."
        "...#.##.#..#.##.#.##...##"
        "#.###..#....##.##.#####.."
        "#.#####...####..#.#....#."
        "#....#.#..#....####.#.#.."
        "#...####.#.##...#........"
        "#..###..#..#....#..#.#.##"
        "#.#.#.##.#.#...######.#.#"
        "........#.#.###.#...####."
        "#######...##...##.#.####."
        "#.....#..##.##.##...#.###"
        "#.###.#...#.#.#.######.#."
        "#.###.#...#...#.##....#.#"
        "#.###.#..#.##..#.#.###..#"
        "#.....#....#..#..##...#.."
        "#######.###..##.##.##.###"
    },
    // clang-format on
};

/* The characters of alphanumeric mode. */
static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/* Modules that are not data, as rectangles: x, y, width and height. */
static const uint8_t function_patterns[][4] = {
    {0, 0, 9, 9}, {17, 0, 8, 9}, {0, 17, 9, 8}, {6, 0, 1, 25}, {0, 6, 25, 1}, {16, 16, 5, 5},
};

static bool encode(struct qr *qr, const char *text)
{
    return qr_encode(qr, text, strlen(text));
}

/* Alternates between a URL like those shown and arbitrary text. */
static void random_text(struct dice *dice, char *text, size_t bytes)
{
    if (dice_below(dice, 2) == 0) {
        snprintf(text, bytes, "HTTP://%u.%u.%u.%u:%u/", dice_below(dice, 256),
                 dice_below(dice, 256), dice_below(dice, 256), dice_below(dice, 256),
                 dice_below(dice, 65536));
        return;
    }
    size_t length = dice_below(dice, QR_TEXT_BYTES + 1);
    for (size_t i = 0; i < length; i++) {
        text[i] = alphabet[dice_below(dice, sizeof alphabet - 1)];
    }
    text[length] = '\0';
}

static void test_as_others_encode(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct qr qr;
        char modules[QR_SIDE * QR_SIDE + 1] = "";
        assert_true(encode(&qr, known[i].text));
        for (unsigned at = 0; at < QR_SIDE * QR_SIDE; at++) {
            modules[at] = qr_dark(&qr, at % QR_SIDE, at / QR_SIDE) ? '#' : '.';
        }
        assert_string_equal(modules, known[i].modules);
    }
}

static void test_lengths(void **state)
{
    char text[QR_TEXT_BYTES + 1];
    struct qr qr;

    (void)state;
    memset(text, 'A', sizeof text);
    assert_true(qr_encode(&qr, text, 0));
    assert_true(qr_encode(&qr, text, QR_TEXT_BYTES));
    assert_false(qr_encode(&qr, text, QR_TEXT_BYTES + 1));
    assert_false(qr_encode(&qr, text, (size_t)-1)); /* is not read */
    assert_true(encode(&qr, "http://255.255.255.255:65535/"));
}

static void test_characters(void **state)
{
    struct qr qr, capital;

    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        char text[3] = {(char)c, 'A', (char)c};
        char same[3] = {(char)toupper((int)c), 'A', (char)toupper((int)c)};
        bool has_value = memchr(alphabet, same[0], sizeof alphabet - 1) != NULL;
        assert_int_equal(qr_encode(&qr, text, 3), has_value);
        assert_int_equal(qr_encode(&qr, text + 1, 2), has_value);
        if (has_value) {
            assert_true(qr_encode(&qr, text, 3) && qr_encode(&capital, same, 3));
            assert_memory_equal(&qr, &capital, sizeof qr);
        }
    }
    assert_true(encode(&qr, "http://marcel.local/") && encode(&capital, "HTTP://MARCEL.LOCAL/"));
    assert_memory_equal(&qr, &capital, sizeof qr);
}

/* The 15 format bits, most significant first, at the places in the standard's figure. */
static unsigned format_of(const struct qr *qr, bool second)
{
    static const uint8_t around[15][2] = {{0, 8}, {1, 8}, {2, 8}, {3, 8}, {4, 8},
                                          {5, 8}, {7, 8}, {8, 8}, {8, 7}, {8, 5},
                                          {8, 4}, {8, 3}, {8, 2}, {8, 1}, {8, 0}};
    static const uint8_t along[15][2] = {{8, 24}, {8, 23}, {8, 22}, {8, 21}, {8, 20},
                                         {8, 19}, {8, 18}, {17, 8}, {18, 8}, {19, 8},
                                         {20, 8}, {21, 8}, {22, 8}, {23, 8}, {24, 8}};
    unsigned format = 0;

    for (unsigned i = 0; i < 15; i++) {
        const uint8_t *at = second ? along[i] : around[i];
        format = format << 1 | qr_dark(qr, at[0], at[1]);
    }
    return format;
}

/* Level M is 0: the format is the mask and its BCH (15, 5) code, XORed with a constant. */
static unsigned format_for(unsigned mask)
{
    unsigned rest = mask << 10;

    for (unsigned bit = 14; bit >= 10; bit--) {
        rest ^= rest >> bit & 1 ? 0x537U << (bit - 10) : 0;
    }
    return (mask << 10 | rest) ^ 0x5412U;
}

static unsigned mask_of(const struct qr *qr)
{
    unsigned mask = 0;

    while (format_for(mask) != format_of(qr, false)) {
        assert_true(++mask < 8);
    }
    return mask;
}

static void test_format(void **state)
{
    struct dice dice = {1};
    unsigned seen = 0;

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        char text[QR_TEXT_BYTES + 1];
        struct qr qr;
        random_text(&dice, text, sizeof text);
        assert_true(encode(&qr, text));
        seen |= 1U << mask_of(&qr);
        assert_int_equal(format_of(&qr, true), format_of(&qr, false));
        assert_true(qr_dark(&qr, 8, 17));
    }
    assert_int_equal(seen, 0xFF);
}

/* --- The mask ----------------------------------------------------------------------- */

struct modules {
    bool dark[QR_SIDE][QR_SIDE]; /* by y, then x */
};

static bool is_function(unsigned x, unsigned y)
{
    for (size_t i = 0; i < sizeof function_patterns / sizeof function_patterns[0]; i++) {
        const uint8_t *p = function_patterns[i];
        if (x >= p[0] && x < p[0] + p[2] && y >= p[1] && y < p[1] + p[3]) {
            return true;
        }
    }
    return false;
}

static bool masks(unsigned mask, unsigned j, unsigned i)
{
    const unsigned zero[8] = {(i + j) % 2,
                              i % 2,
                              j % 3,
                              (i + j) % 3,
                              (i / 2 + j / 3) % 2,
                              i * j % 2 + i * j % 3,
                              (i * j % 2 + i * j % 3) % 2,
                              ((i + j) % 2 + i * j % 3) % 2};
    return zero[mask] == 0;
}

/* The same code with another mask. */
static struct modules masked_anew(const struct qr *qr, unsigned mask)
{
    struct modules m;
    unsigned format = format_for(mask) ^ format_of(qr, false), old = mask_of(qr);

    for (unsigned y = 0; y < QR_SIDE; y++) {
        for (unsigned x = 0; x < QR_SIDE; x++) {
            m.dark[y][x] = qr_dark(qr, x, y);
            if (!is_function(x, y)) {
                m.dark[y][x] ^= masks(mask, x, y) ^ masks(old, x, y);
            }
        }
    }
    for (unsigned i = 0; i < 15; i++) {
        bool turned = format >> i & 1;
        m.dark[i < 8 ? i + (i > 5) : 8][i < 8 ? 8 : i == 8 ? 7 : 14 - i] ^= turned;
        m.dark[i < 8 ? 8 : 10 + i][i < 8 ? 24 - i : 8] ^= turned;
    }
    return m;
}

/* A line of modules as text, with the margin on both sides. */
static void read_line(const struct modules *m, unsigned line, bool down, char *text)
{
    memset(text, '.', QR_SIDE + 8);
    for (unsigned i = 0; i < QR_SIDE; i++) {
        text[4 + i] = (down ? m->dark[i][line] : m->dark[line][i]) ? '#' : '.';
    }
    text[QR_SIDE + 8] = '\0';
}

static int penalty_of(const struct modules *m)
{
    int penalty = 0, dark = 0;

    for (unsigned line = 0; line < 2 * QR_SIDE; line++) {
        char text[QR_SIDE + 9], end = '\0';
        read_line(m, line % QR_SIDE, line >= QR_SIDE, text);
        for (const char *at = text; *at != '\0'; at++) {
            bool like = strncmp(at, "....#.###.#", 11) == 0 || strncmp(at, "#.###.#....", 11) == 0;
            penalty += like ? 40 : 0;
        }
        text[4 + QR_SIDE] = end;
        for (const char *at = text + 4; *at != '\0';) {
            int run = (int)strspn(at, *at == '#' ? "#" : ".");
            penalty += run >= 5 ? 3 + run - 5 : 0;
            at += run;
        }
    }
    for (unsigned y = 0; y < QR_SIDE; y++) {
        for (unsigned x = 0; x < QR_SIDE; x++) {
            bool one = m->dark[y][x];
            dark += one;
            if (x + 1 < QR_SIDE && y + 1 < QR_SIDE && m->dark[y][x + 1] == one &&
                m->dark[y + 1][x] == one && m->dark[y + 1][x + 1] == one) {
                penalty += 3;
            }
        }
    }
    double away = dark * 100.0 / (QR_SIDE * QR_SIDE) - 50;
    return penalty + 10 * (int)((away < 0 ? -away : away) / 5);
}

static void test_best_mask(void **state)
{
    struct dice dice = {2};

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        char text[QR_TEXT_BYTES + 1];
        struct qr qr;
        random_text(&dice, text, sizeof text);
        assert_true(encode(&qr, text));
        unsigned chosen = mask_of(&qr);
        struct modules as_chosen = masked_anew(&qr, chosen);
        for (unsigned mask = 0; mask < 8; mask++) {
            struct modules other = masked_anew(&qr, mask);
            int more = penalty_of(&other) - penalty_of(&as_chosen);
            if (more < 0 || (more == 0 && mask < chosen)) {
                fail_msg("\"%s\" has mask %u, and %u is better by %d", text, chosen, mask, -more);
            }
        }
    }
}

/* --- Rows ------------------------------------------------------------------------------ */

static void test_outside_is_light(void **state)
{
    struct qr qr;

    (void)state;
    memset(&qr, 0xFF, sizeof qr);
    assert_true(qr_dark(&qr, QR_SIDE - 1, QR_SIDE - 1));
    for (unsigned i = 0; i < QR_SIDE; i++) {
        assert_false(qr_dark(&qr, QR_SIDE, i));
        assert_false(qr_dark(&qr, i, QR_SIDE));
        assert_false(qr_dark(&qr, (unsigned)-1, i));
        assert_false(qr_dark(&qr, i, (unsigned)-1));
    }
}

static void test_rows(void **state)
{
    /* By which halves are light. */
    static const char *const blocks[] = {" ", "\u2580", "\u2584", "\u2588"};
    char *out = guarded_end(QR_ROW_BYTES) - QR_ROW_BYTES;
    struct qr qr;

    (void)state;
    assert_true(encode(&qr, "HTTP://127.0.0.1:8080/"));
    assert_int_equal(QR_ROWS, 17);
    for (unsigned row = 0; row < QR_ROWS; row++) {
        char wanted[QR_ROW_BYTES + 1] = "";
        for (int column = 0; column < QR_COLUMNS; column++) {
            int x = column - 4, y = 2 * (int)row - 4;
            unsigned upper = !(x >= 0 && y >= 0 && qr_dark(&qr, (unsigned)x, (unsigned)y));
            unsigned lower = !(x >= 0 && y + 1 >= 0 && qr_dark(&qr, (unsigned)x, (unsigned)y + 1));
            strcat(wanted, blocks[upper + 2 * lower]);
        }
        assert_int_equal(qr_row(&qr, row, out, QR_ROW_BYTES), strlen(wanted));
        assert_memory_equal(out, wanted, strlen(wanted));
        assert_int_equal(qr_row(&qr, row, out + 1, QR_ROW_BYTES - 1), 0);
    }
    /* The first and the last row are margin, and the longest. */
    assert_int_equal(qr_row(&qr, 0, out, QR_ROW_BYTES), QR_ROW_BYTES);
    assert_int_equal(qr_row(&qr, QR_ROWS - 1, out, QR_ROW_BYTES), QR_ROW_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_others_encode),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_best_mask),
        cmocka_unit_test(test_outside_is_light),
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

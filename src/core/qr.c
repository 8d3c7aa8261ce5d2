#include "qr.h"

#include <string.h>

enum {
    DATA_BYTES = 28,
    CHECK_BYTES = 16,
    ALPHANUMERIC = 2, /* the mode, in 4 bits */
    MASKS = 8,
    TIMING = 6, /* its row, and its column */
    FORMAT = 8, /* the format's row, and its column */
    ALIGNED = 6 /* the alignment pattern's centre, from the right and from the bottom */
};

/* What a module is part of. */
enum part { PART_LIGHT, PART_DARK, PART_DATA };

/* --- Codewords ---------------------------------------------------------------- */

struct bits {
    uint8_t codeword[DATA_BYTES + CHECK_BYTES];
    unsigned used;
};

static void add_bits(struct bits *bits, unsigned value, unsigned count)
{
    while (count-- > 0) {
        if (value >> count & 1U) {
            bits->codeword[bits->used / 8] |= (uint8_t)(0x80U >> bits->used % 8);
        }
        bits->used++;
    }
}

/* A character's value is its index. */
static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
enum { VALUES = sizeof alphabet - 1 };

/* @return VALUES when it has none. */
static unsigned value_of(char c)
{
    if (c >= 'a' && c <= 'z') {
        c = (char)(c - 'a' + 'A');
    }
    const char *found = memchr(alphabet, c, VALUES);
    return found == NULL ? VALUES : (unsigned)(found - alphabet);
}

static bool add_text(struct bits *bits, const char *text, size_t bytes)
{
    unsigned pair = 0;

    add_bits(bits, ALPHANUMERIC, 4);
    add_bits(bits, (unsigned)bytes, 9);
    for (size_t i = 0; i < bytes; i++) {
        unsigned value = value_of(text[i]);
        if (value == VALUES) {
            return false;
        }
        pair = pair * VALUES + value;
        if (i % 2 == 1) {
            add_bits(bits, pair, 11);
            pair = 0;
        }
    }
    if (bytes % 2 == 1) {
        add_bits(bits, pair, 6);
    }
    return true;
}

/* Up to 4 zeros end the data, zeros fill the codeword, and then two codewords alternate. */
static void add_padding(struct bits *bits)
{
    uint8_t pad = 0xEC;

    for (unsigned i = (bits->used + 4 + 7) / 8; i < DATA_BYTES; i++) {
        bits->codeword[i] = pad;
        pad ^= 0xEC ^ 0x11;
    }
}

/* The product in GF(256), modulo x^8 + x^4 + x^3 + x^2 + 1. */
static uint8_t multiply(unsigned a, unsigned b)
{
    unsigned product = 0;

    for (; b > 0; b >>= 1) {
        product ^= b & 1U ? a : 0;
        a = a << 1 ^ (a & 0x80U ? 0x11DU : 0);
    }
    return (uint8_t)product;
}

/* Reed-Solomon: the remainder of the data. The divisor's leading coefficient, 1, is omitted. */
static void add_check(struct bits *bits)
{
    static const uint8_t divisor[CHECK_BYTES] = {59,  13, 104, 189, 68, 209, 30, 8,
                                                 163, 65, 41,  229, 98, 50,  36, 59};
    uint8_t *check = bits->codeword + DATA_BYTES;

    for (unsigned i = 0; i < DATA_BYTES; i++) {
        unsigned factor = bits->codeword[i] ^ check[0];
        memmove(check, check + 1, CHECK_BYTES - 1);
        check[CHECK_BYTES - 1] = 0;
        for (unsigned j = 0; j < CHECK_BYTES; j++) {
            check[j] ^= multiply(divisor[j], factor);
        }
    }
}

/* --- Modules ------------------------------------------------------------------- */

bool qr_dark(const struct qr *qr, unsigned x, unsigned y)
{
    unsigned at = y * QR_SIDE + x;

    return x < QR_SIDE && y < QR_SIDE && (qr->dark[at / 8] >> at % 8 & 1) != 0;
}

static void turn(struct qr *qr, unsigned x, unsigned y)
{
    unsigned at = y * QR_SIDE + x;

    qr->dark[at / 8] ^= (uint8_t)(1U << at % 8);
}

static unsigned distance(unsigned a, unsigned b)
{
    return a > b ? a - b : b - a;
}

/* The format's modules are light here: place_format() inverts them. */
static enum part part_of(unsigned x, unsigned y)
{
    bool right = x > QR_SIDE / 2, low = y > QR_SIDE / 2, aligned = right && low;
    unsigned middle = aligned ? ALIGNED : 3; /* of the nearest pattern, from the edge */
    /* Steps from the middle, in eight directions. */
    unsigned across = distance(right ? QR_SIDE - 1 - x : x, middle);
    unsigned down = distance(low ? QR_SIDE - 1 - y : y, middle);
    unsigned steps = across > down ? across : down;

    if (steps <= (aligned ? 2 : 4)) {
        bool light = aligned ? steps == 1 : steps == 2 || steps == 4;
        return light ? PART_LIGHT : PART_DARK;
    }
    if (x == TIMING || y == TIMING) {
        return (x + y) % 2 == 0 ? PART_DARK : PART_LIGHT;
    }
    /* It lies around one finder, and along the two others without their outer corners. */
    bool format = steps == 5 && (x == FORMAT || y == FORMAT) && x + y != QR_SIDE - 1;
    return format ? PART_LIGHT : PART_DATA;
}

static bool masked(unsigned mask, unsigned x, unsigned y)
{
    unsigned sum = x + y, product = x * y;

    switch (mask) {
    case 0:
        return sum % 2 == 0;
    case 1:
        return y % 2 == 0;
    case 2:
        return x % 3 == 0;
    case 3:
        return sum % 3 == 0;
    case 4:
        return (y / 2 + x / 3) % 2 == 0;
    case 5:
        return product % 2 + product % 3 == 0;
    case 6:
        return (product % 2 + product % 3) % 2 == 0;
    default:
        return (sum % 2 + product % 3) % 2 == 0;
    }
}

/* Draws the level and the mask, twice. */
static void place_format(struct qr *qr, unsigned mask)
{
    /* For level M, with check bits. */
    static const uint16_t formats[MASKS] = {0x5412, 0x5125, 0x5E7C, 0x5B4B,
                                            0x45F9, 0x40CE, 0x4F97, 0x4AA0};

    turn(qr, FORMAT, QR_SIDE - 8); /* always dark */
    for (unsigned i = 0; i < 15; i++) {
        if (!(formats[mask] >> i & 1U)) {
            continue;
        }
        if (i < 8) {
            turn(qr, FORMAT, i + (i >= TIMING));
            turn(qr, QR_SIDE - 1 - i, FORMAT);
        } else {
            turn(qr, 14 - i + (i == 8), FORMAT);
            turn(qr, FORMAT, QR_SIDE - 15 + i);
        }
    }
}

static void draw(struct qr *qr, const struct bits *bits, unsigned mask)
{
    unsigned at = 0;

    memset(qr, 0, sizeof *qr);
    /* Two columns at a time from the right, alternately up and down; the timing column alone. */
    for (unsigned left = QR_SIDE, width; left > 0; left -= width) {
        width = left - 1 == TIMING ? 1 : 2;
        for (unsigned i = 0; i < width * QR_SIDE; i++) {
            unsigned x = left - 1 - i % width;
            unsigned y = left & 2U ? i / width : QR_SIDE - 1 - i / width;
            enum part part = part_of(x, y);
            bool dark = part == PART_DARK;
            if (part == PART_DATA) {
                dark = masked(mask, x, y);
                /* Modules left over by the codewords are light. */
                if (at < 8 * sizeof bits->codeword) {
                    dark ^= (bits->codeword[at / 8] << at % 8 & 0x80) != 0;
                }
                at++;
            }
            if (dark) {
                turn(qr, x, y);
            }
        }
    }
    place_format(qr, mask);
}

/* --- The mask -------------------------------------------------------------------- */

static unsigned penalty_of(const struct qr *qr)
{
    enum { RUN = 5, FINDER_SEEN = 0x5D, LAST = QR_SIDE + QR_QUIET - 1 };
    unsigned penalty = 0, dark_twice = 0, before = 0;

    for (unsigned line = 0; line < 2 * QR_SIDE; line++) {
        bool in_rows = line < QR_SIDE;
        unsigned seen = 0, run = 0;
        /* The light margin may be part of what looks like a finder, but not of a run. */
        for (unsigned i = 0; i <= LAST; i++) {
            bool dark = in_rows ? qr_dark(qr, i, line) : qr_dark(qr, line - QR_SIDE, i);
            dark_twice += dark;
            run = dark == (seen & 1U) ? run + 1 : 1;
            seen = seen << 1 | dark;
            if ((seen & 0x7FFU) == FINDER_SEEN || (seen & 0x7FFU) == FINDER_SEEN << 4) {
                penalty += 40;
            }
            if (i >= QR_SIDE) {
                continue;
            }
            if (run >= RUN) {
                penalty += run == RUN ? 3 : 1;
            }
            /* A square of four in one colour, with the row before. */
            unsigned pair = seen & 3U;
            if (in_rows && line > 0 && i > 0 && pair % 3 == 0 &&
                (before >> (LAST - i) & 3U) == pair) {
                penalty += 3;
            }
        }
        before = seen;
    }
    /* 10 for each 5 percent of dark modules above or below 50. */
    return penalty + 10 * (distance(dark_twice, QR_SIDE * QR_SIDE) * 10 / (QR_SIDE * QR_SIDE));
}

bool qr_encode(struct qr *qr, const char *text, size_t bytes)
{
    struct bits bits = {.used = 0};
    unsigned best = 0, least = UINT32_MAX;

    if (bytes > QR_TEXT_BYTES || !add_text(&bits, text, bytes)) {
        return false;
    }
    add_padding(&bits);
    add_check(&bits);
    for (unsigned mask = 0; mask < MASKS; mask++) {
        draw(qr, &bits, mask);
        unsigned penalty = penalty_of(qr);
        if (penalty < least) {
            best = mask;
            least = penalty;
        }
    }
    draw(qr, &bits, best);
    return true;
}

/* --- Rows ------------------------------------------------------------------------- */

size_t qr_row(const struct qr *qr, unsigned row, char *out, size_t bytes)
{
    /* Last bytes of U+2580, U+2584 and U+2588: the upper half is light, the lower, or both. */
    static const char ends[] = {'\x80', '\x84', '\x88'};
    size_t n = 0;

    if (bytes < QR_ROW_BYTES) {
        return 0;
    }
    for (unsigned column = 0; column < QR_COLUMNS; column++) {
        /* In the left and upper margins these wrap, and so are outside as well. */
        unsigned x = column - QR_QUIET, y = 2 * row - QR_QUIET;
        unsigned light = !qr_dark(qr, x, y) + 2U * !qr_dark(qr, x, y + 1);
        if (light == 0) {
            out[n++] = ' ';
        } else {
            out[n++] = '\xE2';
            out[n++] = '\x96';
            out[n++] = ends[light - 1];
        }
    }
    return n;
}

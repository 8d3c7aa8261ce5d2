#include "text.h"

#include <string.h>

struct range16 {
    uint16_t first, last;
};

/* What must not be shown, below U+10000, in order. Tab is dealt with before. */
static const struct range16 banned[] = {
    {0x0000, 0x001F}, {0x007F, 0x009F}, {0x00AD, 0x00AD}, {0x034F, 0x034F}, {0x061C, 0x061C},
    {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x200B, 0x200C}, {0x200E, 0x200F},
    {0x2028, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164}, {0xFDD0, 0xFDEF}, {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB},
};

static const struct range16 combining[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE20, 0xFE2F},
};

enum {
    MOST_COMBINING = 4,
    ZERO_WIDTH_JOINER = 0x200D,
    VARIATION_SELECTOR_1 = 0xFE00,
    VARIATION_SELECTOR_16 = 0xFE0F
};

static bool in_ranges(const struct range16 *ranges, size_t count, uint32_t point)
{
    for (size_t i = 0; i < count && point >= ranges[i].first; i++) {
        if (point <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

static bool is_banned(uint32_t point)
{
    if ((point & 0xFFFE) == 0xFFFE) {
        return true;
    }
    if (point > 0xFFFF) {
        return (point >= 0x1BCA0 && point <= 0x1BCA3) || (point >= 0x1D173 && point <= 0x1D17A) ||
               (point >= 0xE0000 && point <= 0xE0FFF);
    }
    return in_ranges(banned, sizeof banned / sizeof banned[0], point);
}

int text_decode(const char *text, size_t bytes, uint32_t *point)
{
    const uint8_t *p = (const uint8_t *)text;
    uint8_t low = 0x80, high = 0xBF;
    size_t length;
    uint32_t value;

    if (p[0] < 0x80) {
        *point = p[0];
        return 1;
    }
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        length = 2;
        value = p[0] & 0x1FU;
    } else if ((p[0] & 0xF0) == 0xE0) {
        length = 3;
        value = p[0] & 0x0FU;
        low = p[0] == 0xE0 ? 0xA0 : 0x80;
        high = p[0] == 0xED ? 0x9F : 0xBF;
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        length = 4;
        value = p[0] & 0x07U;
        low = p[0] == 0xF0 ? 0x90 : 0x80;
        high = p[0] == 0xF4 ? 0x8F : 0xBF;
    } else {
        return -1;
    }
    for (size_t i = 1; i < length; i++) {
        if (i >= bytes || p[i] < low || p[i] > high) {
            return -(int)i;
        }
        value = value << 6 | (p[i] & 0x3FU);
        low = 0x80;
        high = 0xBF;
    }
    *point = value;
    return (int)length;
}

size_t text_plain(const char *text, size_t bytes)
{
    const size_t each = SIZE_MAX / 0xFF; /* 1 in each byte of a word */
    size_t n = 0, word;

    while (bytes - n >= sizeof word) {
        memcpy(&word, text + n, sizeof word);
        /* Beyond ASCII, below the blank, or a delete: one of these sets a byte's top bit. */
        if ((word | (word - each * ' ') | (word + each)) & each * 0x80) {
            break;
        }
        n += sizeof word;
    }
    return n;
}

size_t text_clean_next(char *text, size_t bytes, unsigned *in_a_row)
{
    size_t in = text_plain(text, bytes), out = in;
    unsigned marks = in > 0 ? 0 : *in_a_row;

    while (in < bytes) {
        if (text[in] >= ' ' && text[in] < 0x7F) {
            text[out++] = text[in++];
            marks = 0;
            continue;
        }
        uint32_t point = 0;
        int length = text_decode(text + in, bytes - in, &point);
        if (length < 0 || (point != '\t' && is_banned(point))) {
            in += (size_t)(length < 0 ? -length : length);
            text[out++] = '?';
            marks = 0;
            continue;
        }
        if (in_ranges(combining, sizeof combining / sizeof combining[0], point)) {
            marks++;
        } else if (point != ZERO_WIDTH_JOINER &&
                   (point < VARIATION_SELECTOR_1 || point > VARIATION_SELECTOR_16)) {
            marks = 0;
        }
        if (point == '\t') {
            text[out++] = ' ';
        } else if (marks <= MOST_COMBINING) {
            memmove(text + out, text + in, (size_t)length);
            out += (size_t)length;
        }
        in += (size_t)length;
    }
    *in_a_row = marks;
    return out;
}

size_t text_clean(char *text, size_t bytes)
{
    unsigned in_a_row = 0;

    return text_clean_next(text, bytes, &in_a_row);
}

size_t text_cut(const char *text, size_t bytes, size_t limit)
{
    if (bytes <= limit) {
        return bytes;
    }
    while (limit > 0 && ((uint8_t)text[limit] & 0xC0) == 0x80) {
        limit--;
    }
    return limit;
}

bool text_is(const char *text, size_t bytes, const char *word)
{
    for (size_t i = 0; i < bytes; i++) {
        char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + ('a' - 'A')) : text[i];
        if (word[i] == '\0' || c != word[i]) {
            return false;
        }
    }
    return word[bytes] == '\0';
}

size_t text_number(char *out, uint32_t number)
{
    char digits[10];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (size_t i = 0; i < n; i++) {
        out[i] = digits[n - 1 - i];
    }
    return n;
}

bool text_parse_number(const char *text, size_t bytes, uint32_t most, uint32_t *number)
{
    uint32_t value = 0;

    if (bytes == 0) {
        return false;
    }
    for (size_t i = 0; i < bytes; i++) {
        uint32_t digit = (uint32_t)(text[i] - '0');
        if (text[i] < '0' || text[i] > '9' || value > most / 10 ||
            (value == most / 10 && digit > most % 10)) {
            return false;
        }
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

size_t text_address(char *out, uint32_t address)
{
    size_t n = 0;

    for (int shift = 24; shift >= 0; shift -= 8) {
        n += text_number(out + n, address >> shift & 0xFF);
        if (shift > 0) {
            out[n++] = '.';
        }
    }
    return n;
}

bool text_parse_address(const char *text, size_t bytes, uint32_t *address)
{
    uint32_t value = 0;

    for (int part = 0; part < 4; part++) {
        const char *dot = part < 3 ? memchr(text, '.', bytes) : text + bytes;
        uint32_t number;
        if (dot == NULL || !text_parse_number(text, (size_t)(dot - text), 255, &number)) {
            return false;
        }
        value = value << 8 | number;
        if (part < 3) {
            bytes -= (size_t)(dot - text) + 1;
            text = dot + 1;
        }
    }
    *address = value;
    return true;
}

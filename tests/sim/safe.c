#include "safe.h"

#include <stdint.h>

static const uint32_t banned[][2] = {
    {0x0, 0x1F},        {0x7F, 0x9F},       {0xAD, 0xAD},
    {0x34F, 0x34F},     {0x61C, 0x61C},     {0x115F, 0x1160},
    {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200C},
    {0x200E, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},
    {0x3164, 0x3164},   {0xFDD0, 0xFDEF},   {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}, {0x110000, ~(uint32_t)0}};

/* By arithmetic, not by Table 3-7: decoded first, then refused if it has a shorter form. */
static size_t decode(const uint8_t *text, size_t bytes, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = text[0] < 0x80 ? 1 : 0;

    if (text[0] >= 0xC0 && text[0] < 0xF8) {
        length = 2U + (text[0] >= 0xE0) + (text[0] >= 0xF0);
    }
    if (length == 0 || length > bytes) {
        return 0;
    }
    *point = length == 1 ? text[0] : text[0] & (0x7FU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xC0) != 0x80) {
            return 0;
        }
        *point = *point << 6 | (text[i] & 0x3FU);
    }
    bool surrogate = *point >= 0xD800 && *point <= 0xDFFF;
    return surrogate || *point < least[length] ? 0 : length;
}

bool safe_text(const char *text, size_t bytes)
{
    const uint8_t *at = (const uint8_t *)text;

    for (const uint8_t *end = at + bytes; at < end;) {
        uint32_t point = 0;
        size_t length = decode(at, (size_t)(end - at), &point);
        if (length == 0 || (point & 0xFFFE) == 0xFFFE) {
            return false;
        }
        for (size_t i = 0; i < sizeof banned / sizeof banned[0]; i++) {
            if (point >= banned[i][0] && point <= banned[i][1]) {
                return false;
            }
        }
        at += length;
    }
    return true;
}

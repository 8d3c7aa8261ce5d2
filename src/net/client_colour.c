#include "client_colour.h"

#include <string.h>

#include "../core/text.h"

/* Saturation 75 %, and a luminance between those of black and white. */
static const uint32_t exact[COLOUR_HUES] = {
    0xE12D2D, 0xCE4A1D, 0xAE6319, 0x907215, 0x797911, 0x648012, 0x4B8413, 0x308713,
    0x148914, 0x148931, 0x13874D, 0x138569, 0x138282, 0x1780A2, 0x1E77CF, 0x466DE5,
    0x6565E9, 0x7F5CE8, 0x9A4EE6, 0xB634E2, 0xCB1DCB, 0xD61FA8, 0xDD207F, 0xE02756,
};

/* The nearest of xterm's 256. */
static const uint8_t nearest[COLOUR_HUES] = {
    160, 166, 130, 94, 100, 64, 64,  28,  28,  28,  29,  29,
    30,  31,  32,  62, 62,  99, 135, 128, 164, 163, 162, 161,
};

/* Red, yellow, green, cyan, blue and magenta, as the terminal shows them. */
static const uint8_t basic[COLOUR_HUES] = {
    1, 1, 3, 3, 3, 3, 2, 2, 2, 2, 2, 6, 6, 6, 4, 4, 4, 4, 5, 5, 5, 5, 1, 1,
};

unsigned colour_of(const char *nick, size_t bytes)
{
    uint32_t hash = 7, point;

    while (bytes > 0) {
        int length = text_decode(nick, bytes, &point);
        size_t used = length < 0 ? (size_t)-length : (size_t)length;
        hash = ((hash ^ (length < 0 ? '?' : point)) * 0x9E3779B1U) ^ (hash >> 15);
        nick += used;
        bytes -= used;
    }
    return (hash >> 8) % COLOUR_HUES;
}

static size_t put(char *out, size_t at, const char *text)
{
    size_t bytes = strlen(text);

    memcpy(out + at, text, bytes);
    return at + bytes;
}

size_t colour_write(char *out, unsigned hue, uint32_t colours)
{
    size_t n = put(out, 0, "\033[3");

    if (colours < 256) {
        out[n++] = (char)('0' + basic[hue]);
    } else if (colours == 256) {
        n = put(out, n, "8;5;");
        n += text_number(out + n, nearest[hue]);
    } else {
        n = put(out, n, "8;2");
        for (int shift = 16; shift >= 0; shift -= 8) {
            out[n++] = ';';
            n += text_number(out + n, exact[hue] >> shift & 0xFF);
        }
    }
    out[n++] = 'm';
    return n;
}

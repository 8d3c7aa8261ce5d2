#include "safe.h"

#include <stdint.h>
#include <string.h>

enum { MOST_MARKS = 4, MOST_NICK_BYTES = 16 };

static const uint32_t banned[][2] = {
    {0x0, 0x1F},        {0x7F, 0x9F},       {0xAD, 0xAD},
    {0x34F, 0x34F},     {0x61C, 0x61C},     {0x115F, 0x1160},
    {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200C},
    {0x200E, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},
    {0x3164, 0x3164},   {0xFDD0, 0xFDEF},   {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}, {0x110000, ~(uint32_t)0}};
static const uint32_t marks[][2] = {{0x300, 0x36F},   {0x483, 0x489},   {0x1AB0, 0x1AFF},
                                    {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE20, 0xFE2F}};

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

static bool is_in(const uint32_t (*ranges)[2], size_t count, uint32_t point)
{
    for (size_t i = 0; i < count; i++) {
        if (point >= ranges[i][0] && point <= ranges[i][1]) {
            return true;
        }
    }
    return false;
}

bool safe_text(const char *text, size_t bytes)
{
    const uint8_t *at = (const uint8_t *)text;
    unsigned in_a_row = 0;

    for (const uint8_t *end = at + bytes; at < end;) {
        uint32_t point = *at;
        size_t length = 1;
        if (point < 0x20 || point > 0x7E) {
            length = decode(at, (size_t)(end - at), &point);
            if (length == 0 || (point & 0xFFFE) == 0xFFFE ||
                is_in(banned, sizeof banned / sizeof banned[0], point)) {
                return false;
            }
        }
        bool mark = point > 0x7E && is_in(marks, sizeof marks / sizeof marks[0], point);
        in_a_row = mark ? in_a_row + 1 : 0;
        if (in_a_row > MOST_MARKS) {
            return false;
        }
        at += length;
    }
    return true;
}

/* --- Whose a line is --------------------------------------------------------------------- */

/* Takes `word` off the line's start, if it is there. */
static bool take(const char **line, size_t *bytes, const char *word)
{
    size_t length = strlen(word);

    if (*bytes < length || memcmp(*line, word, length) != 0) {
        return false;
    }
    *line += length;
    *bytes -= length;
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_part(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Takes a nick off, and `end` behind it. */
static bool take_nick(const char **line, size_t *bytes, const char *end)
{
    size_t length = 0;

    while (length < *bytes && is_part((*line)[length])) {
        length++;
    }
    if (length == 0 || length > MOST_NICK_BYTES || !is_letter(**line)) {
        return false;
    }
    *line += length;
    *bytes -= length;
    return take(line, bytes, end);
}

static void take_room(const char **line, size_t *bytes)
{
    const char *space = memchr(*line, ' ', *bytes);

    if (space != NULL && **line == '#') {
        *bytes -= (size_t)(space + 1 - *line);
        *line = space + 1;
    }
}

bool safe_line(const char *line, size_t bytes, bool on_console)
{
    static const char *const to_peers[] = {"*** ", "!!! ", "You are connected to server ",
                                           "Vous êtes connecté au serveur "};
    static const char *const to_console[] = {"*** ", "!!! ", "Server ready on ",
                                             "Client connected: ", "Client disconnected: "};
    const char *const *starts = on_console ? to_console : to_peers;
    size_t count = on_console ? sizeof to_console / sizeof to_console[0]
                              : sizeof to_peers / sizeof to_peers[0];

    if (on_console) {
        take_room(&line, &bytes);
    }
    for (size_t i = 0; i < count; i++) {
        if (take(&line, &bytes, starts[i])) {
            return true;
        }
    }
    if (take(&line, &bytes, "* ")) {
        return take_nick(&line, &bytes, " ");
    }
    if (take(&line, &bytes, "[-> ") || take(&line, &bytes, "[")) {
        return take_nick(&line, &bytes, "] ");
    }
    return (!on_console && bytes == 3 && memcmp(line, "fin", 3) == 0) ||
           take_nick(&line, &bytes, "> ");
}

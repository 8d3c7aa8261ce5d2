#include "safe.h"

#include <stdint.h>
#include <string.h>

enum { MOST_MARKS = 4, MOST_OF_MANY = 8, MOST_BLANKS = 4, MOST_ISOLATES = 8 };

/* Never shown, in any position. */
static const uint32_t banned[][2] = {
    {0x0, 0x1F},        {0x7F, 0x9F},       {0x115F, 0x1160},
    {0x17B4, 0x17B5},   {0x2028, 0x202E},   {0x2060, 0x2065},
    {0x206A, 0x206F},   {0x3164, 0x3164},   {0xFDD0, 0xFDEF},
    {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},
    {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE001F},
    {0xE0080, 0xE00FF}, {0xE01F0, 0xE0FFF}, {0x110000, ~(uint32_t)0}};
/* Marks of many scripts, not of all. The core has its own table to tell marks from letters. */
static const uint32_t marks[][2] = {
    {0x300, 0x34F},     {0x350, 0x36F},     {0x483, 0x489},     {0x591, 0x5BD},
    {0x610, 0x61A},     {0x64B, 0x65F},     {0x711, 0x711},     {0x7EB, 0x7F3},
    {0x93C, 0x93C},     {0x941, 0x948},     {0x9C1, 0x9C4},     {0xB4D, 0xB4D},
    {0xE31, 0xE31},     {0xE34, 0xE3A},     {0xE47, 0xE4E},     {0xEB4, 0xEBC},
    {0xF71, 0xF7E},     {0xF99, 0xFBC},     {0x102D, 0x1030},   {0x1161, 0x11FF},
    {0x135D, 0x135F},   {0x17B7, 0x17BD},   {0x1AB0, 0x1ACE},   {0x1DC0, 0x1DFF},
    {0x20D0, 0x20F0},   {0x2CEF, 0x2CF1},   {0x302A, 0x302D},   {0x3099, 0x309A},
    {0xA66F, 0xA672},   {0xA8E0, 0xA8F1},   {0xAAB2, 0xAAB4},   {0xFB1E, 0xFB1E},
    {0xFE20, 0xFE2F},   {0x101FD, 0x101FD}, {0x11038, 0x11046}, {0x1107F, 0x1107F},
    {0x13430, 0x1343F}, {0x16F8F, 0x16F92}, {0x16FE4, 0x16FE4}, {0x1D167, 0x1D169},
    {0x1DA00, 0x1DA36}, {0x1E8D0, 0x1E8D6}};
static const uint32_t blanks[][2] = {{0x20, 0x20},     {0xA0, 0xA0},     {0x1680, 0x1680},
                                     {0x2000, 0x200A}, {0x202F, 0x202F}, {0x205F, 0x205F},
                                     {0x2800, 0x2800}, {0x3000, 0x3000}};

enum { POP_ISOLATE = 0x2069, BLACK_FLAG = 0x1F3F4, LAST_TAG = 0xE007F };

/* The last character with a width, and how many zero-width ones are attached to it. */
struct character {
    uint32_t point; /* 0: a blank, or no character yet */
    uint32_t last;  /* the last code point of it */
    unsigned marks, selectors, directions, tags;
    unsigned blanks; /* in a row, so far */
};

/* By arithmetic, not by Table 3-7: decodes first, then rejects overlong forms. */
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

/* The ranges ascend. */
static bool is_in(const uint32_t (*ranges)[2], size_t count, uint32_t point)
{
    for (size_t i = 0; i < count; i++) {
        if (point <= ranges[i][1]) {
            return point >= ranges[i][0];
        }
    }
    return false;
}

#define IS_IN(ranges, point) is_in(ranges, sizeof(ranges) / sizeof((ranges)[0]), point)

static bool is_joiner(uint32_t point)
{
    return (point >= 0x200B && point <= 0x200D) || point == 0xAD || point == 0x180E;
}

static bool is_selector(uint32_t point)
{
    return (point >= 0xFE00 && point <= 0xFE0F) || (point >= 0xE0100 && point <= 0xE01EF) ||
           (point >= 0x180B && point <= 0x180F && point != 0x180E);
}

/* A letter, a digit, an ideograph or an emoji, as well as can be told without a table. */
static bool can_be_acted_on(uint32_t point)
{
    return point >= 0xA9 || (point >= '0' && point <= '9') || point == '#' || point == '*' ||
           ((point | 0x20) >= 'a' && (point | 0x20) <= 'z');
}

static bool is_direction(uint32_t point)
{
    return point == 0x200E || point == 0x200F || point == 0x61C;
}

static bool is_isolate(uint32_t point)
{
    return point >= 0x2066 && point <= POP_ISOLATE;
}

static bool is_tag(uint32_t point)
{
    return point >= 0xE0020 && point <= LAST_TAG;
}

/* In a script that stacks more marks, or between two of them. */
static bool is_of_many(uint32_t point)
{
    return (point >= 0x591 && point <= 0x5BD) || (point >= 0xF71 && point <= 0xFBC) ||
           point == 0x34F;
}

/* True if a zero-width code point may follow on the character. */
static bool may_stand(struct character *on, uint32_t point, unsigned *isolates)
{
    uint32_t last = on->last;

    on->last = point;
    if (is_joiner(point)) {
        return can_be_acted_on(on->point) && !is_joiner(last);
    }
    if (is_selector(point)) {
        return can_be_acted_on(on->point) && ++on->selectors == 1;
    }
    if (is_direction(point)) {
        return ++on->directions <= MOST_ISOLATES;
    }
    if (point == POP_ISOLATE) {
        return (*isolates)-- > 0;
    }
    if (is_isolate(point)) {
        return ++on->directions <= MOST_ISOLATES && ++*isolates <= MOST_ISOLATES;
    }
    if (is_tag(point)) {
        return ++on->tags == 1 ? last == BLACK_FLAG
                               : is_tag(last) && last != LAST_TAG && on->tags <= 8;
    }
    return ++on->marks <= (is_of_many(point) ? MOST_OF_MANY : MOST_MARKS);
}

static bool has_no_width(uint32_t point)
{
    return is_joiner(point) || is_selector(point) || is_direction(point) || is_isolate(point) ||
           is_tag(point) || IS_IN(marks, point);
}

bool safe_text(const char *text, size_t bytes)
{
    const uint8_t *at = (const uint8_t *)text;
    struct character character = {.point = 0};
    unsigned isolates = 0;

    for (const uint8_t *end = at + bytes; at < end;) {
        uint32_t point = *at;
        size_t length = decode(at, (size_t)(end - at), &point);
        if (length == 0 || (point & 0xFFFE) == 0xFFFE || IS_IN(banned, point)) {
            return false;
        }
        at += length;
        if (is_tag(character.last) && character.last != LAST_TAG && !is_tag(point)) {
            return false; /* an incomplete flag */
        }
        if (point > 0x7E && has_no_width(point)) {
            if (!may_stand(&character, point, &isolates)) {
                return false;
            }
        } else if (IS_IN(blanks, point)) {
            character = (struct character){.blanks = character.blanks + 1,
                                           .directions = character.directions};
            if (character.blanks > MOST_BLANKS) {
                return false;
            }
        } else {
            character = (struct character){.point = point, .last = point};
        }
    }
    return isolates == 0 && (!is_tag(character.last) || character.last == LAST_TAG);
}

bool safe_qr_row(const char *line, size_t bytes)
{
    enum { COLUMNS = 33, MARGIN = 4, FULL_BLOCK = 0x2588 };
    unsigned column = 0;

    for (size_t at = 0, length; at < bytes; at += length, column++) {
        uint32_t point = 0;
        length = decode((const uint8_t *)line + at, bytes - at, &point);
        bool margin = column < MARGIN || column >= COLUMNS - MARGIN;
        bool block = point == 0x2580 || point == 0x2584 || point == ' ';
        if (length == 0 || (point != FULL_BLOCK && (margin || !block))) {
            return false;
        }
    }
    return column == COLUMNS;
}

/* --- The sender of a line ---------------------------------------------------------------- */

/* Removes `word` from the start of the line, if it is there. */
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

enum { MOST_NICK = 16, MOST_NICK_BYTES = 32 };
enum script { NONE, LATIN, GREEK, CYRILLIC };

/* The script of a letter, by Unicode blocks. */
static enum script script_of(uint32_t point)
{
    if (point < 0x80) {
        return (point | 0x20) >= 'a' && (point | 0x20) <= 'z' ? LATIN : NONE;
    }
    if ((point >= 0xC0 && point < 0x2B0 && point != 0xD7 && point != 0xF7) ||
        (point >= 0x1E00 && point < 0x1F00)) {
        return LATIN;
    }
    if ((point >= 0x370 && point < 0x400) || (point >= 0x1F00 && point < 0x2000)) {
        return GREEK;
    }
    return point >= 0x400 && point < 0x530 && (point < 0x482 || point > 0x489) ? CYRILLIC : NONE;
}

static bool is_sign(char c)
{
    return (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Removes a nick followed by `end`. */
static bool take_nick(const char **line, size_t *bytes, const char *end)
{
    enum script first = NONE;
    size_t length = 0, characters = 0;

    while (length < *bytes) {
        uint32_t point = 0;
        size_t step = decode((const uint8_t *)*line + length, *bytes - length, &point);
        enum script script = step == 0 ? NONE : script_of(point);
        if ((script == NONE || (characters > 0 && script != first)) &&
            (characters == 0 || !is_sign((*line)[length]))) {
            break;
        }
        first = characters == 0 ? script : first;
        length += step;
        characters++;
    }
    if (characters == 0 || characters > MOST_NICK || length > MOST_NICK_BYTES) {
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
    static const char *const to_console[] = {"*** ",
                                             "!!! ",
                                             "Server ready on ",
                                             "Browsers join at ",
                                             "Les navigateurs entrent par ",
                                             "Client connected: ",
                                             "Client disconnected: ",
                                             "Client gone: "};
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

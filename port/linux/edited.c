#include "edited.h"

#include <stdio.h>
#include <string.h>

#include "rows.h"

static const char prompt[] = "> ";

/* A row has a byte at least, except for one that has only the cursor. */
enum { PROMPT_BYTES = sizeof prompt - 1, MOST_ROWS = EDITED_TEXT_BYTES + PROMPT_BYTES + 1 };

struct shown {
    char text[EDITED_TEXT_BYTES + PROMPT_BYTES + 1];
    size_t bytes;
    size_t cursor;
};

static void append(struct shown *shown, const char *text, size_t bytes)
{
    rows_clean(shown->text + shown->bytes, text, bytes);
    shown->bytes += bytes;
}

static size_t after_character(const char *text, size_t at)
{
    while (((unsigned char)text[at] & 0xC0U) == 0x80U) {
        at++;
    }
    return at;
}

/* The prompt and the text, or as much of it as there is room for around the cursor. */
static void choose(struct shown *shown, const char *text, size_t bytes, size_t cursor)
{
    size_t begin = 0;

    if (bytes > EDITED_TEXT_BYTES) {
        begin = cursor > EDITED_TEXT_BYTES / 2 ? cursor - EDITED_TEXT_BYTES / 2 : 0;
        begin = begin < bytes - EDITED_TEXT_BYTES ? begin : bytes - EDITED_TEXT_BYTES;
        while (begin < cursor && ((unsigned char)text[begin] & 0xC0U) == 0x80U) {
            begin++;
        }
        bytes = bytes < begin + EDITED_TEXT_BYTES ? bytes : begin + EDITED_TEXT_BYTES;
    }
    shown->bytes = 0;
    append(shown, prompt, PROMPT_BYTES);
    append(shown, text + begin, bytes - begin);
    shown->cursor = PROMPT_BYTES + cursor - begin;
}

/* How much of the text goes into a row. */
static size_t row_at(const struct shown *shown, size_t at, unsigned columns)
{
    size_t rest = shown->bytes - at;
    size_t bytes = rows_cut(shown->text + at, rest, columns);

    if (bytes > 0 || rest == 0) {
        return bytes;
    }
    /* A character that is wider than the terminal. */
    return rest == 1 ? 1 : after_character(shown->text, at + 1) - at;
}

static size_t put(char *out, size_t n, const char *text, size_t bytes)
{
    memcpy(out + n, text, bytes);
    return n + bytes;
}

static size_t move_up(char *out, size_t n, unsigned rows)
{
    return rows == 0 ? n : n + (size_t)sprintf(out + n, "\033[%uA", rows);
}

size_t edited_clear(struct edited *edited, char *out)
{
    size_t n = move_up(out, 0, edited->row);

    edited->row = 0;
    return put(out, n, "\r\033[J", 4);
}

size_t edited_draw(struct edited *edited, const char *text, size_t bytes, size_t cursor,
                   unsigned columns, unsigned height, char *out)
{
    static struct shown shown;
    static size_t begins[MOST_ROWS + 1];
    unsigned rows = 0, row = 0;
    size_t n = edited_clear(edited, out), at = 0;

    choose(&shown, text, bytes, cursor);
    shown.text[shown.bytes] = '\0';
    do {
        begins[rows] = at;
        row = shown.cursor >= at ? rows : row;
        at += row_at(&shown, at, columns);
        rows++;
    } while (at < shown.bytes);
    if (shown.cursor == at &&
        rows_width(shown.text + begins[rows - 1], at - begins[rows - 1]) >= columns) {
        /* The cursor stands at the start of a row that has no text yet. */
        row = rows;
        begins[rows++] = at;
    }
    begins[rows] = at;
    height = height == 0 ? 1 : height;
    unsigned first = row < height ? 0 : row - height + 1;
    unsigned last = rows - first > height ? first + height : rows;
    for (unsigned i = first; i < last; i++) {
        n = put(out, n, "\n", i > first);
        n = put(out, n, shown.text + begins[i], begins[i + 1] - begins[i]);
    }
    n = move_up(out, n, last - 1 - row);
    n = put(out, n, "\r", 1);
    edited->row = row - first;
    return put(out, n, shown.text + begins[row], shown.cursor - begins[row]);
}

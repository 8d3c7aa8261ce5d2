#include "rows.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "port.h"

/* A narrow terminal gets a smaller indent. */
enum { INDENT = 4, NARROW = 16, NARROW_INDENT = 1, UNKNOWN_COLUMNS = 80, UNKNOWN_ROWS = 24 };

void rows_start(void)
{
    if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
        /* readline calls setlocale() itself, so set the environment too. */
        setenv("LC_ALL", "C.UTF-8", 1);
        setlocale(LC_CTYPE, "");
    }
}

static struct winsize size_of(void)
{
    struct winsize size = {0};

    (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    return size;
}

unsigned rows_columns(void)
{
    unsigned columns = size_of().ws_col;

    return columns == 0 ? UNKNOWN_COLUMNS : columns;
}

unsigned rows_height(void)
{
    unsigned rows = size_of().ws_row;

    return rows == 0 ? UNKNOWN_ROWS : rows;
}

/*
 * Columns of a character. When in doubt, overestimate: breaking a row early does no
 * harm, but letting the terminal break it does.
 */
static unsigned width_of(wchar_t c)
{
    enum { EMOJI_STYLE = 0xFE0F, FIRST_REGION = 0x1F1E6, LAST_REGION = 0x1F1FF };

    if (c == EMOJI_STYLE) {
        return 1; /* it makes a narrow character wide */
    }
    if (c >= FIRST_REGION && c <= LAST_REGION) {
        return 2;
    }
    int width = wcwidth(c);
    return width < 0 ? 2 : (unsigned)width;
}

/* The next character's length and width. */
static size_t measure(const char *text, size_t bytes, unsigned *width)
{
    mbstate_t state = {0};
    wchar_t c;

    *width = 1;
    if ((unsigned char)*text < 0x80) {
        return 1;
    }
    size_t length = mbrtowc(&c, text, bytes, &state);
    if (length == 0 || length > bytes) {
        return 1; /* not a valid character */
    }
    *width = width_of(c);
    return length;
}

void rows_clean(char *out, const char *text, size_t bytes)
{
    size_t length;

    for (size_t at = 0; at < bytes; at += length) {
        mbstate_t state = {0};
        wchar_t c = L'\0';
        length = mbrtowc(&c, text + at, bytes - at, &state);
        bool valid = length > 0 && length <= bytes - at;
        length = valid ? length : 1;
        if (valid && !iswcntrl((wint_t)c)) {
            memcpy(out + at, text + at, length);
        } else {
            memset(out + at, '?', length);
        }
    }
}

/*
 * Whether the byte belongs to a sequence of the program's own, or is another control character:
 * text that comes from elsewhere has none.
 */
static bool is_silent(unsigned *escape, char byte)
{
    enum { ESCAPE = 0x1B };

    if (*escape == 0) {
        *escape = byte == ESCAPE;
        return (unsigned char)byte < ' ';
    }
    *escape = *escape == 1 ? 2 : byte < '@' || byte > '~' ? 2 : 0;
    return true;
}

size_t rows_cut(const char *text, size_t bytes, unsigned columns)
{
    unsigned escape = 0, width, taken = 0;
    size_t at = 0, length;

    for (; at < bytes; at += length) {
        length = 1;
        if (is_silent(&escape, text[at])) {
            continue;
        }
        length = measure(text + at, bytes - at, &width);
        if (taken + width > columns) {
            break;
        }
        taken += width;
    }
    return at;
}

unsigned rows_width(const char *text, size_t bytes)
{
    unsigned escape = 0, width, taken = 0;
    size_t length;

    for (size_t at = 0; at < bytes; at += length) {
        length = 1;
        if (!is_silent(&escape, text[at])) {
            length = measure(text + at, bytes - at, &width);
            taken += width;
        }
    }
    return taken;
}

static size_t put(char *out, size_t at, const char *text, size_t bytes)
{
    if (out != NULL) {
        memcpy(out + at, text, bytes);
    }
    return at + bytes;
}

bool rows_break(struct rows *rows)
{
    rows->broken = rows->column > 0;
    rows->column = 0;
    return rows->broken;
}

/* The columns that are left blank in front of the line's further rows. */
static unsigned indent_of(const struct rows *rows, unsigned columns)
{
    return rows->indent > 0 ? rows->indent : columns < NARROW ? NARROW_INDENT : INDENT;
}

static size_t put_blanks(char *out, size_t at, unsigned count)
{
    if (out != NULL) {
        memset(out + at, ' ', count);
    }
    return at + count;
}

size_t rows_lay(struct rows *rows, unsigned columns, const char *text, size_t bytes, char *out)
{
    unsigned width;
    size_t n = 0, length;

    for (size_t at = 0; at < bytes; at += length) {
        length = 1;
        if (text[at] == '\n') {
            /* If the row has just been broken, that already ended the line. */
            n = rows->broken ? n : put(out, n, "\n", 1);
            *rows = (struct rows){.column = 0};
            continue;
        }
        if (text[at] == PORT_INDENT) {
            rows->indent = rows->column <= columns / 2 ? rows->column : 0;
            continue;
        }
        if (is_silent(&rows->escape, text[at])) {
            n = put(out, n, text + at, 1);
            continue;
        }
        length = measure(text + at, bytes - at, &width);
        unsigned indent = indent_of(rows, columns);
        if (rows->column + width > columns && rows->column > indent) {
            rows_break(rows);
            n = put(out, n, "\n", 1);
        }
        if (rows->broken) {
            n = put_blanks(out, n, indent);
            rows->column = indent;
            rows->broken = false;
        }
        n = put(out, n, text + at, length);
        rows->column += width;
    }
    return n;
}

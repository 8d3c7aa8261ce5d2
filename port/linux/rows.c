#include "rows.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

/* A narrow terminal gets a smaller indent. */
enum { INDENT = 4, NARROW = 16, NARROW_INDENT = 1, UNKNOWN_COLUMNS = 80 };

void rows_start(void)
{
    if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
        /* readline calls setlocale() itself, so set the environment too. */
        setenv("LC_ALL", "C.UTF-8", 1);
        setlocale(LC_CTYPE, "");
    }
}

unsigned rows_columns(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 ? UNKNOWN_COLUMNS
                                                                           : size.ws_col;
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

size_t rows_lay(struct rows *rows, unsigned columns, const char *text, size_t bytes, char *out)
{
    static const char blanks[INDENT + 1] = "    ";
    unsigned indent = columns < NARROW ? NARROW_INDENT : INDENT, width;
    size_t n = 0, length;

    for (size_t at = 0; at < bytes; at += length) {
        length = measure(text + at, bytes - at, &width);
        if (text[at] == '\n') {
            /* If the row has just been broken, that already ended the line. */
            n = rows->broken ? n : put(out, n, "\n", 1);
            *rows = (struct rows){.column = 0};
            continue;
        }
        if (rows->column + width > columns && rows->column > indent) {
            rows_break(rows);
            n = put(out, n, "\n", 1);
        }
        if (rows->broken) {
            n = put(out, n, blanks, indent);
            *rows = (struct rows){.column = indent};
        }
        n = put(out, n, text + at, length);
        rows->column += width;
    }
    return n;
}

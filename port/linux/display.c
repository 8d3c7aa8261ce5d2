#include "display.h"

#include <string.h>

#include "outlet.h"
#include "rows.h"

enum {
    SCREEN_BYTES = 65536,
    /*
     * What was shown last, to show it again when the terminal has another size. A byte takes at
     * most eight once it is laid out.
     */
    RECENT_BYTES = SCREEN_BYTES / 8
};

static struct {
    char text[SCREEN_BYTES];
    size_t bytes;
    struct rows rows; /* where the output ends */
    bool torn;        /* what was drawn did not fit: redraw once there is room */
    bool gone;
} screen;

static struct {
    char text[RECENT_BYTES];
    size_t bytes;
} recent;

static bool moved; /* the rows above are all this program's */

/* --- The buffer ------------------------------------------------------------ */

void display_put(const char *text, size_t bytes)
{
    size_t room = SCREEN_BYTES - screen.bytes;

    if (screen.torn || bytes > room) {
        screen.torn = true;
    } else {
        memcpy(screen.text + screen.bytes, text, bytes);
        screen.bytes += bytes;
    }
}

void display_flush(void)
{
    if (screen.bytes > 0 && !screen.gone) {
        int n = outlet_write(screen.text, screen.bytes);
        if (n < 0) {
            screen.gone = true;
        } else {
            screen.bytes -= (size_t)n;
            memmove(screen.text, screen.text + n, screen.bytes);
        }
    }
    if (screen.gone) {
        screen.bytes = 0;
    }
}

bool display_is_torn(void)
{
    return screen.torn;
}

bool display_was_torn(void)
{
    bool so = screen.torn && screen.bytes == 0;

    screen.torn = screen.torn && !so;
    return so;
}

bool display_holds(void)
{
    return screen.bytes > 0;
}

bool display_is_gone(void)
{
    return screen.gone;
}

/* --- What was shown last ----------------------------------------------------- */

static void forget_oldest(size_t wanted)
{
    const char *end = recent.text;

    while (end != NULL && (size_t)(end - recent.text) < wanted) {
        end = memchr(end, '\n', recent.bytes - (size_t)(end - recent.text));
        end = end == NULL ? NULL : end + 1;
    }
    size_t dropped = end == NULL ? recent.bytes : (size_t)(end - recent.text);
    recent.bytes -= dropped;
    memmove(recent.text, recent.text + dropped, recent.bytes);
}

static void remember(const char *text, size_t bytes)
{
    if (bytes > sizeof recent.text) {
        text += bytes - sizeof recent.text;
        bytes = sizeof recent.text;
        const char *end = memchr(text - 1, '\n', bytes);
        if (end != NULL) {
            bytes -= (size_t)(end + 1 - text);
            text = end + 1;
        }
    }
    if (bytes > sizeof recent.text - recent.bytes) {
        size_t wanted = bytes - (sizeof recent.text - recent.bytes);
        forget_oldest(wanted > RECENT_BYTES / 4 ? wanted : RECENT_BYTES / 4);
    }
    memcpy(recent.text + recent.bytes, text, bytes);
    recent.bytes += bytes;
}

void display_forget(void)
{
    recent.bytes = 0;
}

/* The rows of a line, its end included. */
static unsigned rows_of(const char *line, size_t bytes, unsigned columns)
{
    static char laid[SCREEN_BYTES];
    struct rows rows = {.column = 0};
    unsigned count = 1;

    size_t n = rows_lay(&rows, columns, line, bytes, laid);
    for (size_t i = 0; i + 1 < n; i++) {
        count += laid[i] == '\n';
    }
    return count;
}

/* Where the last lines begin that fit into so many rows; one at least. */
static size_t last_lines(unsigned columns, unsigned room)
{
    size_t begin = recent.bytes;
    unsigned taken = 0;

    while (begin > 0) {
        size_t line = begin - 1;
        while (line > 0 && recent.text[line - 1] != '\n') {
            line--;
        }
        taken += rows_of(recent.text + line, begin - line, columns);
        if (taken > room && begin < recent.bytes) {
            break;
        }
        begin = line;
    }
    return begin;
}

/* Puts laid text on the screen from its top, where each row replaces what was there. */
static void put_over(const char *laid, size_t bytes)
{
    for (size_t at = 0; at < bytes;) {
        const char *end = memchr(laid + at, '\n', bytes - at);
        size_t n = end == NULL ? bytes - at : (size_t)(end - laid) - at;
        display_put("\033[K", 3);
        display_put(laid + at, n);
        at += n;
        if (end != NULL) {
            display_put("\n", 1);
            at++;
        }
    }
}

void display_repaint(unsigned block)
{
    static char laid[SCREEN_BYTES];
    unsigned columns = rows_columns(), height = rows_height();

    if (!moved) {
        display_put("\033[999;1H", 8);
        for (unsigned row = 0; row < height; row++) {
            display_put("\n", 1);
        }
        moved = true;
    }
    size_t begin = last_lines(columns, height > block ? height - block : 1);
    display_put("\033[m\033[H", 6);
    screen.rows = (struct rows){.column = 0};
    put_over(laid,
             rows_lay(&screen.rows, columns, recent.text + begin, recent.bytes - begin, laid));
    if (rows_break(&screen.rows)) {
        display_put("\n", 1);
    }
    display_put("\033[J", 3);
}

/* --- Text --------------------------------------------------------------------- */

size_t display_room(const char *text, size_t bytes, unsigned columns)
{
    size_t room = SCREEN_BYTES - DISPLAY_DRAWING_BYTES, fits = 0, laid = screen.bytes;
    struct rows rows = screen.rows;

    while (fits < bytes) {
        const char *end = memchr(text + fits, '\n', bytes - fits);
        size_t line = end == NULL ? bytes - fits : (size_t)(end - text) + 1 - fits;
        laid += rows_lay(&rows, columns, text + fits, line, NULL);
        if (laid >= room) {
            break;
        }
        fits += line;
    }
    return fits;
}

void display_show(const char *text, size_t bytes, unsigned columns)
{
    remember(text, bytes);
    screen.bytes += rows_lay(&screen.rows, columns, text, bytes, screen.text + screen.bytes);
}

void display_end_row(void)
{
    if (rows_break(&screen.rows)) {
        screen.text[screen.bytes++] = '\n';
    }
}

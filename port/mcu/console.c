#include "console.h"
#include "board.h"
#include "entropy.h"
#include "lwchat_config.h"
#include "lwchat_error.h"
#include "os.h"
#include "port.h"

#include <string.h>

/*
 * A terminal on a serial line has no line discipline: this file echoes input,
 * edits it, and clears the half-typed line from the screen while output is shown.
 *
 *   UART --> typed[] --> line[] --> port_console_read()
 *   UART <-- to_send[] <-- port_console_write(), and the echo of line[]
 *
 * A line longer than line[] is passed on unedited, so that its reader can reject
 * the whole of it.
 */

#define TYPED_BYTES   512 /* for a paste while the loop is busy; a power of two */
#define TO_SEND_BYTES 512 /* a power of two */
#define LINE_BYTES    (LWCHAT_LINE_BYTES + 1)
#define ROW_END       "\r\n    " /* the indent keeps a wrapped row from looking like a new line */

enum key { KEY_ENTER = '\r', KEY_BACKSPACE = '\b', KEY_DELETE = 0x7F, KEY_ESCAPE = 0x1B };
enum { CONTROL_C = 0x03, CONTROL_U = 0x15 };

/* The producer writes `in`, the consumer `out`; both are free-running. */
struct ring {
    volatile uint16_t in;
    volatile uint16_t out;
};

static char typed[TYPED_BYTES];
static struct ring typed_ring;
static volatile bool typed_full;

static char to_send[TO_SEND_BYTES];
static struct ring to_send_ring;
static volatile bool to_send_full;

static char line[LINE_BYTES];
static uint16_t line_bytes;  /* typed so far */
static uint16_t line_shown;  /* echoed so far */
static uint16_t line_given;  /* returned to the reader, once line_whole */
static bool line_whole;      /* the line has ended, or is too long to edit */
static bool line_passing;    /* a line too long to edit: the rest of it bypasses line[] */
static bool output_open;     /* the last output has not ended its line */
static uint8_t column;       /* of the cursor in the output */
static bool after_return;    /* the last byte was a CR, so an LF belongs to it */
static uint8_t escape_state; /* 0; 1 after ESC; 2 inside ESC [ */

static uint16_t ring_used(const struct ring *ring)
{
    return (uint16_t)(ring->in - ring->out);
}

bool console_takes(void)
{
    bool takes = ring_used(&typed_ring) < TYPED_BYTES;

    if (!takes) {
        typed_full = true; /* only the reader clears it: each UART that waits is resumed */
    }
    return takes;
}

void console_received(char byte)
{
    typed[typed_ring.in % TYPED_BYTES] = byte;
    typed_ring.in++;
    entropy_stir((unsigned char)byte);
    os_wake_from_interrupt();
}

size_t console_waiting(const char **text)
{
    size_t used = ring_used(&to_send_ring);
    size_t at = to_send_ring.out % TO_SEND_BYTES;

    /* Even if it is empty: the ring may have drained before the flag was set. */
    if (to_send_full && used <= TO_SEND_BYTES / 2) {
        to_send_full = false;
        os_wake_from_interrupt();
    }
    *text = &to_send[at];
    return used < TO_SEND_BYTES - at ? used : TO_SEND_BYTES - at;
}

void console_sent(size_t bytes)
{
    to_send_ring.out = (uint16_t)(to_send_ring.out + bytes);
}

static size_t room(void)
{
    return (size_t)TO_SEND_BYTES - ring_used(&to_send_ring);
}

static void put(const char *text, size_t bytes)
{
    size_t at = to_send_ring.in % TO_SEND_BYTES;
    size_t to_end = TO_SEND_BYTES - at < bytes ? TO_SEND_BYTES - at : bytes;

    memcpy(&to_send[at], text, to_end);
    memcpy(to_send, text + to_end, bytes - to_end);
    to_send_ring.in = (uint16_t)(to_send_ring.in + bytes);
}

/* Echoes the part of the line that is not on the screen yet, as far as there is room. */
static void echo(void)
{
    if (!output_open) {
        size_t bytes = line_bytes - line_shown;
        if (bytes > room()) {
            bytes = room();
        }
        put(&line[line_shown], bytes);
        line_shown = (uint16_t)(line_shown + bytes);
    }
    board_uart_send();
}

/* Clears the half-typed line from the screen. @return false when there is no room yet. */
static bool clear_typed(void)
{
    if (line_shown == 0 || output_open) {
        return true;
    }
    if (room() < 4) {
        return false;
    }
    if (line_shown < LWCHAT_CONSOLE_COLUMNS) {
        put("\r\033[K", 4);
    } else {
        put("\r\n", 2);
    }
    line_shown = 0;
    return true;
}

/* Whether the character that was just erased, of `bytes`, belongs to the one before it: a mark, a
 * joiner. */
static bool goes_on(unsigned bytes)
{
    const char *text = &line[line_bytes];
    unsigned first = (unsigned char)text[0];

    return line_bytes != 0 &&
           (first == 0xCCU || first == 0xCDU || (bytes >= 2 && memcmp(text, "\xEF\xB8", 2) == 0) ||
            (bytes >= 3 && memcmp(text, "\xE2\x80", 2) == 0 &&
             ((unsigned char)text[2] & 0xFCU) == 0x8CU) ||
            (bytes >= 4 && memcmp(text, "\xF0\x9F\x8F", 3) == 0 &&
             (unsigned char)text[3] >= 0xBBU) ||
            (line_bytes >= 3 && memcmp(text - 3, "\xE2\x80\x8D", 3) == 0));
}

/*
 * Erases a character, with what belongs to it. Only the terminal knows how many columns that takes,
 * unless it begins with ASCII: the line is echoed again.
 */
static void erase_last(void)
{
    if (line_bytes == 0) {
        return;
    }
    unsigned end;

    do {
        end = line_bytes;
        do { /* a whole UTF-8 character */
            line_bytes--;
        } while (line_bytes != 0 && ((unsigned char)line[line_bytes] & 0xC0U) == 0x80U);
    } while (goes_on(end - line_bytes));
    if (line_shown <= line_bytes) {
        return;
    }
    if ((unsigned char)line[line_bytes] < 0x80U && room() >= 3) {
        put("\b \b", 3);
        line_shown = line_bytes;
    } else {
        /* Without room it is only shown once more. */
        (void)clear_typed();
        line_shown = 0;
    }
}

static void erase_line(void)
{
    (void)clear_typed();
    line_bytes = line_shown = 0;
}

/* True for a byte of an escape sequence, such as a cursor key's. */
static bool is_escape(char byte)
{
    if (escape_state == 0) {
        escape_state = byte == KEY_ESCAPE;
        return escape_state != 0;
    }
    if (escape_state == 1) {
        escape_state = byte == '[' || byte == 'O' ? 2 : 0;
        return escape_state != 0;
    }
    if (byte >= '@' && byte <= '~') {
        escape_state = 0;
    }
    return true;
}

static void end_line(void)
{
    echo();
    if (!output_open && room() >= 2) {
        put("\r\n", 2);
        board_uart_send();
    }
    line[line_bytes++] = '\n';
    line_shown = line_bytes;
    line_whole = true;
}

static void edit(char byte)
{
    if (is_escape(byte)) {
        return;
    }
    switch (byte) {
    case '\n':
        end_line();
        break;
    case KEY_BACKSPACE:
    case KEY_DELETE:
        erase_last();
        break;
    case CONTROL_C:
    case CONTROL_U:
        erase_line();
        break;
    default:
        if ((unsigned char)byte >= ' ' || byte == '\t') {
            line[line_bytes++] = byte;
            line_whole = line_bytes == LINE_BYTES;
        }
        break;
    }
}

/* The next byte typed, with line ends as '\n'; -1 when there is none. */
static int next_typed(void)
{
    while (ring_used(&typed_ring) != 0) {
        char byte = typed[typed_ring.out % TYPED_BYTES];
        typed_ring.out++;
        if (typed_full && ring_used(&typed_ring) <= TYPED_BYTES / 2) {
            typed_full = false;
            board_uart_resume();
        }
        bool second = after_return && byte == '\n';
        after_return = byte == KEY_ENTER;
        if (!second) {
            return byte == KEY_ENTER ? '\n' : (unsigned char)byte;
        }
    }
    return -1;
}

static size_t give_line(char *buffer, size_t bytes)
{
    size_t count = line_bytes - line_given;
    if (count > bytes) {
        count = bytes;
    }
    memcpy(buffer, &line[line_given], count);
    line_given = (uint16_t)(line_given + count);
    if (line_given == line_bytes) {
        line_passing = line[line_bytes - 1] != '\n';
        line_bytes = line_shown = line_given = 0;
        line_whole = false;
    }
    return count;
}

int port_console_read(char *buffer, size_t bytes)
{
    size_t count = 0;

    while (count < bytes) {
        if (line_whole) {
            count += give_line(&buffer[count], bytes - count);
            continue;
        }
        int byte = next_typed();
        if (byte < 0) {
            break;
        }
        if (line_passing) {
            buffer[count++] = (char)byte;
            line_passing = byte != '\n';
        } else {
            edit((char)byte);
        }
    }
    echo();
    return count != 0 ? (int)count : LWCHAT_AGAIN;
}

/*
 * How many of the bytes fit into the row. Characters of two bytes count as one
 * column, longer ones as two: breaking a row early does no harm.
 */
static size_t fit(const char *text, size_t bytes)
{
    unsigned columns = column;
    size_t n = 0;

    for (; n < bytes; n++) {
        unsigned byte = (unsigned char)text[n];
        unsigned width = byte < 0x80U ? 1 : byte >= 0xE0U ? 2 : byte >= 0xC0U;
        if (columns + width > LWCHAT_CONSOLE_COLUMNS) {
            break;
        }
        columns += width;
    }
    column = (uint8_t)columns;
    return n;
}

int port_console_write(const char *text, size_t bytes)
{
    size_t count = 0;

    if (!clear_typed()) {
        to_send_full = true;
        board_uart_send();
        return 0;
    }
    while (count < bytes && room() >= sizeof ROW_END) {
        size_t most = bytes - count < room() ? bytes - count : room();
        const char *end = memchr(&text[count], '\n', most);
        size_t part = end == NULL ? most : (size_t)(end - &text[count]);
        output_open = part != 0;
        if (!output_open) {
            put("\r\n", 2);
            part = 1;
            column = 0;
        } else {
            /* Most lines fit into the row, as no character has more columns than bytes. */
            if (end == NULL || column + part > LWCHAT_CONSOLE_COLUMNS) {
                part = fit(&text[count], part);
            }
            put(&text[count], part);
        }
        if (part == 0) {
            put(ROW_END, sizeof ROW_END - 1);
            column = sizeof ROW_END - 3;
        }
        count += part;
    }
    to_send_full = count < bytes;
    echo();
    return (int)count;
}

bool console_in_line(void)
{
    return output_open;
}

void port_complain(const char *text)
{
    size_t bytes = strlen(text);

    while (bytes != 0) {
        int count = port_console_write(text, bytes);
        text += count;
        bytes -= (size_t)count;
        if (bytes != 0) {
            os_pause();
        }
    }
    while (port_console_write("\n", 1) == 0) {
        os_pause();
    }
}

void console_start(void)
{
    board_uart_start();
}

#include "line.h"
#include "wifi_command.h"

enum { KEY_BACKSPACE = '\b', KEY_DELETE = 0x7F, KEY_ESCAPE = 0x1B };
enum { CONTROL_C = 0x03, CONTROL_U = 0x15 };

/* True for a byte of an escape sequence, such as a cursor key's. */
static bool is_escape(struct line *line, char byte)
{
    if (line->escape == 0) {
        line->escape = byte == KEY_ESCAPE;
        return line->escape != 0;
    }
    if (line->escape == 1) {
        line->escape = byte == '[' || byte == 'O' ? 2 : 0;
        return line->escape != 0;
    }
    if (byte >= '@' && byte <= '~') {
        line->escape = 0;
    }
    return true;
}

/* Shows the bytes from number `from` on. */
static void show_from(const struct line *line, size_t from, line_show *show)
{
    size_t open = wifi_command_open_bytes(line->text, line->bytes);

    if (from < open) {
        show(line->text + from, open - from);
        from = open;
    }
    for (; from < line->bytes; from++) {
        show("*", 1);
    }
}

static bool is_within_character(char byte)
{
    return ((unsigned char)byte & 0xC0U) == 0x80U;
}

static void erase_last(struct line *line, line_show *show)
{
    size_t open = wifi_command_open_bytes(line->text, line->bytes);

    if (line->bytes == 0) {
        return;
    }
    bool shown = line->bytes <= open;
    do { /* a whole UTF-8 character, unless each of its bytes is an asterisk */
        line->bytes--;
    } while (shown && line->bytes > 0 && is_within_character(line->text[line->bytes]));
    line->text[line->bytes] = '\0';
    show("\b \b", 3);
}

static void add(struct line *line, char byte, line_show *show)
{
    if (line->bytes < sizeof line->text - 1) {
        line->text[line->bytes++] = byte;
        line->text[line->bytes] = '\0';
        show_from(line, line->bytes - 1U, show);
    }
}

bool line_type(struct line *line, char byte, line_show *show)
{
    bool second = line->after_return && byte == '\n';

    line->after_return = byte == '\r';
    if (second || is_escape(line, byte)) {
        return false;
    }
    switch (byte) {
    case '\r':
    case '\n':
        show("\n", 1);
        return true;
    case KEY_BACKSPACE:
    case KEY_DELETE:
        erase_last(line, show);
        break;
    case CONTROL_C:
    case CONTROL_U:
        line_hide(line, show);
        line_clear(line);
        break;
    default:
        if ((unsigned char)byte >= ' ' || byte == '\t') {
            add(line, byte, show);
        }
        break;
    }
    return false;
}

void line_echo(const struct line *line, line_show *show)
{
    show_from(line, 0, show);
}

void line_hide(const struct line *line, line_show *show)
{
    if (line->bytes >= LWCHAT_CONSOLE_COLUMNS) {
        show("\n", 1); /* it takes more rows than can be erased */
    } else if (line->bytes > 0) {
        show("\r\033[K", 4);
    }
}

void line_clear(struct line *line)
{
    settings_wipe(line->text, sizeof line->text);
    line->bytes = 0;
}

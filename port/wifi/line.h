/**
 * @file
 * The line that the operator is typing on a serial terminal, which does not echo by itself:
 * Backspace and Ctrl-U edit it, and passwords are shown as asterisks.
 */
#ifndef LINE_H
#define LINE_H

#include "lwchat_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Shows bytes on the terminal; "\n" stands for its line end. */
typedef void line_show(const char *text, size_t bytes);

/** A zeroed one is empty. */
struct line {
    char text[LWCHAT_LINE_BYTES + 2]; /**< what was typed, NUL-terminated */
    uint16_t bytes;
    bool after_return; /**< the last byte was a CR, so an LF belongs to it */
    uint8_t escape;    /**< 0; 1 after ESC; 2 inside ESC [ */
};

/**
 * Takes a byte from the terminal, and echoes it. Of a line that is longer than LWCHAT_LINE_BYTES
 * one more byte is kept, by which the server recognises it as too long; the rest is dropped.
 *
 * @return true when the line has ended. Then use `text`, and call line_clear().
 */
bool line_type(struct line *line, char byte, line_show *show);

/** Shows the line again, after other output. */
void line_echo(const struct line *line, line_show *show);

/** Removes the line from the screen, before other output. */
void line_hide(const struct line *line, line_show *show);

/** Zeroes the text, which may be a password. */
void line_clear(struct line *line);

#endif

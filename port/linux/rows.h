/**
 * @file
 * Breaks lines into rows of a terminal. The rows after the first are indented, so
 * that none of them can be mistaken for a message with a name of its own. Text for
 * a file or a pipe is not broken.
 */
#ifndef LWCHAT_LINUX_ROWS_H
#define LWCHAT_LINUX_ROWS_H

#include <stdbool.h>
#include <stddef.h>

/** The position of the next character; all 0 at the start of a line. */
struct rows {
    unsigned column;
    unsigned indent; /**< of the line's further rows; 0: the usual one */
    unsigned escape; /**< within a sequence that sets a colour, which takes no column */
    bool broken;     /**< the row before was broken within a line */
};

/** Sets the locale so that the widths of characters are known. Once, before rows_lay(). */
void rows_start(void);

/** The width of the terminal on standard output, and its height. */
unsigned rows_columns(void);
unsigned rows_height(void);

/** The columns that `text` takes, without line ends. */
unsigned rows_width(const char *text, size_t bytes);

/**
 * Copies text that was typed to `out`, of the same length: the bytes of what is no character, or
 * controls a terminal, become '?'.
 */
void rows_clean(char *out, const char *text, size_t bytes);

/** The length of the front of `text`, with its sequences, that takes at most `columns` columns. */
size_t rows_cut(const char *text, size_t bytes, unsigned columns);

/**
 * Lays out `bytes` bytes of text, and advances `rows`. PORT_INDENT (port.h) takes no column: the
 * line's further rows begin there, if that leaves them half of the terminal.
 *
 * @param out  where to write the result; NULL only measures it
 * @return the number of bytes in the result.
 */
size_t rows_lay(struct rows *rows, unsigned columns, const char *text, size_t bytes, char *out);

/** Breaks the current row, unless it is empty. @return true when the caller must write a '\n'. */
bool rows_break(struct rows *rows);

#endif

/**
 * @file
 * Rows of a terminal. A line that is wider than the terminal goes on behind an
 * indent, so that no row of what somebody says begins where a name stands. Text
 * for a file or a pipe has no rows.
 */
#ifndef LWCHAT_LINUX_ROWS_H
#define LWCHAT_LINUX_ROWS_H

#include <stdbool.h>
#include <stddef.h>

/** Where the next character goes; all 0 at the start of a line. */
struct rows {
    unsigned column;
    bool broken; /**< the row before ended within a line */
};

/** Sets the locale so that the widths of characters are known. Once, before rows_lay(). */
void rows_start(void);

/** Columns of the terminal that standard output is. */
unsigned rows_columns(void);

/**
 * Lays text out.
 *
 * @param out  where it goes; NULL: nowhere, it is only measured
 * @return the number of bytes that it takes, laid out.
 */
size_t rows_lay(struct rows *rows, unsigned columns, const char *text, size_t bytes, char *out);

/** Ends the row under way, if there is one. @return true when it was: a '\n' is to be written. */
bool rows_break(struct rows *rows);

#endif

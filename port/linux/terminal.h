/**
 * @file
 * A terminal on which lines are edited with readline. Output appears above the
 * half-typed line (display.h). Without terminal_start() it only shows output.
 *
 * readline edits the line, and knows its keys and history. The rest, which differs from
 * version to version or waits for keys, is done here: drawing (edited.h), pastes
 * (paste.h), completing, and a terminal of another size; there are no searches. libedit
 * would avoid readline's licence (GPL 3, for a program that is linked with it), but its
 * lines cannot have marks and joiners, which take no column: they replace the letter
 * before them.
 */
#ifndef LWCHAT_LINUX_TERMINAL_H
#define LWCHAT_LINUX_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Takes over the terminal on standard input, now or when this program comes to its
 * foreground. In the background it only writes. Open the outlet and call
 * rows_start() first.
 * @param for_client  what is typed is kept (typed.h), and pastes of several lines are asked about
 */
void terminal_start(bool for_client);

/** True while this program is in the background and may come to the foreground. */
bool terminal_is_away(void);

/** Waits up to `timeout_ms` for pending output, then restores the terminal. */
void terminal_stop(int timeout_ms);

/** As port_console_read(): whole lines. */
int terminal_read(char *buffer, size_t bytes);

/** As port_console_write(). Text without a line end gets a row of its own. */
int terminal_write(const char *text, size_t bytes);

/** True while keys are worth reading. */
bool terminal_listens(void);

/** True while output is pending, or the line has to be redrawn. */
bool terminal_holds(void);

/** Reads keys and writes pending output, without waiting. */
void terminal_ready(void);

#endif

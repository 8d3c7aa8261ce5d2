/**
 * @file
 * A terminal on which lines are edited with readline while others write:
 * what they write appears above the half-typed line, in rows (rows.h). The
 * screen is a bounded buffer before the outlet, so that a terminal that stops
 * stops nobody. Without terminal_start() it only shows.
 */
#ifndef LWCHAT_LINUX_TERMINAL_H
#define LWCHAT_LINUX_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/** True while a shell may give the terminal on standard input to this program, and take it. */
bool terminal_is_shared(void);

/** True in its foreground: this program may read and change it. */
bool terminal_is_ours(void);

/**
 * Takes the terminal on standard input over, now or when this program comes to
 * its foreground. Until then, and whenever it is in the background, it only
 * writes. The outlet is open, and rows_start() was called.
 */
void terminal_start(void);

/** True while it is in the background, and may come to the foreground. */
bool terminal_is_away(void);

/** Shows what can be shown in `timeout_ms`, and gives the terminal back as it was. */
void terminal_stop(int timeout_ms);

/** As port_console_read(): whole lines. */
int terminal_read(char *buffer, size_t bytes);

/** As port_console_write(). Text without an end gets a row of its own. */
int terminal_write(const char *text, size_t bytes);

/** True while keys are worth reading. */
bool terminal_listens(void);

/** True while output is held up, or the line is to be drawn anew. */
bool terminal_holds(void);

/** Reads keys and writes what is held up, as far as both go. */
void terminal_ready(void);

#endif

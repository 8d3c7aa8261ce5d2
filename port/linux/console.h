/**
 * @file
 * The console on standard input and output, whatever they are. It implements
 * port_console_read(), port_console_write() and port_complain(), and tells the
 * port's loop which descriptors to watch. Nothing here blocks after
 * console_start().
 */
#ifndef LWCHAT_LINUX_CONSOLE_H
#define LWCHAT_LINUX_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Opens /dev/null for each standard descriptor that is closed, so that no other
 * file gets its number. Call it before anything is opened.
 */
void console_reserve(void);

/**
 * Takes over the console. On a terminal, lines are edited with readline from now
 * on. Call it after signals_start().
 * @param patience_ms  how long output to a full disk waits for room before it is
 *                     given up; UINT32_MAX forever
 * @param for_client   a client's user types: see terminal_start()
 */
void console_start(uint32_t patience_ms, bool for_client);

/** Waits half a second at most for pending output, then restores the terminal. */
void console_stop(void);

/**
 * The descriptor to watch for input; -1 at the end of input, and while the program
 * has not yet read all available input. It changes, so ask before each wait.
 */
int console_input_fd(void);

/** The descriptor to watch for room while output is blocked, or -1. Ask before each wait. */
int console_output_fd(void);

/** Call it when one of these descriptors is ready. */
void console_ready(void);

/**
 * The longest wait in ms, for events that no descriptor reports: the terminal was
 * given to this program, as by "fg", or a disk has room again. UINT32_MAX for no
 * limit. Ask before each wait.
 */
uint32_t console_due(void);

#endif

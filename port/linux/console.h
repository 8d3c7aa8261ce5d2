/**
 * @file
 * The console: standard input and output, whatever they are. It fulfils
 * port_console_read(), port_console_write() and port_complain(), and tells the
 * port's loop which descriptors to watch. Nothing here blocks once it is
 * started.
 */
#ifndef LWCHAT_LINUX_CONSOLE_H
#define LWCHAT_LINUX_CONSOLE_H

#include <stdint.h>

/**
 * Opens /dev/null where a standard descriptor is closed, so that nothing else
 * is opened in its place. Call it before anything is opened.
 */
void console_reserve(void);

/**
 * Takes the console over. On a terminal, lines are edited with readline from
 * now on. Call it when signals are dealt with (signals.h).
 * @param patience_ms  how long output to a disk that is full waits for room,
 *                     until it is given up; UINT32_MAX for ever
 */
void console_start(uint32_t patience_ms);

/** Gives what output can go the time to go, half a second at most, and the terminal back. */
void console_stop(void);

/**
 * The descriptor to watch for input; -1 when none is worth watching: at the
 * end of input, and while the program has not yet read all there is. It
 * changes, so ask before each wait. It is never one that epoll refuses.
 */
int console_input_fd(void);

/** The descriptor to watch for room while output is held up, else -1. Ask before each wait. */
int console_output_fd(void);

/** Call it when one of the two is ready. */
void console_ready(void);

/**
 * The longest wait in ms, where nothing tells that the console is ready: that
 * the terminal was given to this program, as by "fg", or that a disk has room
 * again. UINT32_MAX: as long as one likes. Ask before each wait.
 */
uint32_t console_due(void);

#endif

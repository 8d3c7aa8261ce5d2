/**
 * @file
 * The console on the board's UART.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdbool.h>

/** Starts the UART. Call it once, from the application's task. */
void console_start(void);

/** True while the last output has not ended its line, so that more would land in the middle of it.
 */
bool console_in_line(void);

#endif

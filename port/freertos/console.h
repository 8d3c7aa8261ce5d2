/**
 * @file
 * The console on the board's UART.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdbool.h>

/** Takes the UART into use. Once, from the application's task. */
void console_start(void);

/** True while the last thing shown has not ended its line: another one would go into its middle. */
bool console_in_line(void);

#endif

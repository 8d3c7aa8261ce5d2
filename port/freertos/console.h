/**
 * @file
 * The console on the board's UART.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

/** Takes the UART into use. Once, from the application's task. */
void console_start(void);

#endif

/** @file The interface between sock.c and port.c of this folder. */
#ifndef LWCHAT_TESTS_KERNEL_H
#define LWCHAT_TESTS_KERNEL_H

/** @return the console's input descriptor; -1 once the input has ended. */
int kernel_console_fd(void);

/** The console has input: the next port_console_read() reads it. */
void kernel_console_ready(void);

#endif

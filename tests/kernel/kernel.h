/** @file Between the kernel's sock.c and port.c. */
#ifndef LWCHAT_TESTS_KERNEL_H
#define LWCHAT_TESTS_KERNEL_H

/** The descriptor that the console is read from; -1 once it has ended. */
int kernel_console_fd(void);

/** The console has input: the next port_console_read() looks for it. */
void kernel_console_ready(void);

#endif

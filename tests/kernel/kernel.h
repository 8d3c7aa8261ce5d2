/** @file Between the kernel's sock.c and port.c. */
#ifndef LWCHAT_TESTS_KERNEL_H
#define LWCHAT_TESTS_KERNEL_H

/** The descriptor that the console is read from; -1 once it has ended. */
int kernel_console_fd(void);

#endif

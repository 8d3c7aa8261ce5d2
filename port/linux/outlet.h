/**
 * @file
 * Standard output, written without ever blocking, and without making it
 * non-blocking for the shell that shares it.
 */
#ifndef LWCHAT_LINUX_OUTLET_H
#define LWCHAT_LINUX_OUTLET_H

#include <stdbool.h>
#include <stddef.h>

/** Opens `fd` for writing without blocking. Keeps an outlet that is open. */
void outlet_open(int fd);

/** @return the number of bytes written; 0 when it is full; LWCHAT_GONE. */
int outlet_write(const char *text, size_t bytes);

/** The descriptor to poll for room. */
int outlet_fd(void);

/** Waits for room. @return false when there is none after `timeout_ms`; negative waits for ever. */
bool outlet_wait(int timeout_ms);

#endif

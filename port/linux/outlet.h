/**
 * @file
 * Standard output, written without ever blocking, and without making it
 * non-blocking for the shell that shares it.
 */
#ifndef LWCHAT_LINUX_OUTLET_H
#define LWCHAT_LINUX_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Opens `fd` for writing without blocking. Keeps an outlet that is open. */
void outlet_open(int fd);

/**
 * @return the number of bytes written; 0 when it is full, as a disk can be;
 *         LWCHAT_GONE.
 */
int outlet_write(const char *text, size_t bytes);

/** The descriptor to poll for room; -1 for a file, of whose room nobody is told: see outlet_due().
 */
int outlet_fd(void);

/** For how long a file has been full, in ms; 0 when it is not. */
uint32_t outlet_full_ms(void);

/** How many ms apart a file that is full is worth another write; UINT32_MAX for all else. */
uint32_t outlet_due(void);

/**
 * Waits for room. @return false when there is none after `timeout_ms` (negative
 * waits for ever), or when it is a file that is full.
 */
bool outlet_wait(int timeout_ms);

#endif

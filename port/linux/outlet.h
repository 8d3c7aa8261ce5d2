/**
 * @file
 * Non-blocking writes to standard output, without setting O_NONBLOCK for the shell
 * that shares it.
 */
#ifndef LWCHAT_LINUX_OUTLET_H
#define LWCHAT_LINUX_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Opens `fd` for non-blocking writes. Does nothing when the outlet is already open. */
void outlet_open(int fd);

/**
 * @return the number of bytes written, 0 when there is no room; or LWCHAT_GONE.
 */
int outlet_write(const char *text, size_t bytes);

/** The descriptor to poll for room; -1 for a file, which poll() cannot report on: see outlet_due().
 */
int outlet_fd(void);

/** For how many ms the file's disk has been full; 0 when it is not. */
uint32_t outlet_full_ms(void);

/** The interval in ms for trying to write again when the disk is full; otherwise UINT32_MAX. */
uint32_t outlet_due(void);

/**
 * Waits for room. @return false when there is none after `timeout_ms` (negative
 * waits forever), or when the file's disk is full.
 */
bool outlet_wait(int timeout_ms);

#endif

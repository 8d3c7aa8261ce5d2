/**
 * @file
 * Writing to regular files, which may be on a full disk.
 */
#ifndef LWCHAT_LINUX_FILES_H
#define LWCHAT_LINUX_FILES_H

#include <stddef.h>

/**
 * Writes to an open file.
 * @return the number of bytes written. If they are fewer, the disk is full or fails: the reason is
 *         then the cause alone.
 */
size_t files_write(int file, const char *data, size_t bytes);

#endif

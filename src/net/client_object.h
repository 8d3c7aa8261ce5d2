/**
 * @file
 * Typed lines as objects of the JSON dialect, and back. It does no I/O.
 */
#ifndef LWCHAT_CLIENT_OBJECT_H
#define LWCHAT_CLIENT_OBJECT_H

#include <stddef.h>
#include <stdint.h>

/** The most bytes of an object with a typed line of `bytes` bytes. */
#define CLIENT_OBJECT_BYTES(bytes) (2 * (bytes) + 16)

/**
 * Writes a typed line as an object and a line end: a command, or something to say. `fin` alone is
 * the command /quit.
 * @param out  CLIENT_OBJECT_BYTES(bytes) long
 * @return the length.
 */
size_t client_object_write(char *out, const char *line, size_t bytes);

/** Writes the request for what was said since. @param out  80 bytes long. @return the length. */
size_t client_object_resume(char *out, uint64_t start, uint64_t seq);

/**
 * Reads an object that client_object_write() wrote, in place: the typed line is then at its front.
 * @return the line's length; 0 for another object.
 */
size_t client_object_read(char *line, size_t bytes);

#endif

/**
 * @file
 * What may be shown to a person, told by another way than the core's.
 */
#ifndef LWCHAT_SIM_SAFE_H
#define LWCHAT_SIM_SAFE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * True when all of `text` is well-formed UTF-8, nothing in it is banned or
 * stands where it means nothing, and nothing heaps up or stays open.
 */
bool safe_text(const char *text, size_t bytes);

/** True for a row of a QR code: 33 half blocks and blanks, with a light margin. */
bool safe_qr_row(const char *line, size_t bytes);

/** True when a line of the server's says whose it is: somebody's, the server's, or the end. */
bool safe_line(const char *line, size_t bytes, bool on_console);

#endif

/**
 * @file
 * Checks of what is shown to people, written independently of the core.
 */
#ifndef LWCHAT_SIM_SAFE_H
#define LWCHAT_SIM_SAFE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * True if `text` is well-formed UTF-8 without banned code points, without
 * code points that mean nothing where they are, without stacks of marks, and
 * without unclosed isolates.
 */
bool safe_text(const char *text, size_t bytes);

/** True for a row of a QR code: 33 half blocks and blanks, with a light margin. */
bool safe_qr_row(const char *line, size_t bytes);

/** True if a line from the server shows who sent it: a nick, the server, or the final "fin". */
bool safe_line(const char *line, size_t bytes, bool on_console);

#endif

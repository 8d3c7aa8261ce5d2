/**
 * @file
 * What was typed, kept from start to start in $XDG_STATE_HOME/lwchat/history (or
 * ~/.local/state), which only its owner can read. A line that begins with a space,
 * that is private, or that may hold a password, is not kept. Where the file cannot be written,
 * nothing is kept.
 */
#ifndef LWCHAT_LINUX_TYPED_H
#define LWCHAT_LINUX_TYPED_H

#include <stdbool.h>

/** Lines that are remembered. */
enum { TYPED_LINES = 500 };

/** Adds the lines that were kept to readline's history. */
void typed_start(void);

/** Adds a line to readline's history, and keeps it. */
void typed_add(const char *line);

/** True if the line may be kept. */
bool typed_may_keep(const char *line);

/** Shortens the file to TYPED_LINES, if it has grown to twice as many; forgets the history. */
void typed_stop(void);

#endif

/**
 * @file
 * What a line of a session means: a command, or something said.
 */
#ifndef LWCHAT_COMMAND_H
#define LWCHAT_COMMAND_H

#include "chat.h"

/**
 * Does what one line of a session says.
 * @param text  the line, not yet made safe
 * @return false when the log has no room for it now: nothing was done.
 */
bool command_line(struct chat *chat, unsigned session, const char *text, size_t bytes);

#endif

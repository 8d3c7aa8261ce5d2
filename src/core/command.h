/**
 * @file
 * What a line of a session means: a command, or something said.
 */
#ifndef LWCHAT_COMMAND_H
#define LWCHAT_COMMAND_H

#include "session.h"

/**
 * Does what one line of a session says, which is not yet made safe.
 * @return false when the log takes no input now: nothing was done.
 */
bool command_line(struct chat *chat, struct chat_session *session, const struct framing_line *line);

/**
 * The sentence of /help at `step`, for the operator or for others.
 * @param next  set to the step after it
 * @return WORDS_CHAT past the last.
 */
enum word_chat command_help(unsigned step, bool to_operator, uint16_t *next);

#endif

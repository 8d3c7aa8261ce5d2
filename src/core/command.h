/**
 * @file
 * Executes a session's lines: commands and messages.
 */
#ifndef LWCHAT_COMMAND_H
#define LWCHAT_COMMAND_H

#include "session.h"

/**
 * Executes one line of a session, which is not yet made safe to show.
 * @return false while readers hold the log: nothing was done.
 */
bool command_line(struct chat *chat, struct chat_session *session, const struct framing_line *line);

/**
 * The sentence of /help at `step`, for the operator or for people.
 * @param next  set to the step after it
 * @return WORDS_CHAT past the last.
 */
enum word_chat command_help(unsigned step, bool to_operator, uint16_t *next);

#endif

/**
 * @file
 * A session's input: from bytes to lines, within its rate.
 */
#ifndef LWCHAT_INPUT_H
#define LWCHAT_INPUT_H

#include "session.h"

/** Delivers an incomplete line as a message once it has been quiet for long enough. */
void input_tick(struct chat *chat, struct chat_session *session);

/**
 * Does what input_tick() and input_tick_buffers() left undone since readers held the log. To be
 * called before any new input, which may use up the log's room.
 */
void input_pass(struct chat *chat);

/**
 * If a line waits for a buffer: drops the line that has been incomplete longest,
 * for at least LWCHAT_PARTIAL_MS, and tells its owner. If none is that old, cuts
 * the connection that has left the rest of a line unsent longest, for at least
 * LWCHAT_END_MS.
 */
void input_tick_buffers(struct chat *chat);

#endif

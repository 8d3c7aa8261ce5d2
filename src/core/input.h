/**
 * @file
 * From bytes to what a session says, no faster than it may.
 */
#ifndef LWCHAT_INPUT_H
#define LWCHAT_INPUT_H

#include "session.h"

/** Takes an incomplete line that has been quiet for long enough as a message. */
void input_tick(struct chat *chat, struct chat_session *session);

/**
 * When a line waits for a buffer: drops the one that has been incomplete
 * longest, LWCHAT_PARTIAL_MS at least, and tells its owner. With none that old,
 * it cuts the connection that has kept the rest of a line unsent longest,
 * LWCHAT_END_MS at least.
 */
void input_tick_buffers(struct chat *chat);

#endif

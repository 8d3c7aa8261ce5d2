/**
 * @file
 * The newest lines, rendered once for all sessions that read from the same
 * position, in the same room and dialect, with the same line ends. A session is
 * not sent its own lines.
 */
#ifndef LWCHAT_BLOCK_H
#define LWCHAT_BLOCK_H

#include "session.h"

/**
 * Gets a session's next output, if it is in the block or can be added to it.
 * @param place  the session's place; moved past the output
 * @param bytes  set to the length; 0 when there is nothing now
 * @return the output, in the block or in `chat->out`; NULL when it has to be rendered for this
 *         session alone, from `place` on.
 */
const char *block_read(struct chat *chat, const struct chat_session *session,
                       struct chat_place *place, size_t *bytes);

/** Drops lines whose records are gone. It must be called before positions wrap. */
void block_tick(struct chat *chat);

#endif

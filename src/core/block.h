/**
 * @file
 * The newest lines, rendered once for all who read them from the same place, in
 * the same room, with the same line ends. Each is spared his own ones.
 */
#ifndef LWCHAT_BLOCK_H
#define LWCHAT_BLOCK_H

#include "session.h"

/**
 * What a session reads next, if it is in the block or can be put there.
 * @param place  the session's; moved behind what is given
 * @param bytes  set to the length; 0 when there is nothing now
 * @return the bytes, in the block or in `chat->out`; NULL: what comes next has to be rendered for
 *         this session alone, from `place` on.
 */
const char *block_read(struct chat *chat, const struct chat_session *session,
                       struct chat_place *place, size_t *bytes);

/** Forgets lines whose records are gone. Call it often enough that positions do not come round. */
void block_tick(struct chat *chat);

#endif

/**
 * @file
 * Lines that are rendered once for all sessions that read them in the same room
 * and dialect, with the same line ends. A block holds the lines of successive
 * records, and a session may begin to read it anywhere, also in a line that is
 * partly sent. It is not sent its own lines.
 *
 *     log      ... | record | record | record | record | record |
 *                   ^ from                     ^ to
 *     text          | line   | line   | line   |
 *                        ^ a reader             ^ another one, which extends it
 */
#ifndef LWCHAT_BLOCK_H
#define LWCHAT_BLOCK_H

#include "session.h"

/** Empties all blocks. It must be called when the log's position is set. */
void block_reset(struct chat *chat);

/**
 * Gets a session's next output, if it is in a block or can be added to one.
 * @param place  the session's place; moved past the output
 * @param bytes  set to the length; 0 when there is nothing now
 * @return the output, in the block or in `chat->out`; NULL when it has to be rendered for this
 *         session alone, from `place` on.
 */
const char *block_read(struct chat *chat, const struct chat_session *session,
                       struct chat_place *place, size_t *bytes);

/**
 * Moves `place`, where the session's last output begins, past its first `bytes`, which are not all
 * of it.
 * @return false if that output is not from a block.
 */
bool block_taken(const struct chat *chat, const struct chat_session *session,
                 struct chat_place *place, size_t bytes);

/** Drops blocks whose records are gone. It must be called before positions wrap. */
void block_tick(struct chat *chat);

#endif

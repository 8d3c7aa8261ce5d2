/**
 * @file
 * Whether the connection of a reader keeps up.
 */
#ifndef LWCHAT_PACE_H
#define LWCHAT_PACE_H

#include "chat.h"

/**
 * Counts what a session's connection took. `all`: everything that it was
 * offered; `more`: there is more to offer.
 */
void pace_took(struct chat *chat, unsigned session, size_t bytes, bool all, bool more);

/** How a reader does whose next record is about to go. */
enum pace {
    PACE_KEEPS_UP,    /**< it takes enough, or all that it was offered */
    PACE_HICCUPS,     /**< it took enough until a moment ago */
    PACE_FALLS_BEHIND /**< it has long taken too little */
};

enum pace pace_of(const struct chat_session *session, uint32_t now_ms);

#endif

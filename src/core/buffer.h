/**
 * @file
 * The pool of line buffers: a line that is incomplete, or the rest of one being sent.
 */
#ifndef LWCHAT_BUFFER_H
#define LWCHAT_BUFFER_H

#include "chat.h"

/** @return a free buffer, now `owner`'s and empty; LOG_NOBODY when there is none. */
uint16_t buffer_take(struct chat *chat, unsigned owner);

/** The same, for the rest of a line being sent. The operator always gets one. */
uint16_t buffer_take_rest(struct chat *chat, unsigned owner);

/** Gives `*buffer` back, if it is one, and sets it to LOG_NOBODY. */
void buffer_give(struct chat *chat, uint16_t *buffer);

#endif

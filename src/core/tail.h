/**
 * @file
 * Readers of the log that are not sessions: what they read is written to files.
 * They never hold the log. What is overwritten before they have read it is counted.
 */
#ifndef LWCHAT_TAIL_H
#define LWCHAT_TAIL_H

#include "model.h"

#if LWCHAT_FILES

/** To be called before the oldest record is dropped. */
void tail_drop(struct chat *chat);

/**
 * The next record that is wanted, which the tail's cursor then passes.
 * @param position  set to the record's
 * @return NULL when there is none.
 */
const struct log_record *tail_next(struct chat *chat, enum chat_tail_kind kind, uint32_t *position);

#endif

#endif

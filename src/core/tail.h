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

#endif

#endif

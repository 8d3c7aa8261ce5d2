/**
 * @file
 * Answers that are generated line by line as they are sent: a short command must
 * not push a long answer through the log.
 */
#ifndef LWCHAT_ANSWER_H
#define LWCHAT_ANSWER_H

#include "dialect/shown.h"

/**
 * Renders the next line of the current answer at `place`, and moves `place` past
 * it. Renders nothing when the answer has no more lines, and ends it.
 */
void answer_show(struct shown *shown, struct chat_place *place);

#endif

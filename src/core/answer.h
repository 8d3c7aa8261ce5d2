/**
 * @file
 * Answers that are generated line by line as they are sent: a short question must
 * not push a long answer through the log.
 */
#ifndef LWCHAT_ANSWER_H
#define LWCHAT_ANSWER_H

#include "dialect/shown.h"

/**
 * Shows the next line of the answer under way at `place`, and moves `place`
 * behind it. Shows nothing when it had none left and is over.
 */
void answer_show(struct shown *shown, struct chat_place *place);

#endif

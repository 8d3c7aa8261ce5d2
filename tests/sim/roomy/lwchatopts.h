/**
 * @file
 * As large, with a log that takes many writes, as on a PC: the backlog of a
 * stalled operator's terminal takes several passes of the loop.
 */
#ifndef LWCHATOPTS_ROOMY_H
#define LWCHATOPTS_ROOMY_H

#include "../large/lwchatopts.h"

#undef LWCHAT_LOG_BYTES
#define LWCHAT_LOG_BYTES 16384

#endif

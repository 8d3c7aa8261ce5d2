/**
 * @file
 * As large, with a log of many writes, as on a PC: what piled up while the
 * operator's terminal stood still takes several passes of the loop.
 */
#ifndef LWCHATOPTS_ROOMY_H
#define LWCHATOPTS_ROOMY_H

#include "../large/lwchatopts.h"

#undef LWCHAT_LOG_BYTES
#define LWCHAT_LOG_BYTES 16384

#endif

/**
 * @file
 * As large, with a log that takes many writes, as on a PC: the backlog of a
 * stalled operator's terminal takes several passes of the loop. Half of the
 * peers come over IPv6.
 */
#ifndef LWCHATOPTS_ROOMY_H
#define LWCHATOPTS_ROOMY_H

#include "../large/lwchatopts.h"

#undef LWCHAT_LOG_BYTES
#define LWCHAT_LOG_BYTES 16384
#define LWCHAT_IPV6      1

#endif

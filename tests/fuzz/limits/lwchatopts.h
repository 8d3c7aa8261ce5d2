/**
 * @file
 * The simulation's small limits, with the features for programs and times.
 */
#ifndef LWCHATOPTS_FUZZ_H
#define LWCHATOPTS_FUZZ_H

#include "../../sim/small/lwchatopts.h"

#undef LWCHAT_JSON
#define LWCHAT_JSON         1
#define LWCHAT_IRC          1
#define LWCHAT_IPV6         1
#define LWCHAT_PASSWORD     1
#define LWCHAT_KEPT_GUESSES 3
#undef LWCHAT_CLOCK
#define LWCHAT_CLOCK 1
#undef LWCHAT_SEND_BYTES
#define LWCHAT_SEND_BYTES 600
#undef LWCHAT_SHARED_LINES
#define LWCHAT_SHARED_LINES 6
#undef LWCHAT_SHARED_BLOCKS
#define LWCHAT_SHARED_BLOCKS 2

#endif

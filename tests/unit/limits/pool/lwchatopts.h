/** The smallest lines, and very few buffers for them. */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#define LWCHAT_MAX_SESSIONS 8
#define LWCHAT_MAX_ROOMS    3
#define LWCHAT_LINE_BYTES   96
#define LWCHAT_NICK_BYTES   16
#define LWCHAT_NICK_SCRIPTS 1
#define LWCHAT_LINE_BUFFERS 2
#define LWCHAT_LOG_BYTES    4096
#define LWCHAT_SEND_BYTES   176
#define LWCHAT_JSON         0
#define LWCHAT_CLOCK        0
#define LWCHAT_SHARED_LINES 0

#endif

/**
 * @file
 * 64 people in 64 KiB of RAM.
 */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#ifndef LWCHAT_MAX_SESSIONS /* tools/bench has firmware with fewer */
#define LWCHAT_MAX_SESSIONS 64
#endif
#define LWCHAT_SPARE_CONNECTIONS   3
#define LWCHAT_MAX_ROOMS           16
#define LWCHAT_MAX_BANS            8
#define LWCHAT_MAX_IGNORES         0
#define LWCHAT_KEPT_RATES          4
#define LWCHAT_KEPT_STRANGERS      2
#define LWCHAT_LINE_BYTES          256
#define LWCHAT_NICK_BYTES          16
#define LWCHAT_LINE_BUFFERS        12
#define LWCHAT_LOG_BYTES           4096
#define LWCHAT_KEEP_UP_BYTES_PER_S 512
#define LWCHAT_SEND_BYTES          304
#define LWCHAT_JSON                0
#define LWCHAT_CLOCK               0
#define LWCHAT_SHARED_LINES        0
#define LWCHAT_RECEIVE_BYTES       256
#define LWCHAT_ONE_WRITE_IN_FLIGHT 1
#define LWCHAT_BACKLOG             8

#endif

/* 64 people in the 264 KiB of an RP2040. An RP2350 has memory for more. */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#define LWCHAT_MAX_SESSIONS        64
#define LWCHAT_SPARE_CONNECTIONS   4
#define LWCHAT_HTTP_REQUESTS       4
#define LWCHAT_MAX_ROOMS           16
#define LWCHAT_MAX_BANS            16
#define LWCHAT_MAX_IGNORES         4
#define LWCHAT_KEPT_RATES          16
#define LWCHAT_KEPT_STRANGERS      8
#define LWCHAT_LINE_BYTES          512
#define LWCHAT_LINE_BUFFERS        16
#define LWCHAT_LOG_BYTES           32768
#define LWCHAT_SEND_BYTES          1280
#define LWCHAT_RECEIVE_BYTES       1072
#define LWCHAT_SHARED_LINES        0
#define LWCHAT_ONE_WRITE_IN_FLIGHT 1
#define LWCHAT_BACKLOG             8
#define LWCHAT_CLOCK               0

#endif

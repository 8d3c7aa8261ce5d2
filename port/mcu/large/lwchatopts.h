/**
 * @file
 * 120 people on a board with memory to spare.
 */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#ifndef LWCHAT_HTTP /* cmake -DLWCHAT_HTTP=0 */
#define LWCHAT_HTTP 1
#endif
#define LWCHAT_IRC 1
#ifndef LWCHAT_MDNS /* cmake -DLWCHAT_MDNS=0 */
#define LWCHAT_MDNS 1
#endif
#ifndef LWCHAT_IPV6 /* cmake -DLWCHAT_IPV6=0 */
#define LWCHAT_IPV6 1
#endif
#define LWCHAT_MAX_SESSIONS        120
#define LWCHAT_SPARE_CONNECTIONS   4
#define LWCHAT_MAX_ROOMS           32
#define LWCHAT_MAX_BANS            32
#define LWCHAT_MAX_IGNORES         4
#define LWCHAT_KEPT_RATES          32
#define LWCHAT_KEPT_STRANGERS      16
#define LWCHAT_KEPT_GUESSES        16
#define LWCHAT_LINE_BYTES          1024
#define LWCHAT_NICK_BYTES          32
#define LWCHAT_LINE_BUFFERS        32
#define LWCHAT_LOG_BYTES           65536
#define LWCHAT_SEND_BYTES          2880
#define LWCHAT_CLOCK               0
#define LWCHAT_SHARED_LINES        32
#define LWCHAT_SHARED_BLOCKS       1
#define LWCHAT_RECEIVE_BYTES       1440
#define LWCHAT_HTTP_REQUESTS       4
#define LWCHAT_ONE_WRITE_IN_FLIGHT 1
#define LWCHAT_BACKLOG             8

#endif

/**
 * @file
 * 64 people in 64 KiB of RAM; with the page for browsers 60, and fewer rooms and
 * line buffers.
 */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#ifndef LWCHAT_HTTP /* cmake -DLWCHAT_HTTP=1 */
#define LWCHAT_HTTP 0
#endif
#define LWCHAT_HTTP_REQUESTS 4
#define LWCHAT_IRC           0
#define LWCHAT_MDNS          0
#define LWCHAT_IPV6          0
#ifndef LWCHAT_MAX_SESSIONS /* tools/bench builds firmware with fewer */
#define LWCHAT_MAX_SESSIONS (64 - 4 * LWCHAT_HTTP)
#endif
#define LWCHAT_SPARE_CONNECTIONS   (3 - 2 * LWCHAT_HTTP)
#define LWCHAT_MAX_ROOMS           (16 - 4 * LWCHAT_HTTP)
#define LWCHAT_MAX_BANS            8
#define LWCHAT_MAX_IGNORES         0
#define LWCHAT_KEPT_RATES          4
#define LWCHAT_KEPT_STRANGERS      2
#define LWCHAT_LINE_BYTES          256
#define LWCHAT_NICK_BYTES          16
#define LWCHAT_LINE_BUFFERS        (12 - 6 * LWCHAT_HTTP)
#define LWCHAT_LOG_BYTES           4096
#define LWCHAT_KEEP_UP_BYTES_PER_S 512
#define LWCHAT_SEND_BYTES          (304 + 80 * LWCHAT_HTTP)
#define LWCHAT_JSON                0
#define LWCHAT_CLOCK               0
#define LWCHAT_SHARED_LINES        8
#define LWCHAT_SHARED_BLOCKS       1
#define LWCHAT_RECEIVE_BYTES       256
#define LWCHAT_ONE_WRITE_IN_FLIGHT 1
#define LWCHAT_COMMANDS            2
#define LWCHAT_REPLY_BYTES         96
#define LWCHAT_SAY_BYTES           128
#define LWCHAT_BACKLOG             8

#endif

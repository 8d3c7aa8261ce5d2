/**
 * @file
 * Everything is scarce, as on a small board: limits are reached all the time.
 */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#define LWCHAT_MAX_SESSIONS        6
#define LWCHAT_SPARE_CONNECTIONS   2
#define LWCHAT_MAX_ROOMS           3
#define LWCHAT_MAX_BANS            2
#define LWCHAT_LINE_BYTES          128
#define LWCHAT_RAW_BYTES           96
#define LWCHAT_NICK_BYTES          16
#define LWCHAT_NICK_SCRIPTS        1
#define LWCHAT_LINE_BUFFERS        3
#define LWCHAT_LOG_BYTES           1024
#define LWCHAT_HISTORY             3
#define LWCHAT_KEEP_UP_BYTES_PER_S 512
#define LWCHAT_STALL_MS            20000
#define LWCHAT_SEND_BYTES          176
#define LWCHAT_JSON                0
#define LWCHAT_CLOCK               0
#define LWCHAT_SHARED_LINES        8
#define LWCHAT_SHARED_BLOCKS       1
#define LWCHAT_RECEIVE_BYTES       48
#define LWCHAT_ONE_WRITE_IN_FLIGHT 1
#define LWCHAT_BACKLOG             2

#endif

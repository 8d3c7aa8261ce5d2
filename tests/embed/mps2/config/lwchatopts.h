/* 8 people over 16 sockets, two of them for listening. */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#define LWCHAT_LINE_BYTES        512
#define LWCHAT_MAX_SESSIONS      8
#define LWCHAT_SPARE_CONNECTIONS 1
#define LWCHAT_HTTP_REQUESTS     2
#define LWCHAT_LINE_BUFFERS      8
#define LWCHAT_LOG_BYTES         16384
#define LWCHAT_BACKLOG           3
#define LWCHAT_SEND_BYTES        2048
#define LWCHAT_RECEIVE_BYTES     1072
#define LWCHAT_MAX_ROOMS         8
#define LWCHAT_MAX_BANS          8
#define LWCHAT_KEPT_RATES        8
#define LWCHAT_KEPT_STRANGERS    8
#define LWCHAT_CLOCK             0
#define LWCHAT_SHARED_LINES      0
#define LWCHAT_FEW_NEIGHBOURS    1

#endif

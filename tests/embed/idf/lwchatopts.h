/* A server that gets by with 16 sockets, two of them for listening. */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#define LWCHAT_MAX_SESSIONS      8
#define LWCHAT_SPARE_CONNECTIONS 1
#define LWCHAT_HTTP_REQUESTS     2
#define LWCHAT_LINE_BUFFERS      8
#define LWCHAT_LOG_BYTES         16384
#define LWCHAT_BACKLOG           3
#define LWCHAT_FEW_NEIGHBOURS    1

#endif

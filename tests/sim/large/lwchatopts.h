/**
 * @file
 * As on a PC, but smaller, so that within a minute the log wraps and all places
 * are taken.
 */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#define LWCHAT_MAX_SESSIONS      12
#define LWCHAT_SPARE_CONNECTIONS 4
#define LWCHAT_MAX_ROOMS         6
#define LWCHAT_MAX_BANS          4
#define LWCHAT_LINE_BYTES        256
#define LWCHAT_LINE_BUFFERS      12
#define LWCHAT_LOG_BYTES         4096
#define LWCHAT_STALL_MS          20000
#define LWCHAT_SEND_BYTES        1024
#define LWCHAT_SHARED_LINES      6
#define LWCHAT_SHARED_BLOCKS     2
#define LWCHAT_RECEIVE_BYTES     512
#define LWCHAT_BACKLOG           4
#define LWCHAT_HTTP_REQUESTS     1
#define LWCHAT_IRC               1

#endif

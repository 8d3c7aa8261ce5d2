/* The limits of a small server. */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#define LWCHAT_MAX_SESSIONS      24
#define LWCHAT_SPARE_CONNECTIONS 4
#define LWCHAT_HTTP_REQUESTS     4
#define LWCHAT_LINE_BUFFERS      16
#define LWCHAT_BACKLOG           8
#define LWCHAT_FEW_NEIGHBOURS    1 /* Debian's lwIP has an ARP table of 10 */

#endif

/* A small chat with mDNS: only its names are used. */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#define LWCHAT_MDNS          1
#define LWCHAT_MAX_SESSIONS  2
#define LWCHAT_HTTP_REQUESTS 1

#endif

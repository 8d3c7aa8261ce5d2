/** A log so small that it wraps all the time. */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#define LWCHAT_MAX_SESSIONS        12
#define LWCHAT_MAX_ROOMS           5
#define LWCHAT_LINE_BYTES          256
#define LWCHAT_LINE_BUFFERS        40
#define LWCHAT_LOG_BYTES           4096
#define LWCHAT_SEND_BYTES          704
#define LWCHAT_JSON                0
#define LWCHAT_CLOCK               0
#define LWCHAT_SHARED_LINES        4
#define LWCHAT_SHARED_BLOCKS       2
#define LWCHAT_KEEP_UP_BYTES_PER_S 512

#endif

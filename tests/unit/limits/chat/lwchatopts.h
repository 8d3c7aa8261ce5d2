/** Limits low enough to be reached in tests; otherwise as on a PC. */
#ifndef LWCHATOPTS_H
#define LWCHATOPTS_H

#define LWCHAT_MAX_SESSIONS 64
#define LWCHAT_MAX_ROOMS    4
#define LWCHAT_MAX_BANS     2
#define LWCHAT_MAX_BRIDGES  2
#define LWCHAT_LINE_BUFFERS 16
#define LWCHAT_LOG_BYTES    65536
#define LWCHAT_BACK_BYTES   8192
#define LWCHAT_IRC          1
#define LWCHAT_FILES        1
#define LWCHAT_PASSWORD     1
#define LWCHAT_KEPT_GUESSES 4

#endif

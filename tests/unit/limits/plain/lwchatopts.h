/** As an embedder has it who chooses little: JSON, but no dialect in which peers introduce
 * themselves. */
#ifndef LWCHATOPTS_PLAIN_H
#define LWCHATOPTS_PLAIN_H

#define LWCHAT_MAX_SESSIONS 12
#define LWCHAT_MAX_ROOMS    4
#define LWCHAT_LINE_BUFFERS 16
#define LWCHAT_LOG_BYTES    65536
#define LWCHAT_BACK_BYTES   8192
#define LWCHAT_HTTP         0

#endif

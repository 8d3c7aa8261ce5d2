/** The limits of chat/, without a page for browsers. */
#ifndef LWCHATOPTS_NO_HTTP_H
#define LWCHATOPTS_NO_HTTP_H

#include "../chat/lwchatopts.h"

#define LWCHAT_HTTP 0

#endif

/** The limits of chat/, with a page for browsers and without JSON. */
#ifndef LWCHATOPTS_NO_JSON_H
#define LWCHATOPTS_NO_JSON_H

#include "../chat/lwchatopts.h"

#define LWCHAT_HTTP 1
#define LWCHAT_JSON 0

#endif

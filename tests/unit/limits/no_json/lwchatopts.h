/** The limits of chat/, with a page for browsers without JSON, and so without files. */
#ifndef LWCHATOPTS_NO_JSON_H
#define LWCHATOPTS_NO_JSON_H

#include "../chat/lwchatopts.h"

#undef LWCHAT_FILES
#define LWCHAT_FILES 0
#define LWCHAT_HTTP  1
#define LWCHAT_JSON  0

#undef LWCHAT_PASSWORD
#define LWCHAT_PASSWORD 0

#endif

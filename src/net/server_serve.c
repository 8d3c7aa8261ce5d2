/* The one server of a program, in static memory: lwchat.h. */
#include "server.h"

#include "core/nick.h"

#include <string.h>

static struct server server;

int lwchat_serve(const struct lwchat_config *config)
{
    static const struct lwchat_config defaults = LWCHAT_DEFAULTS;

    if (config == NULL) {
        config = &defaults;
    }
    if (!nick_valid(config->name, strlen(config->name)) || config->max_sessions < 1 ||
        config->max_sessions > LWCHAT_MAX_SESSIONS) {
        return LWCHAT_BAD_ARGUMENT;
    }
    return server_run(&server, config);
}

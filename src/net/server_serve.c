/* The one server of a program, in static memory: lwchat.h. */
#include "server.h"

#include "core/nick.h"

#include <string.h>

static struct server server;

static bool password_fits(const struct lwchat_config *config)
{
#if LWCHAT_PASSWORD
    size_t bytes = config->password == NULL ? 1 : strlen(config->password);
    return bytes > 0 && bytes <= LWCHAT_PASSWORD_BYTES;
#else
    (void)config;
    return true;
#endif
}

int lwchat_serve(const struct lwchat_config *config)
{
    static const struct lwchat_config defaults = LWCHAT_DEFAULTS;

    if (config == NULL) {
        config = &defaults;
    }
    if (!nick_valid(config->name, strlen(config->name)) || config->max_sessions < 1 ||
        config->max_sessions > LWCHAT_MAX_SESSIONS || config->rate > LWCHAT_MOST_RATE ||
        !password_fits(config)) {
        return LWCHAT_BAD_ARGUMENT;
    }
    return server_run(&server, config);
}

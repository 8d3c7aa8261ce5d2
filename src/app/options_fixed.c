#include "options.h"

#include <string.h>

#include "../lwchat_config.h"
#include "../lwchat_error.h"

enum options_outcome options_read(struct options *options, enum options_program program, int argc,
                                  char *const argv[])
{
    (void)argc;
    (void)argv;
    memset(options, 0, sizeof *options);
    options->program = program;
    options->name = LWCHAT_NAME;
    options->port = LWCHAT_PORT;
    options->rate = LWCHAT_RATE;
    options->max_clients = LWCHAT_MAX_SESSIONS;
    options->net.dhcp = true;
#if LWCHAT_PASSWORD
    options->password = LWCHAT_PASSWORD_TEXT;
#endif
    if (program == OPTIONS_SERVER) {
        options->net.serve = LWCHAT_PORT;
#if LWCHAT_HTTP
        options->net.http = LWCHAT_HTTP_PORT;
#endif
#if LWCHAT_IRC
        options->net.irc = LWCHAT_IRC_PORT;
#endif
    }
    return OPTIONS_RUN;
}

void options_no_output(struct options *options)
{
    (void)options;
}

int options_line(const struct options *options, unsigned number, char *line, size_t bytes)
{
    (void)options;
    (void)number;
    (void)line;
    (void)bytes;
    return LWCHAT_NOT_FOUND;
}

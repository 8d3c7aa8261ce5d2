#include "../lwchat.h"
#include "../port.h"
#include "program.h"

static int open_files(const struct options *options)
{
    int error = LWCHAT_OK;

#if LWCHAT_FILES
    if (options->log != NULL) {
        error = port_log_open(options->log, true);
    }
    if (error == LWCHAT_OK && options->history != NULL) {
        error = port_history_open(options->history);
    }
#else
    (void)options;
#endif
    return error;
}

static int run(void *arg)
{
    const struct options *options = arg;
    const struct lwchat_config config = {
        .name = options->name,
        .french = options->lang == WORDS_FRENCH,
        .rate = options->rate,
        .max_sessions = port_places((uint16_t)options->max_clients),
        .per_address = (uint16_t)options->per_address,
        .port = options->port,
#if LWCHAT_HTTP
        .http_port = options->net.http,
        .http_asked = options->net.http_asked,
        .qr = options->qr,
#endif
#if LWCHAT_IRC
        .irc_port = options->net.irc,
        .irc_asked = options->net.irc_asked,
#endif
        .quiet = options->quiet,
#if LWCHAT_PROXY
        .proxy = options->believed,
#endif
#if LWCHAT_PASSWORD
        .password = options->password,
#endif
#if LWCHAT_FILES
        .history = options->history,
        .log = options->log != NULL,
        .commands_file = options->commands_file,
        .commands = options->commands,
        .commands_bytes = options->commands_bytes,
#endif
    };

    int error = open_files(options);
    if (error < 0) {
        return error;
    }
    return lwchat_serve(&config) == LWCHAT_OK ? PROGRAM_WELL : PROGRAM_CANNOT_RUN;
}

int main(int argc, char *argv[])
{
    return program_main(OPTIONS_SERVER, argc, argv, run);
}

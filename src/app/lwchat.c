#include "../net/client.h"
#include "../port.h"
#include "program.h"

static struct client client;

static int run(void *arg)
{
    const struct options *options = arg;
    const struct client_config config = {
        .host = options->host,
        .port = options->port,
        .nick = options->nick,
        .framing = options->framing,
        .lang = options->lang,
#if LWCHAT_SCREEN
        .comes_back = options->reconnect,
        .log = options->log != NULL,
#endif
    };

#if LWCHAT_SCREEN
    if (config.log) {
        int error = port_log_open(options->log);
        if (error < 0) {
            return error;
        }
    }
#endif
    return client_run(&client, &config);
}

int main(int argc, char *argv[])
{
    return program_main(OPTIONS_CLIENT, argc, argv, run);
}

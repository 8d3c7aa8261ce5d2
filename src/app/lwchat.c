#include "../lwchat_error.h"
#include "../net/client.h"
#include "../net/client_find.h"
#include "../port.h"
#include "program.h"

static struct client client;

static int run(void *arg)
{
    const struct options *options = arg;
    struct client_config config = {
        .host = options->host,
        .port = options->port,
        .nick = options->nick,
        .framing = options->framing,
        .lang = options->lang,
#if CLIENT_PASSWORD
        .password = options->password,
#endif
#if LWCHAT_SCREEN
        .comes_back = options->reconnect,
        .log = options->log != NULL,
#endif
    };

#if LWCHAT_SCREEN
    if (config.log) {
        int error = port_log_open(options->log, false);
        if (error < 0) {
            return error;
        }
    }
    static struct client_place place;
    if (config.host == NULL) {
        int outcome = client_find(&place, config.lang);
        if (outcome != LWCHAT_OK) {
            return outcome == LWCHAT_NOT_FOUND ? PROGRAM_CANNOT_RUN : PROGRAM_WELL;
        }
        config.host = place.host;
        config.port = place.port;
    }
#endif
    return client_run(&client, &config);
}

int main(int argc, char *argv[])
{
    return program_main(OPTIONS_CLIENT, argc, argv, run);
}

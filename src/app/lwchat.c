#include "../net/client.h"
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
    };

    return client_run(&client, &config);
}

int main(int argc, char *argv[])
{
    return program_main(OPTIONS_CLIENT, argc, argv, run);
}

#include "options.h"

#include <string.h>

#include "../net/client_host.h"
#include "options_parts.h"

enum { MOST_HOST_BYTES = 253, LEAST_PER_ADDRESS = 16 };

/* PORT after HOST: checked like the value of an option. */
static const struct option port_word = {
    "PORT", NULL,       0,          0, OPTIONS_CLIENT, OPTION_NUMBER16, OPTION_MEMBER(port),
    1,      UINT16_MAX, LWCHAT_PORT};

/* Stores HOST or HOST:PORT. @return how many words it counts as. */
static unsigned take_host(struct options *options, char *word)
{
    struct client_host host;

    switch (client_host_read(&host, word, strlen(word))) {
    case CLIENT_HOST_IPV6:
    case CLIENT_HOST_BAD:
        options_complain(options, O_BAD_HOST, word, NULL);
        return 1;
    case CLIENT_HOST:
        break;
    }
    if (host.name_bytes == 0 || host.name_bytes > MOST_HOST_BYTES) {
        options_complain(options, O_LONG_HOST, word, NULL);
        return 1;
    }
    options->host = host.name;
    /* argv is writable: terminate the host where its bracket or colon was. */
    word[(size_t)(host.name - word) + host.name_bytes] = '\0';
    if (host.port == NULL) {
        return 1;
    }
    options_take(options, &port_word, host.port);
    return 2;
}

/* Stores a word that is not an option. @return how many words it counts as. */
static unsigned take_word(struct options *options, unsigned position, char *word)
{
    if (options->program == OPTIONS_CLIENT && position == 0) {
        return take_host(options, word);
    }
    if (options->program == OPTIONS_CLIENT && position == 1) {
        options_take(options, &port_word, word);
    } else {
        options_complain(options, O_TOO_MANY, word, NULL);
    }
    return 1;
}

/* Stores the option in argv[i]. @return how many words it used: 1 or 2. */
static int take_option(struct options *options, int i, int argc, char *const argv[])
{
    const char *word = argv[i];
    const char *equals = strchr(word, '=');
    size_t bytes = equals == NULL ? strlen(word) : (size_t)(equals - word);
    const struct option *option = options_find(options->program, word, bytes);

    if (option == NULL) {
        options_complain(options, O_NO_OPTION, word, NULL);
    } else if (option->kind == OPTION_FLAG && equals != NULL) {
        options_complain(options, O_NO_VALUE_WANTED, equals + 1, option);
    } else if (option->kind == OPTION_FLAG) {
        options_take(options, option, NULL);
    } else if (equals != NULL) {
        options_take(options, option, equals + 1);
    } else if (i + 1 == argc) {
        options_complain(options, O_NO_VALUE, word, option);
    } else {
        options_take(options, option, argv[i + 1]);
        return 2;
    }
    return 1;
}

/* On a TAP or a stream the server has an address of its own. */
static bool is_machine(const struct options *options)
{
    return options->net.net != NULL && strncmp(options->net.net, "user", 4) != 0;
}

/* The browsers' default port is used only on an address of our own. */
static void choose_http(struct options *options)
{
#if LWCHAT_HTTP
    options->net.http_asked = options->http != UINT32_MAX && options->http != 0;
    if (options->http == UINT32_MAX) {
        options->http = is_machine(options) ? LWCHAT_HTTP_PORT : LWCHAT_HTTP_HOST_PORT;
    }
    options->net.http = (uint16_t)options->http;
#else
    (void)options;
#endif
}

static void choose_irc(struct options *options)
{
#if LWCHAT_IRC
    options->net.irc_asked = options->irc != UINT32_MAX && options->irc != 0;
    options->net.irc = options->irc == UINT32_MAX ? LWCHAT_IRC_PORT : (uint16_t)options->irc;
#else
    (void)options;
#endif
}

#if LWCHAT_PROXY
/* On the user-mode network this machine's programs have an address that is not theirs. */
static void choose_proxy(struct options *options)
{
    struct lwchat_proxy *proxy = &options->believed;

    if (options->proxy != NULL) {
        (void)options_network(options->proxy, &proxy->network, &proxy->prefix);
        proxy->shared = !is_machine(options) && address_is_loopback(proxy->network);
        proxy->port = options->net.proxy = options->proxy_port;
    }
}
#endif

#if LWCHAT_PROXY
/* On the port of the proxy, no other connections are served. */
static bool shares_proxy_port(const struct options *options)
{
    uint16_t port = options->believed.port;

    return port != 0 &&
           (port == options->port || port == options->net.http || port == options->net.irc);
}
#endif

/*
 * On a TAP or a stream one address may use up to three quarters of the places, because many people
 * can share a router's address.
 */
static void choose_per_address(struct options *options)
{
    uint32_t most = options->max_clients * 3 / 4;
    bool machine = is_machine(options);

    if (options->per_address == UINT32_MAX) {
        options->per_address = !machine ? 0 : most < LEAST_PER_ADDRESS ? LEAST_PER_ADDRESS : most;
    }
}

static void take_defaults(struct options *options, enum options_program program)
{
    memset(options, 0, sizeof *options);
    options->program = program;
    options->name = LWCHAT_NAME;
    options->port = LWCHAT_PORT;
    for (const struct option *option = options_table; option->name != NULL; option++) {
        if (option->kind == OPTION_NUMBER16 || option->kind == OPTION_NUMBER32) {
            options_set_number(options, option, option->fallback);
        }
    }
}

static void take_words(struct options *options, int argc, char *const argv[])
{
    unsigned words = 0;

    for (int i = 1; i < argc && options->complaint == NULL;) {
        if (argv[i][0] == '-') {
            i += take_option(options, i, argc, argv);
        } else {
            words += take_word(options, words, argv[i]);
            i++;
        }
    }
}

#if LWCHAT_FILES
/* What the command line asks for wins over what the file says. */
static void settle_address(struct options *options, const struct options *line)
{
    if (options->net.dhcp && options->net.address != NULL) {
        if (!line->net.dhcp && line->net.address != NULL) {
            options->net.dhcp = false;
        } else if (line->net.dhcp && line->net.address == NULL) {
            options->net.address = NULL;
        }
    }
}

/* Begins again with the options in the file, and then takes the command line's. */
static void take_config(struct options *options, int argc, char *const argv[])
{
    const struct options line = *options;

    take_defaults(options, line.program);
    options->config = line.config;
    options->lang = line.lang;
    options_take_file(options);
    if (options->complaint == NULL) {
        take_words(options, argc, argv);
        settle_address(options, &line);
    }
}
#endif

enum options_outcome options_read(struct options *options, enum options_program program, int argc,
                                  char *const argv[])
{
    take_defaults(options, program);
    take_words(options, argc, argv);
    bool shows = options->help || options->version;
#if LWCHAT_FILES
    if (options->complaint == NULL && !shows && options->config != NULL) {
        take_config(options, argc, argv);
    }
    if (options->complaint == NULL && !shows && options->commands_file != NULL) {
        options_take_commands(options);
    }
#if LWCHAT_PASSWORD
    if (options->complaint == NULL && !shows && options->password != NULL) {
        options_take_password(options);
    }
#endif
#endif
    if (options->complaint != NULL) {
        return OPTIONS_BAD;
    }
    if (shows) {
        return OPTIONS_SHOW;
    }
    if (options->net.dhcp && options->net.address != NULL) {
        options_complain(options, O_TWO_ADDRESSES, options->net.address, NULL);
        return OPTIONS_BAD;
    }
    options->net.french = options->lang == WORDS_FRENCH;
    if (program == OPTIONS_SERVER) {
        options->net.serve = options->port;
        choose_http(options);
        choose_irc(options);
#if LWCHAT_PROXY
        choose_proxy(options);
        if (shares_proxy_port(options)) {
            options_complain(options, O_SAME_PORT, "", NULL);
            return OPTIONS_BAD;
        }
#endif
        choose_per_address(options);
    }
    return OPTIONS_RUN;
}

void options_no_output(struct options *options)
{
    options_complain(options, O_NO_OUTPUT, "", NULL);
}

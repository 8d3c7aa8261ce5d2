/* The options of both programs, and the texts about them. */
#include "options_parts.h"

#include <string.h>

const struct word options_words[WORDS_OPTIONS] = {
#define WORD(name, english, french) [O_##name] = {{english, french}},
#include "options.def"
#undef WORD
};

enum { BOTH = OPTIONS_SERVER | OPTIONS_CLIENT, LEAST_MTU = 576, MOST_MTU = 1500 };
enum { TIMEOUT_S = 60, MOST_TIMEOUT_S = 1000000 };

const struct option options_table[] = {
    {"--net", "NET", O_HELP_NET_SERVER, O_CHOICES_NET_SERVER, OPTIONS_SERVER, OPTION_NET,
     OPTION_MEMBER(net.net), 0, 0, 0},
    {"--net", "NET", O_HELP_NET_CLIENT, O_CHOICES_NET_CLIENT, OPTIONS_CLIENT, OPTION_NET,
     OPTION_MEMBER(net.net), 0, 0, 0},
    {"--ip", "ADDR/PREFIX", O_HELP_IP_SERVER, O_SUCH_NETWORK, OPTIONS_SERVER, OPTION_NETWORK,
     OPTION_MEMBER(net.address), 0, 0, 0},
    {"--ip", "ADDR/PREFIX", O_HELP_IP_CLIENT, O_SUCH_NETWORK, OPTIONS_CLIENT, OPTION_NETWORK,
     OPTION_MEMBER(net.address), 0, 0, 0},
#if LWCHAT_IPV6
    {"--ip6", "ADDR[/64]", O_HELP_IP6, O_SUCH_NETWORK6, BOTH, OPTION_NETWORK6,
     OPTION_MEMBER(net.ip6), 0, 0, 0},
#endif
    {"--gateway", "ADDR", O_HELP_GATEWAY, O_SUCH_ADDRESS, BOTH, OPTION_ADDRESS,
     OPTION_MEMBER(net.gateway), 0, 0, 0},
    {"--dhcp", NULL, O_HELP_DHCP, 0, BOTH, OPTION_FLAG, OPTION_MEMBER(net.dhcp), 0, 0, 0},
    {"--mac", "MAC", O_HELP_MAC, O_SUCH_MAC, BOTH, OPTION_MAC, OPTION_MEMBER(net.mac), 0, 0, 0},
    {"--net-timeout", "S", O_HELP_NET_TIMEOUT, 0, BOTH, OPTION_NUMBER32,
     OPTION_MEMBER(net.timeout_s), 0, MOST_TIMEOUT_S, TIMEOUT_S},
    {"--dns", "ADDR", O_HELP_DNS, O_SUCH_ADDRESS, OPTIONS_CLIENT, OPTION_ADDRESS,
     OPTION_MEMBER(net.dns), 0, 0, 0},
    {"--mtu", "N", O_HELP_MTU, 0, OPTIONS_SERVER, OPTION_NUMBER16, OPTION_MEMBER(net.mtu),
     LEAST_MTU, MOST_MTU, 0},
    {"--port", "PORT", O_HELP_PORT, 0, OPTIONS_SERVER, OPTION_NUMBER16, OPTION_MEMBER(port), 1,
     UINT16_MAX, LWCHAT_PORT},
#if LWCHAT_HTTP
    {"--http", "PORT", O_HELP_HTTP, 0, OPTIONS_SERVER, OPTION_NUMBER32, OPTION_MEMBER(http), 0,
     UINT16_MAX, UINT32_MAX},
#endif
#if LWCHAT_IRC
    {"--irc", "PORT", O_HELP_IRC, 0, OPTIONS_SERVER, OPTION_NUMBER32, OPTION_MEMBER(irc), 0,
     UINT16_MAX, UINT32_MAX},
#endif
#if LWCHAT_PROXY
    {"--proxy", "ADDR[/PREFIX]", O_HELP_PROXY, O_SUCH_PROXY, OPTIONS_SERVER, OPTION_NETWORK_ANY,
     OPTION_MEMBER(proxy), 0, 0, 0},
    {"--proxy-port", "PORT", O_HELP_PROXY_PORT, 0, OPTIONS_SERVER, OPTION_NUMBER16,
     OPTION_MEMBER(proxy_port), 1, UINT16_MAX, LWCHAT_PROXY_PORT},
#endif
#if LWCHAT_QR
    {"--qr", NULL, O_HELP_QR, 0, OPTIONS_SERVER, OPTION_FLAG, OPTION_MEMBER(qr), 0, 0, 0},
#endif
    {"--name", "NAME", O_HELP_NAME, 0, OPTIONS_SERVER, OPTION_NICK, OPTION_MEMBER(name), 0, 0, 0},
#if LWCHAT_MDNS
    {"--hostname", "NAME", O_HELP_HOSTNAME, 0, OPTIONS_SERVER, OPTION_HOSTNAME,
     OPTION_MEMBER(net.hostname), 0, 0, 0},
#endif
    {"--nick", "NAME", O_HELP_NICK, 0, OPTIONS_CLIENT, OPTION_NICK, OPTION_MEMBER(nick), 0, 0, 0},
    {"--framing", "HOW", O_HELP_FRAMING, O_CHOICES_FRAMING, OPTIONS_CLIENT, OPTION_FRAMING, 0, 0, 0,
     0},
#if LWCHAT_SCREEN
    {"--log", "FILE", O_HELP_LOG, 0, OPTIONS_CLIENT, OPTION_TEXT, OPTION_MEMBER(log), 0, 0, 0},
    {"--reconnect", "WHEN", O_HELP_RECONNECT, O_CHOICES_RECONNECT, OPTIONS_CLIENT, OPTION_RECONNECT,
     0, 0, 0, 0},
#endif
    {"--lang", "LANG", O_HELP_LANG, O_CHOICES_LANG, BOTH, OPTION_LANG, 0, 0, 0, 0},
    {"--rate", "N", O_HELP_RATE, 0, OPTIONS_SERVER, OPTION_NUMBER32, OPTION_MEMBER(rate), 0,
     LWCHAT_MOST_RATE, LWCHAT_RATE},
    {"--max-clients", "N", O_HELP_MAX_CLIENTS, 0, OPTIONS_SERVER, OPTION_NUMBER32,
     OPTION_MEMBER(max_clients), 1, LWCHAT_MAX_SESSIONS, LWCHAT_MAX_SESSIONS},
    {"--per-address", "N", O_HELP_PER_ADDRESS, 0, OPTIONS_SERVER, OPTION_NUMBER32,
     OPTION_MEMBER(per_address), 0, LWCHAT_MAX_SESSIONS, UINT32_MAX},
#if LWCHAT_PASSWORD
    {"--password", "TEXT|@FILE", O_HELP_PASSWORD_SERVER, O_SUCH_PASSWORD, OPTIONS_SERVER,
     OPTION_TEXT, OPTION_MEMBER(password), 0, 0, 0},
    {"--password", "TEXT|@FILE", O_HELP_PASSWORD_CLIENT, O_SUCH_PASSWORD, OPTIONS_CLIENT,
     OPTION_TEXT, OPTION_MEMBER(password), 0, 0, 0},
#endif
#if LWCHAT_FILES
    {"--config", "FILE", O_HELP_CONFIG, 0, OPTIONS_SERVER, OPTION_TEXT, OPTION_MEMBER(config), 0, 0,
     0},
    {"--commands", "FILE", O_HELP_COMMANDS, 0, OPTIONS_SERVER, OPTION_TEXT,
     OPTION_MEMBER(commands_file), 0, 0, 0},
    {"--history", "FILE", O_HELP_HISTORY, 0, OPTIONS_SERVER, OPTION_TEXT, OPTION_MEMBER(history), 0,
     0, 0},
    {"--log", "FILE", O_HELP_LOG_SERVER, 0, OPTIONS_SERVER, OPTION_TEXT, OPTION_MEMBER(log), 0, 0,
     0},
#endif
    {"--fault", "SPEC", O_HELP_FAULT, 0, OPTIONS_SERVER, OPTION_TEXT, OPTION_MEMBER(net.fault), 0,
     0, 0},
    {"--quiet", NULL, O_HELP_QUIET, 0, OPTIONS_SERVER, OPTION_FLAG, OPTION_MEMBER(quiet), 0, 0, 0},
    {"--verbose", NULL, O_HELP_VERBOSE, 0, OPTIONS_SERVER, OPTION_FLAG, OPTION_MEMBER(net.verbose),
     0, 0, 0},
    {"--version", NULL, O_HELP_VERSION, 0, BOTH, OPTION_FLAG, OPTION_MEMBER(version), 0, 0, 0},
    {"--help", NULL, O_HELP_HELP, 0, BOTH, OPTION_FLAG, OPTION_MEMBER(help), 0, 0, 0},
    {NULL, NULL, 0, 0, 0, OPTION_FLAG, 0, 0, 0, 0},
};
_Static_assert(sizeof options_table / sizeof options_table[0] <= OPTIONS_MOST, "OPTIONS_MOST");

const struct option *options_find(enum options_program program, const char *word, size_t bytes)
{
    for (const struct option *option = options_table; option->name != NULL; option++) {
        if ((option->programs & (int)program) != 0 && strlen(option->name) == bytes &&
            memcmp(option->name, word, bytes) == 0) {
            return option;
        }
    }
    return NULL;
}

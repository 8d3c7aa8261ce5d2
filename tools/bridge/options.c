#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/nick.h"
#include "core/room.h"

enum { BROKER_PORT = 1883, BROKER_TLS_PORT = 8883, BAD_USAGE = 2, MAX_PREFIX_BYTES = 100 };

static const char help[] =
    "Usage: lwchat-bridge --server HOST[:PORT]... --broker HOST[:PORT] [OPTION]...\n"
    "Joins rooms of several lwchat servers through an MQTT broker.\n"
    "\n"
    "  --server HOST[:PORT]    a server (port 50000); give it once for each\n"
    "  --broker HOST[:PORT]    the broker (port 1883, with TLS 8883)\n"
    "  --room #ROOM            a room to join; give it once for each (#lobby)\n"
    "  --prefix PREFIX         beginning of the topics PREFIX/ROOM/SERVER (lwchat)\n"
    "  --state FILE            what must survive a restart (lwchat-bridge.state)\n"
    "  --nick NAME             the bridge's own nick on the servers (bridge)\n"
    "  --server-password FILE  its first line is the password that the servers ask for\n"
    "  --presence              also tell who joins and leaves\n"
    "  --user NAME             user name at the broker\n"
    "  --password-file FILE    its first line is the password there\n"
    "  --tls-ca FILE           use TLS; certificates (PEM) that the broker's is checked against\n"
    "  --tls-cert FILE         the bridge's own certificate (PEM)\n"
    "  --tls-key FILE          its key (PEM)\n"
    "  --verbose               print each message\n"
    "  --version               print the version\n"
    "  --help                  print this help\n";

enum {
    SERVER = 1,
    BROKER,
    ROOM,
    PREFIX,
    STATE,
    NICK,
    SERVER_PASSWORD,
    PRESENCE,
    USER,
    PASSWORD_FILE,
    TLS_CA,
    TLS_CERT,
    TLS_KEY,
    VERBOSE,
    VERSION,
    HELP
};

static const struct option table[] = {{"server", required_argument, NULL, SERVER},
                                      {"broker", required_argument, NULL, BROKER},
                                      {"room", required_argument, NULL, ROOM},
                                      {"prefix", required_argument, NULL, PREFIX},
                                      {"state", required_argument, NULL, STATE},
                                      {"nick", required_argument, NULL, NICK},
                                      {"server-password", required_argument, NULL, SERVER_PASSWORD},
                                      {"presence", no_argument, NULL, PRESENCE},
                                      {"user", required_argument, NULL, USER},
                                      {"password-file", required_argument, NULL, PASSWORD_FILE},
                                      {"tls-ca", required_argument, NULL, TLS_CA},
                                      {"tls-cert", required_argument, NULL, TLS_CERT},
                                      {"tls-key", required_argument, NULL, TLS_KEY},
                                      {"verbose", no_argument, NULL, VERBOSE},
                                      {"version", no_argument, NULL, VERSION},
                                      {"help", no_argument, NULL, HELP},
                                      {NULL, 0, NULL, 0}};

static int refuse(const char *option, const char *value, const char *takes)
{
    (void)fprintf(stderr, "lwchat-bridge: %s \"%s\": %s\n", option, value, takes);
    return BAD_USAGE;
}

bool options_first_line(const char *path, char *line, size_t bytes)
{
    FILE *file = fopen(path, "re");
    bool read = file != NULL && fgets(line, (int)bytes, file) != NULL;

    if (file != NULL) {
        (void)fclose(file);
    }
    if (read) {
        line[strcspn(line, "\r\n")] = '\0';
    }
    return read && line[0] != '\0';
}

/* Reads HOST, HOST:PORT, [ADDR] or [ADDR]:PORT. */
static bool read_address(struct options_address *address, const char *text, uint16_t port)
{
    const char *close = text[0] == '[' ? strchr(text, ']') : NULL;
    const char *host = close == NULL ? text : text + 1;
    const char *colon = close == NULL ? strchr(text, ':') : close[1] == ':' ? close + 1 : NULL;
    const char *end = close != NULL ? close : colon != NULL ? colon : text + strlen(text);
    size_t bytes = (size_t)(end - host);

    if (bytes == 0 || bytes >= sizeof address->host || (text[0] == '[' && close == NULL) ||
        strpbrk(text, " \t\n") != NULL || (close != NULL && close[1] != '\0' && colon == NULL)) {
        return false;
    }
    memcpy(address->host, host, bytes);
    address->host[bytes] = '\0';
    address->port = port;
    if (colon != NULL) {
        char *rest;
        unsigned long number = strtoul(colon + 1, &rest, 10);
        if (*rest != '\0' || colon[1] < '0' || colon[1] > '9' || number == 0 ||
            number > UINT16_MAX) {
            return false;
        }
        address->port = (uint16_t)number;
    }
    (void)snprintf(address->at, sizeof address->at, close == NULL ? "%s:%u" : "[%s]:%u",
                   address->host, address->port);
    return true;
}

static int add_server(struct options *options, const char *text)
{
    if (options->servers == OPTIONS_MAX_SERVERS) {
        return refuse("--server", text, "256 servers at most");
    }
    struct options_address *server = &options->server[options->servers++];
    if (!read_address(server, text, LWCHAT_PORT)) {
        return refuse("--server", text, "HOST or HOST:PORT");
    }
    for (unsigned i = 0; i + 1 < options->servers; i++) {
        if (strcmp(options->server[i].at, server->at) == 0) {
            return refuse("--server", text, "given twice");
        }
    }
    return -1;
}

static int add_room(struct options *options, const char *text)
{
    if (options->rooms == OPTIONS_MAX_ROOMS) {
        return refuse("--room", text, "32 rooms at most");
    }
    if (!room_valid(text, strlen(text))) {
        return refuse("--room", text, "# and then 1 to 15 of a-z 0-9 - _");
    }
    for (unsigned i = 0; i < options->rooms; i++) {
        if (strcmp(options->room[i], text) == 0) {
            return refuse("--room", text, "given twice");
        }
    }
    options->room[options->rooms++] = text;
    return -1;
}

static int read_prefix(struct options *options, const char *text)
{
    size_t bytes = strlen(text);

    if (bytes == 0 || bytes > MAX_PREFIX_BYTES || strpbrk(text, "+#\n") != NULL || text[0] == '$' ||
        text[0] == '/' || text[bytes - 1] == '/') {
        return refuse("--prefix", text, "the beginning of a topic, as in campus/lwchat");
    }
    options->prefix = text;
    return -1;
}

/* @return -1, or the exit code. */
static int take(struct options *options, int option, const char *value, const char **broker)
{
    switch (option) {
    case SERVER:
        return add_server(options, value);
    case BROKER:
        *broker = value;
        break;
    case ROOM:
        return add_room(options, value);
    case PREFIX:
        return read_prefix(options, value);
    case STATE:
        options->state = value;
        break;
    case NICK:
        options->nick = value;
        return nick_valid(value, strlen(value)) ? -1 : refuse("--nick", value, "not a nick");
    case SERVER_PASSWORD:
        return options_first_line(value, options->server_password, sizeof options->server_password)
                   ? -1
                   : refuse("--server-password", value, "it cannot be read, or has no password");
    case PRESENCE:
        options->presence = true;
        break;
    case USER:
        options->user = value;
        break;
    case PASSWORD_FILE:
        options->password_file = value;
        break;
    case TLS_CA:
        options->tls_ca = value;
        break;
    case TLS_CERT:
        options->tls_cert = value;
        break;
    case TLS_KEY:
        options->tls_key = value;
        break;
    case VERBOSE:
        options->verbose = true;
        break;
    case VERSION:
        puts("lwchat-bridge " LWCHAT_VERSION);
        return 0;
    case HELP:
        (void)fputs(help, stdout);
        return 0;
    default:
        (void)fputs("lwchat-bridge: --help lists the options\n", stderr);
        return BAD_USAGE;
    }
    return -1;
}

static int refuse_all(const char *why)
{
    (void)fprintf(stderr, "lwchat-bridge: %s\n", why);
    return BAD_USAGE;
}

static int complete(struct options *options, const char *broker)
{
    if (options->servers == 0 || broker == NULL) {
        return refuse_all("--server and --broker are needed: --help lists the options");
    }
    if (!read_address(&options->broker, broker,
                      options->tls_ca == NULL ? BROKER_PORT : BROKER_TLS_PORT)) {
        return refuse("--broker", broker, "HOST or HOST:PORT");
    }
    if ((options->tls_cert == NULL) != (options->tls_key == NULL) ||
        (options->tls_cert != NULL && options->tls_ca == NULL)) {
        return refuse_all("--tls-cert and --tls-key go together, with --tls-ca");
    }
    if (options->password_file != NULL && options->user == NULL) {
        return refuse_all("--password-file needs --user");
    }
    if (options->rooms == 0) {
        options->room[options->rooms++] = "#lobby";
    }
    return -1;
}

int options_read(struct options *options, int argc, char **argv)
{
    const char *broker = NULL;
    int option;

    *options =
        (struct options){.prefix = "lwchat", .nick = "bridge", .state = "lwchat-bridge.state"};
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        int code = take(options, option, optarg, &broker);
        if (code >= 0) {
            return code;
        }
    }
    if (optind < argc) {
        return refuse("argument", argv[optind], "unexpected, --help lists the options");
    }
    return complete(options, broker);
}

#include "options.h"

#include <string.h>

#include "../core/address_text.h"
#include "../core/nick.h"
#include "../core/text.h"
#include "../lwchat_config.h"
#include "../lwchat_error.h"
#include "../net/client_host.h"
#include "../port.h"

enum word_options {
#define WORD(name, english, french) O_##name,
#include "options.def"
#undef WORD
    WORDS_OPTIONS
};

static const struct word words_options[WORDS_OPTIONS] = {
#define WORD(name, english, french) [O_##name] = {{english, french}},
#include "options.def"
#undef WORD
};

enum kind {
    FLAG,
    TEXT,
    NET,
    NETWORK,
    NETWORK6,
    NETWORK_ANY,
    ADDRESS,
    MAC,
    NICK,
    HOSTNAME,
    LANG,
    FRAMING,
    RECONNECT,
    NUMBER16,
    NUMBER32
};

struct option {
    const char *name;
    const char *value; /* name of its value in --help; NULL: it takes none */
    enum word_options help;
    enum word_options takes; /* valid values, as error messages list them */
    int programs;
    enum kind kind;
    size_t member;
    uint32_t least, most; /* of a number */
    uint32_t fallback;
};

#define MEMBER(name) offsetof(struct options, name)
enum { BOTH = OPTIONS_SERVER | OPTIONS_CLIENT, LEAST_MTU = 576, MOST_MTU = 1500 };
enum { TIMEOUT_S = 60, MOST_TIMEOUT_S = 1000000 };
enum { MOST_RATE = 1000000, MOST_HOST_BYTES = 253, MOST_HOSTNAME_BYTES = 57, HELP_COLUMN = 26 };
enum { DASHES = 2 }; /* of a name on the command line */
enum { LEAST_PER_ADDRESS = 16 };

/* One row for each option, in the order of --help. */
static const struct option table[] = {
    {"--net", "NET", O_HELP_NET_SERVER, O_CHOICES_NET_SERVER, OPTIONS_SERVER, NET, MEMBER(net.net),
     0, 0, 0},
    {"--net", "NET", O_HELP_NET_CLIENT, O_CHOICES_NET_CLIENT, OPTIONS_CLIENT, NET, MEMBER(net.net),
     0, 0, 0},
    {"--ip", "ADDR/PREFIX", O_HELP_IP_SERVER, O_SUCH_NETWORK, OPTIONS_SERVER, NETWORK,
     MEMBER(net.address), 0, 0, 0},
    {"--ip", "ADDR/PREFIX", O_HELP_IP_CLIENT, O_SUCH_NETWORK, OPTIONS_CLIENT, NETWORK,
     MEMBER(net.address), 0, 0, 0},
#if LWCHAT_IPV6
    {"--ip6", "ADDR[/64]", O_HELP_IP6, O_SUCH_NETWORK6, BOTH, NETWORK6, MEMBER(net.ip6), 0, 0, 0},
#endif
    {"--gateway", "ADDR", O_HELP_GATEWAY, O_SUCH_ADDRESS, BOTH, ADDRESS, MEMBER(net.gateway), 0, 0,
     0},
    {"--dhcp", NULL, O_HELP_DHCP, 0, BOTH, FLAG, MEMBER(net.dhcp), 0, 0, 0},
    {"--mac", "MAC", O_HELP_MAC, O_SUCH_MAC, BOTH, MAC, MEMBER(net.mac), 0, 0, 0},
    {"--net-timeout", "S", O_HELP_NET_TIMEOUT, 0, BOTH, NUMBER32, MEMBER(net.timeout_s), 0,
     MOST_TIMEOUT_S, TIMEOUT_S},
    {"--dns", "ADDR", O_HELP_DNS, O_SUCH_ADDRESS, OPTIONS_CLIENT, ADDRESS, MEMBER(net.dns), 0, 0,
     0},
    {"--mtu", "N", O_HELP_MTU, 0, OPTIONS_SERVER, NUMBER16, MEMBER(net.mtu), LEAST_MTU, MOST_MTU,
     0},
    {"--port", "PORT", O_HELP_PORT, 0, OPTIONS_SERVER, NUMBER16, MEMBER(port), 1, UINT16_MAX,
     LWCHAT_PORT},
#if LWCHAT_HTTP
    {"--http", "PORT", O_HELP_HTTP, 0, OPTIONS_SERVER, NUMBER32, MEMBER(http), 0, UINT16_MAX,
     UINT32_MAX},
#endif
#if LWCHAT_IRC
    {"--irc", "PORT", O_HELP_IRC, 0, OPTIONS_SERVER, NUMBER32, MEMBER(irc), 0, UINT16_MAX,
     UINT32_MAX},
#endif
#if LWCHAT_PROXY
    {"--proxy", "ADDR[/PREFIX]", O_HELP_PROXY, O_SUCH_PROXY, OPTIONS_SERVER, NETWORK_ANY,
     MEMBER(proxy), 0, 0, 0},
    {"--proxy-port", "PORT", O_HELP_PROXY_PORT, 0, OPTIONS_SERVER, NUMBER16, MEMBER(proxy_port), 1,
     UINT16_MAX, LWCHAT_PROXY_PORT},
#endif
#if LWCHAT_QR
    {"--qr", NULL, O_HELP_QR, 0, OPTIONS_SERVER, FLAG, MEMBER(qr), 0, 0, 0},
#endif
    {"--name", "NAME", O_HELP_NAME, 0, OPTIONS_SERVER, NICK, MEMBER(name), 0, 0, 0},
#if LWCHAT_MDNS
    {"--hostname", "NAME", O_HELP_HOSTNAME, 0, OPTIONS_SERVER, HOSTNAME, MEMBER(net.hostname), 0, 0,
     0},
#endif
    {"--nick", "NAME", O_HELP_NICK, 0, OPTIONS_CLIENT, NICK, MEMBER(nick), 0, 0, 0},
    {"--framing", "HOW", O_HELP_FRAMING, O_CHOICES_FRAMING, OPTIONS_CLIENT, FRAMING, 0, 0, 0, 0},
#if LWCHAT_SCREEN
    {"--log", "FILE", O_HELP_LOG, 0, OPTIONS_CLIENT, TEXT, MEMBER(log), 0, 0, 0},
    {"--reconnect", "WHEN", O_HELP_RECONNECT, O_CHOICES_RECONNECT, OPTIONS_CLIENT, RECONNECT, 0, 0,
     0, 0},
#endif
    {"--lang", "LANG", O_HELP_LANG, O_CHOICES_LANG, BOTH, LANG, 0, 0, 0, 0},
    {"--rate", "N", O_HELP_RATE, 0, OPTIONS_SERVER, NUMBER32, MEMBER(rate), 0, MOST_RATE,
     LWCHAT_RATE},
    {"--max-clients", "N", O_HELP_MAX_CLIENTS, 0, OPTIONS_SERVER, NUMBER32, MEMBER(max_clients), 1,
     LWCHAT_MAX_SESSIONS, LWCHAT_MAX_SESSIONS},
    {"--per-address", "N", O_HELP_PER_ADDRESS, 0, OPTIONS_SERVER, NUMBER32, MEMBER(per_address), 0,
     LWCHAT_MAX_SESSIONS, UINT32_MAX},
#if LWCHAT_PASSWORD
    {"--password", "TEXT|@FILE", O_HELP_PASSWORD_SERVER, O_SUCH_PASSWORD, OPTIONS_SERVER, TEXT,
     MEMBER(password), 0, 0, 0},
    {"--password", "TEXT|@FILE", O_HELP_PASSWORD_CLIENT, O_SUCH_PASSWORD, OPTIONS_CLIENT, TEXT,
     MEMBER(password), 0, 0, 0},
#endif
#if LWCHAT_FILES
    {"--config", "FILE", O_HELP_CONFIG, 0, OPTIONS_SERVER, TEXT, MEMBER(config), 0, 0, 0},
    {"--commands", "FILE", O_HELP_COMMANDS, 0, OPTIONS_SERVER, TEXT, MEMBER(commands_file), 0, 0,
     0},
    {"--history", "FILE", O_HELP_HISTORY, 0, OPTIONS_SERVER, TEXT, MEMBER(history), 0, 0, 0},
    {"--log", "FILE", O_HELP_LOG_SERVER, 0, OPTIONS_SERVER, TEXT, MEMBER(log), 0, 0, 0},
#endif
    {"--fault", "SPEC", O_HELP_FAULT, 0, OPTIONS_SERVER, TEXT, MEMBER(net.fault), 0, 0, 0},
    {"--quiet", NULL, O_HELP_QUIET, 0, OPTIONS_SERVER, FLAG, MEMBER(quiet), 0, 0, 0},
    {"--verbose", NULL, O_HELP_VERBOSE, 0, OPTIONS_SERVER, FLAG, MEMBER(net.verbose), 0, 0, 0},
    {"--version", NULL, O_HELP_VERSION, 0, BOTH, FLAG, MEMBER(version), 0, 0, 0},
    {"--help", NULL, O_HELP_HELP, 0, BOTH, FLAG, MEMBER(help), 0, 0, 0},
};

/* PORT after HOST: checked like the value of an option. */
static const struct option port_word = {"PORT",   NULL,         0, 0,          OPTIONS_CLIENT,
                                        NUMBER16, MEMBER(port), 1, UINT16_MAX, LWCHAT_PORT};

static void complain(struct options *options, enum word_options complaint, const char *culprit,
                     const struct option *about)
{
    options->complaint = &words_options[complaint];
    options->culprit = culprit;
    options->about = about;
}

static const struct option *find(enum options_program program, const char *word, size_t bytes)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if ((table[i].programs & (int)program) != 0 && strlen(table[i].name) == bytes &&
            memcmp(table[i].name, word, bytes) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

static void set_flag(struct options *options, const struct option *option)
{
    const bool yes = true;

    memcpy((char *)options + option->member, &yes, sizeof yes);
}

static void set_text(struct options *options, const struct option *option, const char *text)
{
    memcpy((char *)options + option->member, &text, sizeof text);
}

static void set_number(struct options *options, const struct option *option, uint32_t number)
{
    const uint16_t narrow = (uint16_t)number;

    if (option->kind == NUMBER16) {
        memcpy((char *)options + option->member, &narrow, sizeof narrow);
    } else {
        memcpy((char *)options + option->member, &number, sizeof number);
    }
}

static bool is_network(const char *text)
{
    const char *slash = strchr(text, '/');
    uint32_t unused;

    return slash != NULL && text_parse_address(text, (size_t)(slash - text), &unused) &&
           text_parse_number(slash + 1, strlen(slash + 1), 32, &unused);
}

/* lwIP takes the network of an address for a /64. */
static bool is_network6(const char *text)
{
    const char *slash = strchr(text, '/');
    size_t bytes = slash == NULL ? strlen(text) : (size_t)(slash - text);
    struct lwchat_address address;

    return address_parse(text, bytes, &address) && !address_is_v4(address) &&
           (slash == NULL || strcmp(slash, "/64") == 0);
}

/* An address, which stands for itself alone, or a network; IPv4 or IPv6. */
static bool read_network(const char *text, struct lwchat_address *network, uint8_t *prefix)
{
    *prefix = ADDRESS_BITS;
    return address_parse(text, strlen(text), network) ||
           (strchr(text, '/') != NULL &&
            address_parse_network(text, strlen(text), network, prefix));
}

static bool is_net(enum options_program program, const char *text)
{
    const char *user = "user:";
    const char *tap = "tap:";
    const char *stream = "stream:";

    if (strcmp(text, "user") == 0) {
        return true;
    }
    if (strncmp(text, tap, strlen(tap)) == 0) {
        return text[strlen(tap)] != '\0';
    }
    if (strncmp(text, stream, strlen(stream)) == 0) {
        return text[strlen(stream)] != '\0';
    }
    if (program != OPTIONS_SERVER || strncmp(text, user, strlen(user)) != 0) {
        return false;
    }
    const char *address = text + strlen(user);
    const char *colon = strchr(address, ':');
    uint32_t number;
    return colon != NULL && text_parse_address(address, (size_t)(colon - address), &number) &&
           text_parse_number(colon + 1, strlen(colon + 1), UINT16_MAX, &number) && number > 0;
}

/* A unicast MAC address: six pairs of hexadecimal digits, the first pair even. */
static bool is_mac(const char *text)
{
    const char *digits = "0123456789abcdefABCDEF";
    const char *even = "02468aceACE";

    for (unsigned i = 0; i < 6; i++) {
        if (text[0] == '\0' || strchr(digits, text[0]) == NULL || text[1] == '\0' ||
            strchr(i == 0 ? even : digits, text[1]) == NULL || text[2] != (i < 5 ? ':' : '\0')) {
            return false;
        }
        text += 3;
    }
    return true;
}

/* A label of RFC 1123, section 2.1, to which a number can be added. */
static bool is_hostname(const char *text)
{
    const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    size_t bytes = strspn(text, letters);

    return bytes > 0 && bytes <= MOST_HOSTNAME_BYTES && text[bytes] == '\0' && text[0] != '-' &&
           text[bytes - 1] != '-';
}

static bool is_lang(const char *text, enum words_language *lang)
{
    if (strcmp(text, "en") == 0) {
        *lang = WORDS_ENGLISH;
    } else if (strcmp(text, "fr") == 0) {
        *lang = WORDS_FRENCH;
    } else {
        return false;
    }
    return true;
}

static bool is_return(struct options *options, const char *text)
{
#if LWCHAT_SCREEN
    static const char *const words[] = {[CLIENT_RETURNS_ON_SCREEN] = "auto",
                                        [CLIENT_RETURNS] = "always",
                                        [CLIENT_RETURNS_NEVER] = "never"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i]) == 0) {
            options->reconnect = (enum client_return)i;
            return true;
        }
    }
#else
    (void)options;
    (void)text;
#endif
    return false;
}

static bool is_framing(const char *text, enum client_framing *framing)
{
    if (strcmp(text, "auto") == 0) {
        *framing = CLIENT_AUTO;
    } else if (strcmp(text, "line") == 0) {
        *framing = CLIENT_LINE;
    } else if (strcmp(text, "raw") == 0) {
        *framing = CLIENT_RAW;
    } else {
        return false;
    }
    return true;
}

/* Stores `value` for `option`, or records the error. */
static void take(struct options *options, const struct option *option, const char *value)
{
    uint32_t number = 0;
    bool fits = true;
    enum word_options complaint = O_BAD_CHOICE;

    switch (option->kind) {
    case FLAG:
        set_flag(options, option);
        return;
    case NUMBER16:
    case NUMBER32:
        fits = text_parse_number(value, strlen(value), option->most, &number) &&
               number >= option->least;
        if (fits) {
            set_number(options, option, number);
        } else {
            complain(options, O_BAD_NUMBER, value, option);
        }
        return;
    case LANG:
        fits = is_lang(value, &options->lang);
        break;
    case FRAMING:
        fits = is_framing(value, &options->framing);
        break;
    case RECONNECT:
        fits = is_return(options, value);
        break;
    case NET:
        fits = is_net(options->program, value);
        break;
    case NETWORK:
        fits = is_network(value);
        complaint = O_BAD_ADDRESS;
        break;
    case NETWORK6:
        fits = is_network6(value);
        complaint = O_BAD_ADDRESS;
        break;
    case NETWORK_ANY:
        fits = read_network(value, &(struct lwchat_address){.low = 0}, &(uint8_t){0});
        complaint = O_BAD_ADDRESS;
        break;
    case ADDRESS:
        fits = text_parse_address(value, strlen(value), &number);
        complaint = O_BAD_ADDRESS;
        break;
    case MAC:
        fits = is_mac(value);
        complaint = O_BAD_ADDRESS;
        break;
    case NICK:
        fits = nick_valid(value, strlen(value));
        complaint = O_BAD_NICK;
        break;
    case HOSTNAME:
        fits = is_hostname(value);
        complaint = O_BAD_HOSTNAME;
        break;
    case TEXT:
        break;
    }
    if (!fits) {
        complain(options, complaint, value, option);
    } else if (option->kind != LANG && option->kind != FRAMING && option->kind != RECONNECT) {
        set_text(options, option, value);
    }
}

/* Stores HOST or HOST:PORT. @return how many words it counts as. */
static unsigned take_host(struct options *options, char *word)
{
    struct client_host host;

    switch (client_host_read(&host, word, strlen(word))) {
    case CLIENT_HOST_IPV6:
    case CLIENT_HOST_BAD:
        complain(options, O_BAD_HOST, word, NULL);
        return 1;
    case CLIENT_HOST:
        break;
    }
    if (host.name_bytes == 0 || host.name_bytes > MOST_HOST_BYTES) {
        complain(options, O_LONG_HOST, word, NULL);
        return 1;
    }
    options->host = host.name;
    /* argv is writable: terminate the host where its bracket or colon was. */
    word[(size_t)(host.name - word) + host.name_bytes] = '\0';
    if (host.port == NULL) {
        return 1;
    }
    take(options, &port_word, host.port);
    return 2;
}

/* Stores a word that is not an option. @return how many words it counts as. */
static unsigned take_word(struct options *options, unsigned position, char *word)
{
    if (options->program == OPTIONS_CLIENT && position == 0) {
        return take_host(options, word);
    }
    if (options->program == OPTIONS_CLIENT && position == 1) {
        take(options, &port_word, word);
    } else {
        complain(options, O_TOO_MANY, word, NULL);
    }
    return 1;
}

/* Stores the option in argv[i]. @return how many words it used: 1 or 2. */
static int take_option(struct options *options, int i, int argc, char *const argv[])
{
    const char *word = argv[i];
    const char *equals = strchr(word, '=');
    size_t bytes = equals == NULL ? strlen(word) : (size_t)(equals - word);
    const struct option *option = find(options->program, word, bytes);

    if (option == NULL) {
        complain(options, O_NO_OPTION, word, NULL);
    } else if (option->kind == FLAG && equals != NULL) {
        complain(options, O_NO_VALUE_WANTED, equals + 1, option);
    } else if (option->kind == FLAG) {
        take(options, option, NULL);
    } else if (equals != NULL) {
        take(options, option, equals + 1);
    } else if (i + 1 == argc) {
        complain(options, O_NO_VALUE, word, option);
    } else {
        take(options, option, argv[i + 1]);
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
        (void)read_network(options->proxy, &proxy->network, &proxy->prefix);
        proxy->shared = !is_machine(options) && address_is_loopback(proxy->network);
        proxy->port = options->net.proxy = options->proxy_port;
    }
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
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].kind == NUMBER16 || table[i].kind == NUMBER32) {
            set_number(options, &table[i], table[i].fallback);
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

enum { OPTIONS = sizeof table / sizeof table[0] };
static const char blanks[] = " \t\r";

/* @return the file's length, or 0 after a complaint. */
static size_t read_file(struct options *options, const char *path, char *text)
{
    int bytes = port_file_read(path, text, LWCHAT_FILE_BYTES);

    if (bytes < 0) {
        complain(options, O_NO_FILE, path, NULL);
    }
    return bytes < 0 ? 0 : (size_t)bytes;
}

/* Cuts the blanks around a text off. */
static char *trim(char *text)
{
    text += strspn(text, blanks);
    for (size_t bytes = strlen(text); bytes > 0 && strchr(blanks, text[bytes - 1]) != NULL;) {
        text[--bytes] = '\0';
    }
    return text;
}

/* Stores the option in a line "NAME VALUE" or "NAME". `seen`: those that the file has so far. */
static void take_line(struct options *options, char *name, bool seen[OPTIONS])
{
    size_t bytes = strcspn(name, blanks);
    char *value = trim(name + bytes);
    const struct option *option = NULL;

    name[bytes] = '\0';
    for (size_t i = 0; i < OPTIONS && option == NULL; i++) {
        if ((table[i].programs & (int)options->program) != 0 &&
            strcmp(table[i].name + DASHES, name) == 0) {
            option = &table[i];
        }
    }
    if (option == NULL) {
        complain(options, O_NO_NAME, name, NULL);
    } else if (option->member == MEMBER(config) || option->member == MEMBER(help) ||
               option->member == MEMBER(version)) {
        complain(options, O_NOT_IN_FILE, name, NULL);
    } else if (seen[option - table]) {
        complain(options, O_TWICE, name, NULL);
    } else if (option->value == NULL && *value != '\0') {
        complain(options, O_NO_VALUE_WANTED, value, option);
    } else if (option->value != NULL && *value == '\0') {
        complain(options, O_NO_VALUE, name, option);
    } else {
        seen[option - table] = true;
        take(options, option, value);
    }
}

/* The texts of the options stay in `text`. */
static void take_lines(struct options *options, char *text, size_t bytes)
{
    bool seen[OPTIONS] = {false};
    char *end;

    text[bytes] = '\0';
    for (char *line = text; bytes > 0 && options->complaint == NULL; line = end + 1) {
        end = memchr(line, '\n', bytes);
        end = end == NULL ? line + bytes : end;
        bytes -= (size_t)(end - line);
        bytes -= bytes > 0;
        options->line++;
        *end = '\0';
        bool whole = strlen(line) == (size_t)(end - line);
        char *name = trim(line);
        if (!whole) {
            complain(options, O_NO_TEXT, "", NULL);
        } else if (*name != '\0' && *name != '#') {
            take_line(options, name, seen);
        }
    }
    options->line = options->complaint == NULL ? 0 : options->line;
}

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
    static char text[LWCHAT_FILE_BYTES + 1];
    const struct options line = *options;
    size_t bytes;

    take_defaults(options, line.program);
    options->config = line.config;
    options->lang = line.lang;
    bytes = read_file(options, line.config, text);
    take_lines(options, text, bytes);
    if (options->complaint == NULL) {
        take_words(options, argc, argv);
        settle_address(options, &line);
    }
}

static void take_commands(struct options *options)
{
    static char text[LWCHAT_FILE_BYTES];

    options->commands = text;
    options->commands_bytes = read_file(options, options->commands_file, text);
}

#if LWCHAT_PASSWORD

_Static_assert(LWCHAT_PASSWORD_BYTES == 96, "O_SUCH_PASSWORD says so");
enum { PASSWORD_FILE_BYTES = 1024 };

/* Whether every dialect can carry it, and no word for leaving is mistaken for it. */
static bool is_password(const char *text)
{
    static const char quit[] = "/quit";
    size_t bytes = strlen(text);
    size_t word_bytes = strcspn(text, " ");

    for (size_t i = 0; i < bytes; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7F) {
            return false;
        }
    }
    return bytes > 0 && bytes <= LWCHAT_PASSWORD_BYTES && !text_is(text, bytes, "fin") &&
           !(word_bytes == sizeof quit - 1 && memcmp(text, quit, word_bytes) == 0);
}

/* Replaces @FILE by the file's first line. */
static void read_password(struct options *options)
{
    static char text[PASSWORD_FILE_BYTES + 1];
    const char *path = options->password + 1;
    int bytes = port_file_read(path, text, PASSWORD_FILE_BYTES);

    options->password = text;
    if (bytes < 0) {
        complain(options, O_NO_FILE, path, NULL);
        return;
    }
    text[bytes] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    if (!is_password(text)) {
        complain(options, O_BAD_PASSWORD_FILE, path,
                 find(options->program, "--password", strlen("--password")));
    }
}

static void take_password(struct options *options)
{
    if (options->password[0] == '@') {
        read_password(options);
    } else if (!is_password(options->password)) {
        complain(options, O_BAD_PASSWORD, "", /* it is not quoted */
                 find(options->program, "--password", strlen("--password")));
    }
}

#endif
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
        take_commands(options);
    }
#if LWCHAT_PASSWORD
    if (options->complaint == NULL && !shows && options->password != NULL) {
        take_password(options);
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
        complain(options, O_TWO_ADDRESSES, options->net.address, NULL);
        return OPTIONS_BAD;
    }
    options->net.french = options->lang == WORDS_FRENCH;
    if (program == OPTIONS_SERVER) {
        options->net.serve = options->port;
        choose_http(options);
        choose_irc(options);
#if LWCHAT_PROXY
        choose_proxy(options);
        if (options->believed.port == options->port) {
            complain(options, O_SAME_PORT, "", NULL);
            return OPTIONS_BAD;
        }
#endif
        choose_per_address(options);
    }
    return OPTIONS_RUN;
}

void options_no_output(struct options *options)
{
    complain(options, O_NO_OUTPUT, "", NULL);
}

/* --- Output -------------------------------------------------------------- */

/* A line being written; text that does not fit is dropped. */
struct line {
    char *text;
    size_t bytes;
    size_t room;
};

static void put(struct line *line, const char *text, size_t bytes)
{
    if (bytes > line->room - line->bytes) {
        bytes = line->room - line->bytes;
    }
    memcpy(line->text + line->bytes, text, bytes);
    line->bytes += bytes;
}

static void put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

static void put_sentence(struct line *line, const char *sentence, const char *arguments,
                         size_t bytes)
{
    line->bytes +=
        words_write(line->text + line->bytes, line->room - line->bytes, sentence, arguments, bytes);
}

static const char *program_name(const struct options *options)
{
    return options->program == OPTIONS_SERVER ? "lwchatd" : "lwchat";
}

static void put_help(struct line *line, const struct options *options, const struct option *option)
{
    char number[10];
    const char *fallback = option->kind == NICK ? LWCHAT_NAME : number;
    size_t bytes =
        option->kind == NICK ? strlen(LWCHAT_NAME) : text_number(number, option->fallback);

    put_text(line, "  ");
    put_text(line, option->name);
    if (option->value != NULL) {
        put_text(line, " ");
        put_text(line, option->value);
    }
    do {
        put_text(line, " ");
    } while (line->bytes < HELP_COLUMN && line->bytes < line->room);
    put_sentence(line, words_options[option->help].text[options->lang], fallback, bytes);
}

/* Writes line `number` of the help. @return false past its end. */
static bool put_help_line(struct line *line, const struct options *options, unsigned number)
{
    bool server = options->program == OPTIONS_SERVER;
    char port[10];

    switch (number) {
    case 0:
        put_text(line, words_options[server ? O_USAGE_SERVER : O_USAGE_CLIENT].text[options->lang]);
        return true;
    case 1:
        put_sentence(line,
                     words_options[server ? O_ABOUT_SERVER : O_ABOUT_CLIENT].text[options->lang],
                     port, text_number(port, LWCHAT_PORT));
        return true;
    case 2:
        return true;
    default:
        number -= 3;
    }
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if ((table[i].programs & (int)options->program) != 0 && number-- == 0) {
            put_help(line, options, &table[i]);
            return true;
        }
    }
    return false;
}

/* The arguments of an error message, separated by NULs. */
struct arguments {
    char text[160];
    size_t bytes;
};

static void add_argument(struct arguments *arguments, const char *text, size_t bytes)
{
    size_t room = sizeof arguments->text - 1 - arguments->bytes;

    arguments->bytes += text_copy(arguments->text + arguments->bytes, room, text, bytes);
    arguments->text[arguments->bytes++] = '\0';
}

/* The line of a file in which the error is; 0: it is on the command line. */
static unsigned line_of(const struct options *options)
{
#if LWCHAT_FILES
    return options->line;
#else
    (void)options;
    return 0;
#endif
}

static void add_place(struct arguments *arguments, const struct options *options)
{
#if LWCHAT_FILES
    if (line_of(options) > 0) {
        char place[80], number[10];
        size_t digits = text_number(number, line_of(options));
        size_t room = sizeof place - 1 - digits;
        size_t bytes = text_cut(options->config, strlen(options->config), room);
        memcpy(place, options->config, bytes);
        bytes = text_clean(place, bytes, room);
        place[bytes++] = ':';
        memcpy(place + bytes, number, digits);
        add_argument(arguments, place, bytes + digits);
        return;
    }
#endif
    add_argument(arguments, program_name(options), strlen(program_name(options)));
}

/* True when a file could not be read: the port knows the cause. */
static bool is_of_file(const struct options *options)
{
    return LWCHAT_FILES && options->complaint == &words_options[O_NO_FILE];
}

static void put_complaint(struct line *line, const struct options *options)
{
    const struct option *option = options->about;
    const struct word *takes = option == NULL ? NULL : &words_options[option->takes];
    struct arguments arguments = {.bytes = 0};
    char culprit[64];
    char number[10];
    size_t bytes = strlen(options->culprit);

    /* Any input is quoted in a single line and leaves room for the rest. */
    if (bytes > sizeof culprit) {
        bytes = text_cut(options->culprit, bytes, sizeof culprit);
    }
    memcpy(culprit, options->culprit, bytes);
    bytes = text_clean(culprit, bytes, sizeof culprit);

    size_t dashes = line_of(options) > 0 ? DASHES : 0;

    add_place(&arguments, options);
    add_argument(&arguments, culprit, bytes);
    if (is_of_file(options)) {
        add_argument(&arguments, port_reason(), strlen(port_reason()));
    } else if (option == NULL) {
        /* Only the program and the word are quoted. */
    } else if (options->complaint == &words_options[O_NO_VALUE]) {
        add_argument(&arguments, option->value, strlen(option->value));
    } else {
        add_argument(&arguments, option->name + dashes, strlen(option->name) - dashes);
        if (option->kind == NUMBER16 || option->kind == NUMBER32) {
            add_argument(&arguments, number, text_number(number, option->least));
            add_argument(&arguments, number, text_number(number, option->most));
        } else {
            add_argument(&arguments, takes->text[options->lang],
                         strlen(takes->text[options->lang]));
        }
    }
    put_sentence(line, options->complaint->text[options->lang], arguments.text,
                 arguments.bytes - 1);
}

int options_line(const struct options *options, unsigned number, char *text, size_t bytes)
{
    struct line line = {.text = text, .bytes = 0, .room = bytes};

    if (options->complaint == NULL && options->help) {
        return put_help_line(&line, options, number) ? (int)line.bytes : LWCHAT_NOT_FOUND;
    }
    if (number > 0 || (options->complaint == NULL && !options->version)) {
        return LWCHAT_NOT_FOUND;
    }
    if (options->complaint != NULL) {
        put_complaint(&line, options);
    } else {
        put_text(&line, program_name(options));
        put_text(&line, " " LWCHAT_VERSION);
    }
    return (int)line.bytes;
}

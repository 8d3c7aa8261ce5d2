/* Checks the values of options, and stores them. */
#include "options_parts.h"

#include <string.h>

#include "../core/address_text.h"
#include "../core/nick.h"
#include "../core/text.h"

enum { MOST_HOSTNAME_BYTES = 57 };

void options_complain(struct options *options, enum word_options complaint, const char *culprit,
                      const struct option *about)
{
    options->complaint = &options_words[complaint];
    options->culprit = culprit;
    options->about = about;
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

void options_set_number(struct options *options, const struct option *option, uint32_t number)
{
    const uint16_t narrow = (uint16_t)number;

    if (option->kind == OPTION_NUMBER16) {
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
bool options_network(const char *text, struct lwchat_address *network, uint8_t *prefix)
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

void options_take(struct options *options, const struct option *option, const char *value)
{
    uint32_t number = 0;
    bool fits = true;
    enum word_options complaint = O_BAD_CHOICE;

    switch (option->kind) {
    case OPTION_FLAG:
        set_flag(options, option);
        return;
    case OPTION_NUMBER16:
    case OPTION_NUMBER32:
        fits = text_parse_number(value, strlen(value), option->most, &number) &&
               number >= option->least;
        if (fits) {
            options_set_number(options, option, number);
        } else {
            options_complain(options, O_BAD_NUMBER, value, option);
        }
        return;
    case OPTION_LANG:
        fits = is_lang(value, &options->lang);
        break;
    case OPTION_FRAMING:
        fits = is_framing(value, &options->framing);
        break;
    case OPTION_RECONNECT:
        fits = is_return(options, value);
        break;
    case OPTION_NET:
        fits = is_net(options->program, value);
        break;
    case OPTION_NETWORK:
        fits = is_network(value);
        complaint = O_BAD_ADDRESS;
        break;
    case OPTION_NETWORK6:
        fits = is_network6(value);
        complaint = O_BAD_ADDRESS;
        break;
    case OPTION_NETWORK_ANY:
        fits = options_network(value, &(struct lwchat_address){.low = 0}, &(uint8_t){0});
        complaint = O_BAD_ADDRESS;
        break;
    case OPTION_ADDRESS:
        fits = text_parse_address(value, strlen(value), &number);
        complaint = O_BAD_ADDRESS;
        break;
    case OPTION_MAC:
        fits = is_mac(value);
        complaint = O_BAD_ADDRESS;
        break;
    case OPTION_NICK:
        fits = nick_valid(value, strlen(value));
        complaint = O_BAD_NICK;
        break;
    case OPTION_HOSTNAME:
        fits = is_hostname(value);
        complaint = O_BAD_HOSTNAME;
        break;
    case OPTION_TEXT:
        break;
    }
    if (!fits) {
        options_complain(options, complaint, value, option);
    } else if (option->kind != OPTION_LANG && option->kind != OPTION_FRAMING &&
               option->kind != OPTION_RECONNECT) {
        set_text(options, option, value);
    }
}

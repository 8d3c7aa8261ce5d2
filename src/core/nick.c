#include "nick.h"

#include "lwchat_config.h"
#include "words.h"

#include <string.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool nick_valid(const char *text, size_t bytes)
{
    if (bytes == 0 || bytes > LWCHAT_NICK_BYTES || !is_letter(text[0])) {
        return false;
    }
    for (size_t i = 1; i < bytes; i++) {
        if (!is_letter(text[i]) && !(text[i] >= '0' && text[i] <= '9') && text[i] != '_' &&
            text[i] != '-') {
            return false;
        }
    }
    return true;
}

static char fold(char c)
{
    if (c >= 'A' && c <= 'Z') {
        c = (char)(c + ('a' - 'A'));
    }
    switch (c) {
    case '0':
        return 'o';
    case '1':
    case 'i':
        return 'l';
    case '5':
        return 's';
    default:
        return c;
    }
}

/* The next letter of the nick's skeleton; '\0' at its end. */
static char next_folded(const char **at, const char *end)
{
    if (*at == end) {
        return '\0';
    }
    char c = fold(*(*at)++);
    if (*at < end && ((c == 'r' && fold(**at) == 'n') || (c == 'v' && fold(**at) == 'v'))) {
        (*at)++;
        return c == 'r' ? 'm' : 'w';
    }
    return c;
}

bool nick_alike(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    const char *a_end = a + a_bytes, *b_end = b + b_bytes;
    char c;

    do {
        c = next_folded(&a, a_end);
        if (c != next_folded(&b, b_end)) {
            return false;
        }
    } while (c != '\0');
    return true;
}

/* --- What nobody may be called -------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alike(const char *text, size_t bytes, const char *word)
{
    return nick_alike(text, bytes, word, strlen(word));
}

static bool is_in(const char *text, size_t bytes, const char *const *list, size_t count)
{
    size_t i = 0;

    while (i < count && !is_alike(text, bytes, list[i])) {
        i++;
    }
    return i < count;
}

#define IS_IN(text, bytes, list) is_in(text, bytes, list, sizeof(list) / sizeof((list)[0]))

/* Copies a nick without '_' and '-'. @return its length. */
static size_t join_parts(char *out, const char *text, size_t bytes)
{
    size_t n = 0;

    for (size_t i = 0; i < bytes; i++) {
        if (text[i] != '_' && text[i] != '-') {
            out[n++] = text[i];
        }
    }
    return n;
}

static size_t without_digits(const char *text, size_t bytes)
{
    while (bytes > 0 && is_digit(text[bytes - 1])) {
        bytes--;
    }
    return bytes;
}

static bool is_guest(const char *text, size_t bytes)
{
    static const char guest[] = "guest";
    size_t n = sizeof guest - 1;

    if (bytes < n || !is_alike(text, n, guest)) {
        return false;
    }
    while (n < bytes) {
        char c = fold(text[n++]);
        if (!is_digit(c) && c != fold('0') && c != fold('1') && c != fold('5')) {
            return false;
        }
    }
    return true;
}

static bool is_authority(const char *text, size_t bytes)
{
    static const char *const articles[] = {"", "the", "le", "la"};
    static const char *const words[] = {
        "server",    "serveur", "admin",     "administrator", "administrateur",
        "root",      "system",  "systeme",   "oper",          "operator",
        "operateur", "sysop",   "moderator", "moderateur",    "console"};

    for (size_t i = 0; i < sizeof articles / sizeof articles[0]; i++) {
        size_t length = strlen(articles[i]);
        if (bytes > length && is_alike(text, length, articles[i]) &&
            IS_IN(text + length, bytes - length, words)) {
            return true;
        }
    }
    return false;
}

/* Whether a part of the nick, between '_' or '-', is an authority. */
static bool has_authority(const char *text, size_t bytes)
{
    for (size_t at = 0, end; at < bytes; at = end + 1) {
        for (end = at; end < bytes && text[end] != '_' && text[end] != '-';) {
            end++;
        }
        if (is_authority(text + at, end - at) ||
            is_authority(text + at, without_digits(text + at, end - at))) {
            return true;
        }
    }
    return false;
}

static bool begins_sentence(const char *text, size_t bytes)
{
    /* These make one with what is said of people: "messages left: 37", "It is now bob". */
    static const char *const others[] = {
        "fin",      "all",   "everybody", "everyone", "they",    "we",      "it",    "nous", "tous",
        "messages", "lines", "people",    "places",   "seconds", "minutes", "hours", "time"};

    for (unsigned i = 0; i < WORDS_CHAT; i++) {
        for (unsigned language = 0; language < WORDS_LANGUAGES; language++) {
            const char *word = words_chat[i].text[language];
            size_t length = 0;
            if (memcmp(word, "*** ", 4) == 0 || memcmp(word, "!!! ", 4) == 0) {
                word += 4;
            }
            while (is_letter(word[length])) {
                length++;
            }
            bool whole = word[length] == ' ' || word[length] == ':' || word[length] == '\0';
            if (length > 0 && whole && nick_alike(text, bytes, word, length)) {
                return true;
            }
        }
    }
    return IS_IN(text, bytes, others);
}

/* `text` has no '_' and no '-'. */
static bool is_the_servers(const char *text, size_t bytes, const char *name)
{
    char own[LWCHAT_NICK_BYTES] = "";
    size_t own_bytes = without_digits(own, join_parts(own, name, strlen(name)));

    return nick_alike(text, bytes, own, own_bytes) || is_alike(text, bytes, name) ||
           is_authority(text, bytes) || begins_sentence(text, bytes);
}

bool nick_reserved(const char *text, size_t bytes, const char *name)
{
    char joined[LWCHAT_NICK_BYTES] = "";
    size_t joined_bytes = join_parts(joined, text, bytes);

    /* A digit at the end is a decoration, or stands for a letter. */
    return is_guest(joined, joined_bytes) || has_authority(text, bytes) ||
           is_the_servers(joined, joined_bytes, name) ||
           is_the_servers(joined, without_digits(joined, joined_bytes), name);
}

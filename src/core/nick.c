#include "nick.h"

#include "lwchat_config.h"

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

bool nick_reserved(const char *text, size_t bytes)
{
    static const char *const names[] = {"server", "admin", "root", "system", "oper"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (nick_alike(text, bytes, names[i], strlen(names[i]))) {
            return true;
        }
    }
    return false;
}

#include "words.h"

#include "address_text.h"
#include "text.h"

#include <stdbool.h>
#include <string.h>

enum { ARGUMENT_BYTES = 32 };

const struct word words_chat[WORDS_CHAT] = {
#define WORD(name, english, french) [W_##name] = {{english, french}},
#include "words.def"
#undef WORD
};

static const char *argument(const char *arguments, size_t bytes, unsigned number, size_t *length)
{
    const char *end = arguments + bytes;

    for (; number > 0 && arguments < end; number--) {
        const char *nul = memchr(arguments, '\0', (size_t)(end - arguments));
        arguments = nul == NULL ? end : nul + 1;
    }
    const char *stop = memchr(arguments, '\0', (size_t)(end - arguments));
    *length = (size_t)((stop == NULL ? end : stop) - arguments);
    return arguments;
}

size_t words_write(char *out, size_t bytes, const char *sentence, const char *arguments,
                   size_t arguments_bytes)
{
    size_t n = 0;
    bool singular = false;
    bool hidden = false;

    if (arguments == NULL) {
        arguments = "";
    }
    for (const char *p = sentence; *p != '\0'; p++) {
        const char *piece = p;
        size_t length = 1;
        if (*p == '%' && p[1] >= '1' && p[1] <= '9') {
            piece = argument(arguments, arguments_bytes, (unsigned)(p[1] - '1'), &length);
            singular = length == 1 && *piece == '1';
            p++;
        } else if (hidden || *p == '{' || *p == '}') {
            hidden = singular && *p != '}';
            length = 0;
        }
        if (length > bytes - n) {
            length = bytes - n;
        }
        memcpy(out + n, piece, length);
        n += length;
    }
    return n;
}

static void add(struct words_arguments *arguments, const char *text, size_t bytes, size_t most)
{
    if (arguments->bytes > 0 && arguments->bytes < sizeof arguments->text) {
        arguments->text[arguments->bytes++] = '\0';
    }
    size_t room = sizeof arguments->text - arguments->bytes;
    arguments->bytes +=
        text_copy(arguments->text + arguments->bytes, room < most ? room : most, text, bytes);
}

void words_add(struct words_arguments *arguments, const char *text, size_t bytes)
{
    add(arguments, text, bytes, ARGUMENT_BYTES);
}

void words_add_network(struct words_arguments *arguments, const char *text, size_t bytes)
{
    add(arguments, text, bytes, ADDRESS_NETWORK_BYTES);
}

void words_add_number(struct words_arguments *arguments, uint32_t number)
{
    char digits[10];

    words_add(arguments, digits, text_number(digits, number));
}

void words_add_address(struct words_arguments *arguments, struct lwchat_address address)
{
    char text[ADDRESS_TEXT_BYTES];

    words_add_network(arguments, text, address_write(text, address));
}

/*
 * Cleans its input, for test_unicode.py. Each line of input has the room for a
 * line, the most bytes of a piece (0: not split) and the text in hexadecimal;
 * each line of output is the clean text in hexadecimal.
 */
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4096 };

static size_t clean_in_pieces(char *text, size_t bytes, size_t piece, size_t room)
{
    struct text_state state = {.isolates = 0};
    size_t in = 0, out = 0;

    while (bytes - in > piece) {
        /* Extend the piece until it does not end within a character. */
        size_t length = piece, whole;
        while ((whole = text_whole(text + in, length)) == 0 && in + length < bytes) {
            length++;
        }
        if (whole == 0) {
            break;
        }
        char buffer[MOST];
        memcpy(buffer, text + in, whole);
        size_t clean = text_clean_next(&state, buffer, whole);
        memcpy(text + out, buffer, clean);
        in += whole;
        out += clean;
    }
    memmove(text + out, text + in, bytes - in);
    return out + text_clean_last(&state, text + out, bytes - in, room - out);
}

int main(void)
{
    static char line[2 * MOST + 32], text[MOST];

    while (fgets(line, sizeof line, stdin) != NULL) {
        char *at = line;
        size_t room = strtoul(at, &at, 10), piece = strtoul(at, &at, 10), bytes = 0;
        unsigned byte;
        for (at += strspn(at, " "); sscanf(at, "%2x", &byte) == 1; at += 2) {
            text[bytes++] = (char)byte;
        }
        bytes =
            piece == 0 ? text_clean(text, bytes, room) : clean_in_pieces(text, bytes, piece, room);
        for (size_t i = 0; i < bytes; i++) {
            printf("%02x", (unsigned char)text[i]);
        }
        putchar('\n');
    }
    return 0;
}

/*
 * Checks nicks for test_nick_letters.py. Each line of input has one or two texts
 * in hexadecimal; each line of output is 1 or 0: whether the one text is a valid
 * nick, or whether the two are alike.
 */
#include "core/nick.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 256 };

static size_t read_text(char *text, const char *hex)
{
    size_t bytes = 0;
    unsigned byte;

    while (sscanf(hex + 2 * bytes, "%2x", &byte) == 1) {
        text[bytes++] = (char)byte;
    }
    return bytes;
}

int main(void)
{
    static char line[2 * MOST + 8], one[MOST], other[MOST];

    while (fgets(line, sizeof line, stdin) != NULL) {
        char *second = strchr(line, ' ');
        if (second != NULL) {
            *second++ = '\0';
        }
        size_t bytes = read_text(one, line);
        bool yes = second == NULL ? nick_valid(one, bytes)
                                  : nick_alike(one, bytes, other, read_text(other, second));
        puts(yes ? "1" : "0");
    }
    return 0;
}

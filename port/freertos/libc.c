#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * lwIP looks an interface's number up with it. The C library's own brings
 * locales and a reentrancy block of 1 KB of RAM along.
 */
int atoi(const char *text)
{
    int number = 0;

    while (*text >= '0' && *text <= '9') {
        number = number * 10 + (*text++ - '0');
    }
    return number;
}

/* The C library's own is made for speed that nobody needs here, and ten times as large. */
char *strchr(const char *text, int wanted)
{
    while (*text != (char)wanted) {
        if (*text++ == '\0') {
            return NULL;
        }
    }
    return (char *)(uintptr_t)text;
}

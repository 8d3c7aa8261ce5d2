#include <stdlib.h>

/*
 * lwIP parses an interface's number with it. The C library's version pulls in
 * locales and a reentrancy block of 1 KB of RAM.
 */
int atoi(const char *text)
{
    int number = 0;

    while (*text >= '0' && *text <= '9') {
        number = number * 10 + (*text++ - '0');
    }
    return number;
}

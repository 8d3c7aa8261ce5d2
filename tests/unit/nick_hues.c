/* Writes the number of the hue of each nick: see test_nick_colours.py. */
#include "net/client_colour.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char *argv[])
{
    for (int i = 1; i < argc; i++) {
        printf("%u\n", colour_of(argv[i], strlen(argv[i])));
    }
    return 0;
}

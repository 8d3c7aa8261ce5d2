#include "name.h"

uint8_t name_give(char name[NAME_BYTES], unsigned number)
{
    uint8_t bytes = 0;

    name[bytes++] = 'p';
    for (unsigned power = 100; power > 0; power /= 10) {
        if (number >= power || power == 1) {
            name[bytes++] = (char)('0' + number / power % 10);
        }
    }
    name[bytes++] = '>';
    name[bytes++] = ' ';
    return bytes;
}

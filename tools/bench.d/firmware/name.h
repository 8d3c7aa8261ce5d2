/* A sender's prefix in a firmware without nicks, such as "p12> ". */
#ifndef NAME_H
#define NAME_H

#include <stdint.h>

enum { NAME_BYTES = 6 };

/* @return its length, at most NAME_BYTES; `number` is below 1000. */
uint8_t name_give(char name[NAME_BYTES], unsigned number);

#endif

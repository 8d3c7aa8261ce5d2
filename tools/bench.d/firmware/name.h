/* What a person is called in a firmware without nicks: "p12> ", as it stands before a line. */
#ifndef NAME_H
#define NAME_H

#include <stdint.h>

enum { NAME_BYTES = 6 };

/* @return its bytes, at most NAME_BYTES; `number` is below 1000. */
uint8_t name_give(char name[NAME_BYTES], unsigned number);

#endif

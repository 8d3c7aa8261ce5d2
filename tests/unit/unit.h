/**
 * @file
 * What the tests of single parts share: cmocka with what it wants included
 * before it, and memory that ends where a byte too many faults.
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/** The end of `bytes` writable bytes, before which they lie and at which a page faults. */
char *guarded_end(size_t bytes);

/** Numbers from a seed, the same on every machine. */
struct dice {
    uint64_t state;
};
uint32_t dice_throw(struct dice *dice);

/** 0 to `sides` - 1. */
uint32_t dice_below(struct dice *dice, uint32_t sides);

/** Bytes written as hex pairs with spaces between. @return how many. */
size_t from_hex(uint8_t *out, size_t bytes, const char *hex);

#endif

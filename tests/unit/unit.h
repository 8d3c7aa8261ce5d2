/**
 * @file
 * Shared by the unit tests: cmocka with the headers that must precede it, and
 * memory whose end is guarded by a faulting page.
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

/** @return the end of `bytes` writable bytes; an access at the end faults. */
char *guarded_end(size_t bytes);

/** Random numbers from a seed, the same on every machine. */
struct dice {
    uint64_t state;
};
uint32_t dice_throw(struct dice *dice);

/** @return 0 to `sides` - 1. */
uint32_t dice_below(struct dice *dice, uint32_t sides);

/** Converts hex pairs separated by spaces to at most `bytes` bytes at `out`. @return how many. */
size_t from_hex(uint8_t *out, size_t bytes, const char *hex);

#endif

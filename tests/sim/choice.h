/**
 * @file
 * The source of every choice in a simulation: a seed, or a fuzzer's bytes
 * followed by a seed.
 */
#ifndef LWCHAT_SIM_CHOICE_H
#define LWCHAT_SIM_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Takes the choices from the `bytes` bytes at `data` first, then from `seed`. */
void choice_begin(uint64_t seed, const uint8_t *data, size_t bytes);

/** A number from 0 to `count` - 1; `count` is 1 or more. */
uint32_t choice_below(uint32_t count);

/** A number from `least` to `most`. */
uint32_t choice_between(uint32_t least, uint32_t most);

/** True with a probability of `percent` %. */
bool choice_in(unsigned percent);

/** True once the fuzzer's bytes are used up; never with a seed alone. */
bool choice_over(void);

#endif

/**
 * @file
 * When the client tries again after its connection was lost. It does no I/O and has no
 * clock.
 */
#ifndef LWCHAT_CLIENT_AGAIN_H
#define LWCHAT_CLIENT_AGAIN_H

#include <stddef.h>
#include <stdint.h>

/** The shortest and the longest pause between two attempts. */
enum { AGAIN_LEAST_MS = 1000, AGAIN_MOST_MS = 60000 };

/**
 * The pause before the next attempt in ms. It doubles from attempt to attempt, and is shortened at
 * random, by up to half, so that a server that returns is not asked by everybody at once.
 *
 * @param tries   attempts that have failed since the connection was lost
 * @param random  a random number
 */
uint32_t again_pause_ms(unsigned tries, uint32_t random);

/** Writes a duration, such as "2 min 5 s". @param out  24 bytes long. @return the length. */
size_t again_duration(char *out, uint32_t ms);

#endif

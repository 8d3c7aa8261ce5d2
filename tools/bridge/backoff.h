/**
 * @file
 * Delays before the next attempt to connect, which grow.
 */
#ifndef BRIDGE_BACKOFF_H
#define BRIDGE_BACKOFF_H

#include <stdint.h>

enum { BACKOFF_FIRST_MS = 250, BACKOFF_MAX_MS = 5000 };

/** @return the delay before the next attempt; `wait_ms` is then the one after it. */
static inline uint64_t backoff_next(uint64_t *wait_ms)
{
    uint64_t now_ms = *wait_ms;

    *wait_ms = now_ms < BACKOFF_MAX_MS / 2 ? 2 * now_ms : BACKOFF_MAX_MS;
    return now_ms;
}

#endif

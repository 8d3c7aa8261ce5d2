/**
 * @file
 * Finds bytes of one session's line that another session is shown: the chat's
 * scratch memory is filled with a word before each line, and no output may have it.
 */
#ifndef LWCHAT_STALE_H
#define LWCHAT_STALE_H

#include "fuzz.h"

#include "core/model.h"

#include <string.h>

enum { STALE_BYTES = 8 };

static char stale_word[STALE_BYTES];

/** Chooses a word, by a hash of the input, so that no input contains it for long. */
static inline void stale_begin(const uint8_t *data, size_t bytes)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325); /* FNV-1a, of 64 bits */

    for (size_t i = 0; i < bytes; i++) {
        hash = (hash ^ data[i]) * UINT64_C(0x100000001B3);
    }
    for (unsigned i = 0; i < STALE_BYTES; i++) {
        stale_word[i] = (char)('a' + (hash >> (8 * i)) % 26);
    }
}

/** To be called before the chat is passed input. */
static inline void stale_fill(struct chat *chat)
{
    for (size_t at = 0; at + STALE_BYTES <= sizeof chat->line; at += STALE_BYTES) {
        memcpy(chat->line + at, stale_word, STALE_BYTES);
    }
    for (size_t at = 0; at + STALE_BYTES <= sizeof chat->clean; at += STALE_BYTES) {
        memcpy(chat->clean + at, stale_word, STALE_BYTES);
    }
}

/** To be called with what a session is sent. */
static inline void stale_check(const char *text, size_t bytes)
{
    for (size_t at = 0; at + STALE_BYTES <= bytes; at++) {
        FUZZ_PROMISE(memcmp(text + at, stale_word, STALE_BYTES) != 0);
    }
}

#endif

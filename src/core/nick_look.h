/**
 * @file
 * The letters that nicks are made of, and what each looks like. tools/unicode
 * generates the tables: Latin, Greek and Cyrillic letters that have capitals and
 * that Unicode's NFKC leaves unchanged. Combining marks are not among them.
 *
 * A look is a number. Letters that differ only in case or in marks, or that have
 * the same skeleton in TR 39, share one. A letter whose two cases look like two
 * others (Greek nu is n or v), or like several together, has a look that is
 * spelled with other looks, in one way or two.
 */
#ifndef LWCHAT_NICK_LOOK_H
#define LWCHAT_NICK_LOOK_H

#include "lwchat_config.h"

#include <stdint.h>

enum nick_script { NICK_LATIN, NICK_GREEK, NICK_CYRILLIC };

/** Code points from `first` on, each with its look; 0: not allowed in nicks. */
struct nick_block {
    uint16_t first;
    uint16_t count;
    uint8_t script; /**< enum nick_script, of all its letters */
    const uint8_t *look;
};

extern const struct nick_block nick_blocks[];
extern const uint8_t nick_block_count;

/** Looks from this one on are spelled: two ways, each of two looks; 0: none. */
extern const uint8_t nick_spelled_first;
extern const uint8_t nick_spelled[][2][2];

#endif

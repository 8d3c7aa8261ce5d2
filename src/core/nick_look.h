/**
 * @file
 * The letters that nicks are made of, and what each looks like. The tables are
 * tools/unicode's: letters of Latin, Greek and Cyrillic that have capitals, as
 * Unicode's NFKC leaves them, and none that is a mark on another.
 *
 * A look is a number: letters that differ only in case, in marks, or that TR 39
 * has the same skeleton for, have the same. A letter whose two cases look like
 * two others (Greek nu is n or v), or like several, has a look that is spelled,
 * one way or two, in other looks.
 */
#ifndef LWCHAT_NICK_LOOK_H
#define LWCHAT_NICK_LOOK_H

#include "lwchat_config.h"

#include <stdint.h>

enum nick_script { NICK_LATIN, NICK_GREEK, NICK_CYRILLIC };

/** Code points from `first` on, each with its look; 0: nicks do not have it. */
struct nick_block {
    uint16_t first;
    uint16_t count;
    uint8_t script; /**< enum nick_script, of all its letters */
    const uint8_t *look;
};

extern const struct nick_block nick_blocks[];
extern const uint8_t nick_block_count;

/** Looks from this one on are spelled: two ways, each of two looks; 0 is none. */
extern const uint8_t nick_spelled_first;
extern const uint8_t nick_spelled[][2][2];

#endif

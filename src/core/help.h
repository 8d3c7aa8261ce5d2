/**
 * @file
 * What /help says.
 */
#ifndef LWCHAT_HELP_H
#define LWCHAT_HELP_H

#include "words.h"

#include <stdbool.h>
#include <stdint.h>

/** The sentence of /help with number `step` for peers or the operator; NULL past the last. */
const struct word *help_sentence(unsigned step, bool to_operator, uint16_t *next);

#endif

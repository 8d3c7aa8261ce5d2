/**
 * @file
 * What may be shown to a person, told by another way than the core's.
 */
#ifndef LWCHAT_SIM_SAFE_H
#define LWCHAT_SIM_SAFE_H

#include <stdbool.h>
#include <stddef.h>

/** True when all of `text` is well-formed UTF-8 and nothing in it is banned. */
bool safe_text(const char *text, size_t bytes);

#endif

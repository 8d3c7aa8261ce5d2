/**
 * @file
 * Nicks: [A-Za-z][A-Za-z0-9_-]{0,15}, and no two that a reader could mistake
 * for each other.
 */
#ifndef LWCHAT_NICK_H
#define LWCHAT_NICK_H

#include <stdbool.h>
#include <stddef.h>

/** True when `text` has a nick's form. */
bool nick_valid(const char *text, size_t bytes);

/**
 * True when two nicks look alike: equal in lower case with 0 as o, 1 and i as
 * l, 5 as s, rn as m, vv as w.
 */
bool nick_alike(const char *a, size_t a_bytes, const char *b, size_t b_bytes);

/** True for names that look like an authority's: server, admin, root, system, oper. */
bool nick_reserved(const char *text, size_t bytes);

#endif

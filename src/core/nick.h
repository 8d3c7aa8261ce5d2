/**
 * @file
 * Nicks: a letter, then up to 15 letters, digits, '_' or '-', and no two that a
 * reader could mistake for each other. The letters are those of nick_look.h, all
 * of one script. Any nick made of them is in Unicode's NFC.
 */
#ifndef LWCHAT_NICK_H
#define LWCHAT_NICK_H

#include <stdbool.h>
#include <stddef.h>

/** Most characters of a nick; each is one column wide. */
enum { NICK_CHARACTERS = 16 };

/** True when `text` has a nick's form, and at most LWCHAT_NICK_BYTES. */
bool nick_valid(const char *text, size_t bytes);

/**
 * True when two nicks look alike: they are equal except for case and marks on
 * letters (Zoe and Zoë), with 0 read as o, 1 and i as l, 5 as s, rn as m, vv as w,
 * and ss as sharp s; or, in some case of each letter, they have the same skeleton
 * in Unicode TR 39, so that a nick in another script cannot imitate one (Сосо).
 */
bool nick_alike(const char *a, size_t a_bytes, const char *b, size_t b_bytes);

/**
 * True for a nick that only the server may give, or that could make a line look
 * like the server's own:
 *
 * - guest and a number: no one can pass for a guest whose messages history shows;
 * - the server's name;
 * - a word that begins one of its sentences, in any language, or that makes one
 *   when followed by "joined", "left" or "is now": you, the, nobody, messages;
 * - server, admin, operator and the like, also as part of a nick or after "the".
 *
 * Nicks are compared as in nick_alike(), without '_', '-' and trailing digits.
 *
 * @param name  the server's name
 */
bool nick_reserved(const char *text, size_t bytes, const char *name);

#endif

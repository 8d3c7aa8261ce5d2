/**
 * @file
 * Nicks: a letter, then up to 15 letters, digits, '_' or '-', and no two that a
 * reader could mistake for each other. The letters are those of nick_look.h, of
 * one script; all of them together are a text that Unicode's NFC leaves as it is.
 */
#ifndef LWCHAT_NICK_H
#define LWCHAT_NICK_H

#include <stdbool.h>
#include <stddef.h>

/** Characters of a nick at most, which are as many columns. */
enum { NICK_CHARACTERS = 16 };

/** True when `text` has a nick's form, and at most LWCHAT_NICK_BYTES. */
bool nick_valid(const char *text, size_t bytes);

/**
 * True when two nicks look alike: equal but for case and for marks on letters
 * (Zoe and Zoë), with 0 as o, 1 and i as l, 5 as s, rn as m, vv as w, ss as
 * sharp s; or, in some case of each letter, with the same skeleton by Unicode
 * TR 39, so that a nick of another script is not taken for theirs (Сосо).
 */
bool nick_alike(const char *a, size_t a_bytes, const char *b, size_t b_bytes);

/**
 * True for a nick that only the server may give, or that could make a line look
 * like the server's own:
 *
 * - guest and a number: what history shows of a guest is never somebody else's;
 * - the server's name;
 * - a word that begins one of its sentences, in any language, or that makes one
 *   with "joined", "left" or "is now" behind it: you, the, nobody, messages;
 * - server, admin, operator and their like, also as a part, or behind "the".
 *
 * Compared as by nick_alike(), without '_', '-', and digits at the end.
 *
 * @param name  the server's
 */
bool nick_reserved(const char *text, size_t bytes, const char *name);

#endif

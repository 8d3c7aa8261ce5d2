/**
 * @file
 * Text from strangers, made safe to show: well-formed UTF-8 without anything
 * that moves a cursor, hides, or turns the direction of writing.
 */
#ifndef LWCHAT_TEXT_H
#define LWCHAT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Decodes the code point at the front of `text` (Unicode, Table 3-7).
 *
 * @param bytes  how much there is; at least 1
 * @param point  set to the code point when the sequence is well-formed
 * @return the sequence's length, 1 to 4, when it is well-formed; minus the
 *         length of the maximal ill-formed subpart, -1 to -3, when it is not.
 */
int text_decode(const char *text, size_t bytes, uint32_t *point);

/**
 * Bytes at the front of `text` that are printable ASCII, as far as whole words
 * of the machine tell: up to a word's more may follow.
 */
size_t text_plain(const char *text, size_t bytes);

/**
 * Cleans one line in place. A tab becomes a space; an ill-formed maximal
 * subpart or a code point that must not be shown becomes one '?'; combining
 * marks past the fourth in a row are left out. Text never grows.
 * @return its new length in bytes.
 */
size_t text_clean(char *text, size_t bytes);

/** The same for a line that comes in pieces; `in_a_row` is 0 in front of the first. */
size_t text_clean_next(char *text, size_t bytes, unsigned *in_a_row);

/**
 * The longest prefix of clean `text` that has at most `limit` bytes and does not
 * cut a code point.
 * @return its length in bytes.
 */
size_t text_cut(const char *text, size_t bytes, size_t limit);

/** True when `text` is `word`, letters A to Z in either case. `word` is in lower case. */
bool text_is(const char *text, size_t bytes, const char *word);

/** Writes `number` in decimal. @return the number of digits written; `out` has room for 10. */
size_t text_number(char *out, uint32_t number);

/**
 * Reads a decimal number that is all of `text`.
 * @return false when it is empty, has another character, or is above `most`.
 */
bool text_parse_number(const char *text, size_t bytes, uint32_t most, uint32_t *number);

/** Writes an IPv4 address in host byte order as a.b.c.d. @return its length, at most 15. */
size_t text_address(char *out, uint32_t address);

/** Reads a.b.c.d that is all of `text` into host byte order. @return false when it is not one. */
bool text_parse_address(const char *text, size_t bytes, uint32_t *address);

#endif

/**
 * @file
 * Text from strangers, made safe to show: well-formed UTF-8 in which everything
 * that people write passes, and nothing that moves a cursor or hides.
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
 * Bytes at the front of `text` that are printable ASCII without three blanks in
 * a row, as far as whole words of the machine tell: more may follow.
 */
size_t text_plain(const char *text, size_t bytes);

/** Isolates that can be open at once, and bytes that close them all. */
enum { TEXT_ISOLATES = 8, TEXT_CLOSE_BYTES = 3 * TEXT_ISOLATES };

/** How far a line is cleaned; all 0 in front of the first piece. */
struct text_state {
    uint8_t base;       /**< class of the character that joiners, selectors and marks belong to */
    uint8_t last;       /**< what came last: enum last of text.c */
    uint8_t marks;      /**< on that character */
    uint8_t blanks;     /**< in a row */
    uint8_t directions; /**< marks of direction and isolates in a row */
    uint8_t isolates;   /**< that are open */
    bool selected;      /**< the character has its selector */
};

/**
 * Cleans one line in place, so that nothing in it hides, moves a cursor, heaps
 * up, or turns what stands around it:
 *
 * - an ill-formed maximal subpart, or a code point that must not be shown,
 *   becomes one '?'; so does what is invisible and does not act on the
 *   character before it, such as a joiner behind a blank;
 * - a character has at most 4 marks, of Hebrew and Tibetan 8, one selector, and
 *   one joiner in a row; 4 blanks may stand in a row, whichever they are, and 4
 *   marks of direction. More are left out. A tab is a blank, and becomes ' ';
 * - isolates are at most TEXT_ISOLATES deep, more become '?'; those that are
 *   open at the end are closed.
 *
 * Only closing makes text longer; where `room` does not allow it, the innermost
 * isolates become '?' instead. What stands before the text is taken as a blank.
 *
 * @param room  bytes that `text` has room for, no less than `bytes`
 * @return its new length in bytes.
 */
size_t text_clean(char *text, size_t bytes, size_t room);

/**
 * The same for a line that comes in pieces, cut by text_whole(): for all but
 * the last one. Nothing stands before the first. A piece never grows.
 */
size_t text_clean_next(struct text_state *state, char *text, size_t bytes);

/**
 * The same for the last piece. It has room for TEXT_CLOSE_BYTES more than its
 * length, unless it is the first as well. `state` is ready for another line.
 */
size_t text_clean_last(struct text_state *state, char *text, size_t bytes, size_t room);

/**
 * The length of `text` without what more bytes may complete at its end: a code
 * point, or a flag that is made of tags.
 */
size_t text_whole(const char *text, size_t bytes);

/**
 * The length of `text`, not yet clean, without its last character: a code
 * point, with the marks and selectors on it and what it is joined to.
 */
size_t text_erase(const char *text, size_t bytes);

/** True when nothing in clean `text` can be seen. */
bool text_is_blank(const char *text, size_t bytes);

/**
 * The longest prefix of clean `text` that has at most `limit` bytes and does not
 * cut a code point.
 * @return its length in bytes.
 */
size_t text_cut(const char *text, size_t bytes, size_t limit);

/**
 * How much of a piece of clean text text_copy() copies into `room` bytes: whole
 * characters, with all that belongs to them.
 *
 * @param copied  set to the bytes that this takes
 * @return its length in `text`.
 */
size_t text_part(const char *text, size_t bytes, size_t room, size_t *copied);

/**
 * Copies a piece of clean text, as much as text_part() says, to be shown within
 * other text: an isolate that it leaves open is closed, and an end that it did
 * not begin is left out. `out` may be `text` or before it.
 * @return the number of bytes written.
 */
size_t text_copy(char *out, size_t room, const char *text, size_t bytes);

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

/** The netmask of a prefix of 0 to 32 bits, in host byte order. */
uint32_t text_netmask(uint8_t prefix);

/**
 * Reads a.b.c.d or a.b.c.d/PREFIX, PREFIX 1 to 32, that is all of `text`. Bits
 * of the address behind the prefix are taken as 0. @return false when it is not one.
 */
bool text_parse_network(const char *text, size_t bytes, uint32_t *network, uint8_t *prefix);

/** Reads a.b.c.d that is all of `text` into host byte order. @return false when it is not one. */
bool text_parse_address(const char *text, size_t bytes, uint32_t *address);

#endif

/**
 * @file
 * Makes untrusted text safe to show: well-formed UTF-8 that keeps everything
 * people write, but nothing that moves a cursor or is hidden.
 */
#ifndef LWCHAT_TEXT_H
#define LWCHAT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Decodes the code point at the front of `text` (Unicode, Table 3-7).
 *
 * @param bytes  length of `text`; at least 1
 * @param point  set to the code point when the sequence is well-formed
 * @return the sequence's length, 1 to 4, when it is well-formed; minus the
 *         length of the maximal ill-formed subpart, -1 to -3, when it is not.
 */
int text_decode(const char *text, size_t bytes, uint32_t *point);

/** Encodes a code point. @param out  4 bytes long. @return the length of its sequence, 1 to 4. */
size_t text_encode(char *out, uint32_t point);

/**
 * The length of the printable ASCII without three spaces in a row at the front of
 * `text`, found a machine word at a time: more of it may follow.
 */
size_t text_plain(const char *text, size_t bytes);

/** Length of a byte order mark. */
enum { TEXT_MARK_BYTES = 3 };

/** Most isolates open at once, and the bytes that close them all. */
enum { TEXT_ISOLATES = 8, TEXT_CLOSE_BYTES = 3 * TEXT_ISOLATES };

/** State while a line is cleaned; all zeros before the first piece. */
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
 * Cleans one line in place, so that nothing in it is hidden, moves a cursor, piles
 * up, or changes the direction of the text around it:
 *
 * - an ill-formed maximal subpart, or a code point that must not be shown,
 *   becomes one '?'; so does an invisible character that does not act on the one
 *   before it, such as a joiner after a blank;
 * - a character has at most 4 marks, 8 in Hebrew and Tibetan, one selector, and
 *   one joiner in a row; at most 4 blanks of any kind may follow each other, and 4
 *   direction marks. More are left out. A tab is a blank, and becomes ' ';
 * - isolates are nested at most TEXT_ISOLATES deep, more become '?'; those that
 *   are open at the end are closed.
 *
 * Only closing isolates makes text longer; where `room` does not allow it, the
 * innermost ones become '?' instead. The text is treated as following a blank.
 *
 * @param room  bytes that `text` has room for, no less than `bytes`
 * @return its new length in bytes.
 */
size_t text_clean(char *text, size_t bytes, size_t room);

/**
 * The same for a line in pieces, cut by text_whole(): for all but the last piece.
 * The first does not follow a blank. A piece never grows.
 */
size_t text_clean_next(struct text_state *state, char *text, size_t bytes);

/**
 * The same for the last piece. `room` is at least TEXT_CLOSE_BYTES more than
 * `bytes`, unless it is also the first. `state` is then ready for another line.
 */
size_t text_clean_last(struct text_state *state, char *text, size_t bytes, size_t room);

/**
 * The length of `text` without an incomplete end that more bytes may complete: a
 * code point, or a flag that is made of tags.
 */
size_t text_whole(const char *text, size_t bytes);

/**
 * The length of `text`, not yet clean, without its last character: a code
 * point, with the marks and selectors on it and what it is joined to.
 */
size_t text_erase(const char *text, size_t bytes);

/** True when clean `text` has no visible character. */
bool text_is_blank(const char *text, size_t bytes);

/**
 * The longest prefix of clean `text` that has at most `limit` bytes and does not
 * cut a code point.
 * @return its length in bytes.
 */
size_t text_cut(const char *text, size_t bytes, size_t limit);

/**
 * How much of a piece of clean text text_copy() copies into `room` bytes: whole
 * characters, with their marks, joiners and selectors.
 *
 * @param copied  set to the number of bytes written
 * @return the number of bytes of `text` copied.
 */
size_t text_part(const char *text, size_t bytes, size_t room, size_t *copied);

/**
 * Copies a piece of clean text, as much as text_part() allows, to be shown within
 * other text: isolates left open are closed, and unmatched ends are left out.
 * `out` may be `text` or before it.
 * @return the number of bytes written.
 */
size_t text_copy(char *out, size_t room, const char *text, size_t bytes);

/** True if a byte order mark is at the front of `text`, which has 1 byte or more. */
static inline bool text_has_mark(const char *text, size_t bytes)
{
    return text[0] == '\xEF' && bytes >= TEXT_MARK_BYTES && text[1] == '\xBB' && text[2] == '\xBF';
}

/** The letter in lower case, if it is one of A to Z. */
static inline char text_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/** True when `text` is `word`, ignoring the case of A to Z. `word` is in lower case. */
bool text_is(const char *text, size_t bytes, const char *word);

/** Writes `number` in decimal. @return the number of digits written; `out` has room for 10. */
size_t text_number(char *out, uint32_t number);

/** The same; `out` has room for 20. */
size_t text_number64(char *out, uint64_t number);

/**
 * Parses all of `text` as a decimal number.
 * @return false when it is empty, has another character, or exceeds `most`.
 */
bool text_parse_number(const char *text, size_t bytes, uint32_t most, uint32_t *number);

/** Writes an IPv4 address in host byte order as a.b.c.d. @return its length, at most 15. */
size_t text_address(char *out, uint32_t address);

/** Parses all of `text` as a.b.c.d, in host byte order. @return false when it is not one. */
bool text_parse_address(const char *text, size_t bytes, uint32_t *address);

#endif

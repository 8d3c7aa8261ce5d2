/**
 * @file
 * The Unicode properties that text is made safe by, as one class for each code
 * point. tools/unicode generates the table.
 */
#ifndef LWCHAT_TEXT_CLASS_H
#define LWCHAT_TEXT_CLASS_H

#include <stdint.h>

enum text_class {
    /* Visible; each begins a new character. Joiners and selectors act on some of them. */
    TEXT_OTHER,     /**< nothing acts on it */
    TEXT_LETTER,    /**< a letter, or a digit */
    TEXT_UNSPACED,  /**< the same in a script that can be written without spaces between words */
    TEXT_MONGOLIAN, /**< the same in Mongolian */
    TEXT_IDEOGRAPH, /**< Chinese, Japanese or Korean */
    TEXT_EMOJI,     /**< or what may become one */
    TEXT_VARYING,   /**< a symbol that has variants */

    TEXT_BLANK,
    TEXT_MARK,         /**< without a width of its own; at most 4 on one character */
    TEXT_MARK_OF_MANY, /**< the same in a script that needs more: at most 8 */
    TEXT_BANNED,       /**< moves a cursor, overrides direction, is invisible, or no character */

    /* Invisible, and of use after some characters. */
    TEXT_JOINER,
    TEXT_SPACE_JOINER, /**< ends a word where no space does */
    TEXT_SOFT_HYPHEN,
    TEXT_VOWEL_SEPARATOR, /**< Mongolian's */
    TEXT_SELECTOR,        /**< selects one of two to sixteen variants */
    TEXT_IDEOGRAPH_SELECTOR,
    TEXT_FREE_SELECTOR,   /**< Mongolian's */
    TEXT_GRAPHEME_JOINER, /**< between marks */
    TEXT_DIRECTION,       /**< a direction mark */
    TEXT_ISOLATE,         /**< begins a passage with a direction of its own */
    TEXT_POP_ISOLATE,     /**< ends it */
    TEXT_TAG              /**< of a flag */
};

/**
 * Runs of code points of one class, in order: the first code point times 256,
 * plus the class. A run ends where the next one begins.
 */
extern const uint32_t text_classes[];
extern const uint16_t text_class_count;

#endif

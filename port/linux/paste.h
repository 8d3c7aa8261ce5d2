/**
 * @file
 * Tells text that a terminal pastes from keys that a person presses, by the sequences
 * with which the terminal encloses it (bracketed paste). It does no I/O.
 */
#ifndef LWCHAT_LINUX_PASTE_H
#define LWCHAT_LINUX_PASTE_H

#include <stdbool.h>
#include <stddef.h>

enum { PASTE_BYTES = 65536, PASTE_KEYS = 8 };

/** All zeros: nothing was read. */
struct paste {
    bool inside;    /**< within a paste */
    bool begins;    /**< within the sequence that begins another, as this one's end is lost */
    bool whole;     /**< `text` is a whole paste; the next one replaces it */
    size_t matched; /**< bytes of the sequence that may have begun */
    size_t lost;    /**< bytes that did not fit */
    size_t bytes;
    char text[PASTE_BYTES + 1]; /**< room for a line end */
};

/**
 * Takes a byte that was read from the terminal. A paste that begins within another replaces it.
 * @param keys  set to the keys that are none of a paste
 * @return how many, at most PASTE_KEYS.
 */
size_t paste_take(struct paste *paste, char byte, char keys[PASTE_KEYS]);

/** Forgets a paste whose end has not come. */
void paste_forget(struct paste *paste);

/** True when keys are held back, as they may begin a paste. */
bool paste_holds(const struct paste *paste);

/** Gives them up as keys: nothing came after them. @return how many. */
size_t paste_release(struct paste *paste, char keys[PASTE_KEYS]);

/**
 * Turns a whole paste into lines that end with '\n', in place, without blank ones; other control
 * characters become spaces.
 * @return the number of lines.
 */
size_t paste_lines(struct paste *paste);

#endif

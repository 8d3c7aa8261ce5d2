/**
 * @file
 * A line that is typed and not shown: a password. It is none of readline's, which
 * remembers what it is given, to undo, yank, repeat and search. It does no I/O.
 */
#ifndef LWCHAT_LINUX_HIDDEN_H
#define LWCHAT_LINUX_HIDDEN_H

#include <stddef.h>

/** Longer than any password: what does not fit is dropped. */
enum { HIDDEN_BYTES = 1024 };

/** What a key has done. */
enum hidden_key {
    HIDDEN_MORE, /**< the line goes on */
    HIDDEN_LINE, /**< it is whole */
    HIDDEN_END   /**< end of input: Ctrl-D on an empty line */
};

/** All zeros: an empty line. */
struct hidden {
    unsigned escape; /**< within the sequence of a key */
    size_t bytes;
    char text[HIDDEN_BYTES];
};

/**
 * Takes a byte of a key: text, Return, Backspace, Ctrl-U or Ctrl-W, which empty the line, or
 * Ctrl-D. Other keys do nothing.
 */
enum hidden_key hidden_take(struct hidden *line, char byte);

/** Forgets the line. */
void hidden_forget(struct hidden *line);

#endif

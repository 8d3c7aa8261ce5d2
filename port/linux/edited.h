/**
 * @file
 * Draws the line that is typed, in as many rows as it takes, so that the terminal never
 * has to break one: terminals do not agree on the columns that an emoji takes. For the
 * same reason the cursor is put where the text before it ends, by writing that again.
 * It does no I/O.
 */
#ifndef LWCHAT_LINUX_EDITED_H
#define LWCHAT_LINUX_EDITED_H

#include <stddef.h>

enum {
    EDITED_TEXT_BYTES = 4096, /**< more of a line is not shown */
    EDITED_BYTES = 2 * EDITED_TEXT_BYTES + 512
};

/** All zeros: nothing is drawn. */
struct edited {
    unsigned row; /**< of the cursor, from the first row that is drawn */
};

/**
 * Draws a line over what was drawn last, or from the start of an empty row. Nothing may be below.
 *
 * @param cursor   offset of the cursor in `text`
 * @param columns  of the terminal
 * @param height   rows to draw at most; those around the cursor are drawn
 * @param out      EDITED_BYTES long
 * @return the number of bytes to write to the terminal.
 */
size_t edited_draw(struct edited *edited, const char *text, size_t bytes, size_t cursor,
                   unsigned columns, unsigned height, char *out);

/** Removes what was drawn. The cursor is then at the start of its first row. */
size_t edited_clear(struct edited *edited, char *out);

#endif

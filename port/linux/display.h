/**
 * @file
 * What a terminal shows: text in rows (rows.h), through a bounded buffer, so that a stopped
 * terminal does not block the program, and what it showed last, to show that again when it has
 * another size. Open the outlet and call rows_start() first.
 */
#ifndef LWCHAT_LINUX_DISPLAY_H
#define LWCHAT_LINUX_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>

/** Of the buffer, kept free by text for drawing the line that is typed. */
enum { DISPLAY_DRAWING_BYTES = 16384 };

/** Draws: puts `bytes` bytes as they are. If they do not fit, display_was_torn() says so later. */
void display_put(const char *text, size_t bytes);

/** True while a drawing has not fitted, and is to be drawn anew. */
bool display_is_torn(void);

/** True once after something did not fit, as soon as the rest is written: draw it anew. */
bool display_was_torn(void);

/** How many bytes of the text there is room for, in whole lines of `columns` columns. */
size_t display_room(const char *text, size_t bytes, unsigned columns);

/** Shows text for which there is room, and remembers it. */
void display_show(const char *text, size_t bytes, unsigned columns);

/** Ends the row of the text that was shown, unless it is empty. Only after display_show(). */
void display_end_row(void);

/** Forgets what was shown. */
void display_forget(void);

/**
 * Shows again what was shown last, and leaves `block` rows below it. What the terminal showed
 * before this program is moved out of the way, once.
 */
void display_repaint(unsigned block);

/** Writes what the terminal accepts now. */
void display_flush(void);

/** True while there is something to write. */
bool display_holds(void);

/** True when the terminal has gone: what is put or shown is dropped. */
bool display_is_gone(void);

#endif

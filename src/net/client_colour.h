/**
 * @file
 * The colours of nicks: 24 hues, 15 degrees apart, chosen by a hash of the nick.
 * The page for browsers has the same hash and hues: nickElement() in
 * src/page/index.html. There the lightness follows the browser's theme; a
 * terminal does not tell its background, so here each hue is as bright as is
 * readable on black and on white: contrast 4.5 on both in 24-bit colours, 3.5 with 256.
 */
#ifndef LWCHAT_CLIENT_COLOUR_H
#define LWCHAT_CLIENT_COLOUR_H

#include <stddef.h>
#include <stdint.h>

enum { COLOUR_HUES = 24, COLOUR_BYTES = 20 /* of a sequence that sets a colour */ };

/** The hue of a nick in UTF-8: 0 to COLOUR_HUES - 1, in steps of 15 degrees from red. */
unsigned colour_of(const char *nick, size_t bytes);

/**
 * Writes the sequence that sets a hue as the colour of text.
 * @param colours  of the terminal: 8 or more, 256 or more, or 1 << 24
 * @param out      COLOUR_BYTES long
 * @return its length.
 */
size_t colour_write(char *out, unsigned hue, uint32_t colours);

#endif

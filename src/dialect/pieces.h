/**
 * @file
 * A line for a peer that gets no line ends: what it reads at once is one
 * message to it, of LWCHAT_RAW_BYTES at most. A longer line goes out in
 * pieces, each of which begins with the sender's name, so that no part of what
 * somebody said can be read as another message:
 *
 *     the line     alice> aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbb
 *     its pieces   alice> aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
 *                  alice> bbbbbbbbb
 *
 * While such a line is under way, chat_place.offset counts the bytes of its
 * pieces, repeated names included.
 */
#ifndef LWCHAT_PIECES_H
#define LWCHAT_PIECES_H

#include "shown.h"

/** The part of a line that is written at once. */
struct piece {
    const char *text;
    size_t bytes;
    size_t offset; /**< how much of it is sent */
    bool last;     /**< the line ends with it */
    bool alone;    /**< the line is not in pieces */
};

/**
 * The piece of `shown` that `place` is in. A line is in pieces when it is
 * begun by a raw peer and is too long for one, or was so when it was begun.
 * It takes the place of the line in `shown`.
 */
struct piece pieces_find(struct shown *shown, const struct chat_place *place, bool raw);

/** Keeps in `rest` what pieces_prefix() gives for a line that is under way. */
void pieces_keep(struct buffer *rest, const struct shown *shown);

/** How much of a kept line each of its pieces begins with. */
size_t pieces_prefix(const struct buffer *rest);

#endif

/**
 * @file
 * Splits lines for a peer that gets no line ends. What it reads at once is one
 * message to it, of at most LWCHAT_RAW_BYTES. A longer line goes out in pieces,
 * each beginning with the sender's name, so that no part of a message can be
 * mistaken for another message:
 *
 *     the line     alice> aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbb
 *     its pieces   alice> aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
 *                  alice> bbbbbbbbb
 *
 * While such a line is partly sent, chat_place.offset counts the bytes of its
 * pieces, repeated names included.
 */
#ifndef LWCHAT_PIECES_H
#define LWCHAT_PIECES_H

#include "shown.h"

/** The part of a line that is written at once. */
struct piece {
    const char *text;
    size_t bytes;
    size_t offset; /**< bytes of it that are sent */
    bool last;     /**< it is the end of the line */
    bool alone;    /**< the line is not in pieces */
};

/**
 * Finds the piece of `shown` that `place` is in. A line is split if its peer was
 * `raw` when it was begun and it is too long for one piece. The piece replaces the
 * line in `shown`.
 */
struct piece pieces_find(struct shown *shown, const struct chat_place *place, bool raw);

/** Saves the prefix of a partly sent line in `rest`, for pieces_prefix(). */
void pieces_keep(struct buffer *rest, const struct shown *shown);

/** Bytes at the front of a saved line that each piece repeats. */
size_t pieces_prefix(const struct buffer *rest);

#endif

/**
 * @file
 * The history's file: what was said in rooms, in a form from which it is restored.
 * Private messages are not in it. It is appended to, in parts, or replaced whole:
 *
 *     | head | part | part | ... | part | par
 *                                       ^ torn: its checksum is wrong
 *
 * The head is 28 bytes: a text of 20 bytes, LWCHAT_LOG_BYTES, and a checksum
 * (CRC-32). A part is a checksum of all that follows in it, the length of its
 * content in 2 bytes, its kind, a zero, and the content. Numbers are little-endian.
 *
 * The kinds of parts, and their content:
 *
 *     SAID   long position (8), time (4), messages in the room (2), of them those of
 *            bridges (2), enum log_kind (1), lengths of room and nick (1 + 1), a zero;
 *            room, nick, text
 *     GONE   the name of a room whose last person has left
 *     USED   the long position (8) up to which positions are used: numbers must rise
 *     BEGUN  the boot ID (36) of the system on which the server was started, and the
 *            ID of the log (4), the `start` of the JSON dialect
 *     ENDED  nothing: the server has ended, and has written everything
 *     COUNT  messages in a room (4), of them those of bridges (2); the room: in a file
 *            that begins when the log has none of these messages any more
 *
 * A message is restored at the position that it had. The file may lack what peers have
 * read if the system has gone down before the server had ended, or if the end is torn:
 * then the log gets another ID, so that none of them resumes at a number that is given
 * again. When a write fails, as on a full disk, the last part is cut short, and only a
 * new file replaces that: one with all that the log has.
 */
#ifndef LWCHAT_HISTORY_H
#define LWCHAT_HISTORY_H

#include "model.h"

#if LWCHAT_FILES

enum history_kind {
    HISTORY_SAID = 1,
    HISTORY_GONE,
    HISTORY_USED,
    HISTORY_BEGUN,
    HISTORY_ENDED,
    HISTORY_COUNT
};
/** Lengths before the texts. */
enum { HISTORY_PART_BYTES = 8, HISTORY_SAID_BYTES = 20, HISTORY_COUNT_BYTES = 6 };

/** To be called when a shutdown begins: it ends no room for the history. Again, it does nothing. */
void history_keep_rooms(struct chat *chat);

/** CRC-32 as in IEEE 802.3. */
uint32_t history_crc32(const void *data, size_t bytes);

#endif

#endif

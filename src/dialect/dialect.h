/**
 * @file
 * How one kind of peer says and hears what happens in the chat. The core knows
 * what happened: records, sentences, commands. A dialect knows how that looks
 * on one kind of connection, and nothing else: it appends nothing and changes
 * no session.
 *
 *      bytes --feed--> what a line means --> core --> record --show--> bytes
 *                                                 sentence --say----/ seal
 *
 * A dialect is one file with one const table, and a line in dialect.c.
 */
#ifndef LWCHAT_DIALECT_H
#define LWCHAT_DIALECT_H

#include "shown.h"

struct dialect {
    /** Takes bytes up to the first event, as framing_feed() does. */
    size_t (*feed)(struct framing *framing, const uint8_t *in, size_t bytes,
                   struct framing_line *line, enum framing_event *event);
    /** The line number `step` of the greeting. @return false when that is past the last. */
    bool (*greet)(struct shown *shown, unsigned step);
    /** The record at `position`, which the reader sees. */
    void (*show)(struct shown *shown, uint32_t position, const struct log_record *record);
    /** A sentence for the reader. `arguments` as words_write() takes them. */
    void (*say)(struct shown *shown, enum word_chat word, const char *arguments, size_t bytes);
    /** Makes the bytes in `shown` a line: adds its end, or what stands before it. */
    void (*seal)(struct shown *shown);
    /** All of what FRAMING_ANSWER asked for; NULL where feed() never does. */
    void (*answer)(struct shown *shown);
    /** All of the last thing that the peer is sent; NULL: the line "fin". */
    void (*end)(struct shown *shown);
    /** What a line means that its peer has not ended when it goes. */
    enum framing_meaning unended;
    /** Bytes at the front of a line under way that are for answer(). */
    uint16_t reserved_bytes;
    /** A line's length stands before it: of one that is under way nothing is added. */
    bool framed;
    /** Each output is one message to such a peer, and should reach it apart from others. */
    bool apart;
};

/** Those that are built in. */
extern const struct dialect *const dialects[];

#if LWCHAT_JSON
/** Of a record's number, the bits that count its room's messages. */
enum { SEQ_BITS = 16 };

/** The number that peers know a record by: its place in the log, and its room's count. */
static inline uint64_t dialect_seq(const struct log *log, uint32_t position, uint32_t ordinal)
{
    return (log_long_position(log, position) / 4 << SEQ_BITS | (uint16_t)ordinal) &
           ((UINT64_C(1) << 53) - 1);
}
#endif

/** How a session says and hears things now. */
static inline const struct dialect *dialect_of(const struct chat_session *session)
{
    bool unterminated = session->dialect == CHAT_LINES && (session->framing.flags & FRAMING_RAW);

    return dialects[unterminated ? CHAT_UNTERMINATED : session->dialect];
}

#endif

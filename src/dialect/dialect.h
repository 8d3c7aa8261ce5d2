/**
 * @file
 * How one kind of peer sends input and is shown what happens in the chat. The core
 * deals with what happened: records, sentences, commands. A dialect only converts
 * between that and the bytes of one kind of connection: it appends nothing and
 * changes no session.
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
    /** Uses bytes up to the first event, like framing_feed(). */
    size_t (*feed)(struct framing *framing, const uint8_t *in, size_t bytes,
                   struct framing_line *line, enum framing_event *event);
    /** Renders line `step` of the greeting. @return false past the last. NULL: list() does. */
    bool (*greet)(struct shown *shown, unsigned step);
    /** Renders the record at `position`, which is for the reader. */
    void (*show)(struct shown *shown, uint32_t position, const struct log_record *record);
    /** Renders a sentence for the reader. `arguments` as for words_write(). */
    void (*say)(struct shown *shown, enum word_chat word, const char *arguments, size_t bytes);
    /** Completes the line in `shown`: adds its end, or a header before it. */
    void (*seal)(struct shown *shown);
    /**
     * Renders the next line of the current answer at `place` in the dialect's own form, and moves
     * `place` past it. @return false for an answer that is rendered by say(). NULL: all are.
     */
    bool (*list)(struct shown *shown, struct chat_place *place);
    /** Renders the whole answer to a FRAMING_ANSWER; NULL if feed() never returns that event. */
    void (*answer)(struct shown *shown);
    /** Renders all of the last output to the peer; NULL: the line "fin". */
    void (*end)(struct shown *shown);
    /** The meaning of a line that the peer does not end. */
    enum framing_meaning unended;
    /** Bytes at the front of an incomplete line that are reserved for answer(). */
    uint16_t reserved_bytes;
    /** A line's length precedes it, so that nothing can be added to one that is partly sent. */
    bool framed;
    /** Each output is one message to such a peer, and should reach it separately. */
    bool apart;
#if LWCHAT_INTRODUCTIONS
    /** Peers introduce themselves, up to a FRAMING_ENTER, before they are in the chat. */
    bool introduces;
    uint8_t opening; /**< enum opening_kind with which they begin */
    /** Precedes the sentence that refuses a newcomer; NULL: nothing does. */
    const char *refusal;
#endif
};

/** The built-in dialects, by enum chat_dialect. */
extern const struct dialect *const dialects[];

#if LWCHAT_INTRODUCTIONS
/** The dialect in which a peer introduces itself that has begun so; CHAT_LINES if there is none. */
uint8_t dialect_opened_by(enum opening_kind kind);
#endif

#if LWCHAT_JSON
/** Low bits of a record's number, which count its room's messages. */
enum { SEQ_BITS = 16 };

/** The number by which peers refer to a record: its position in the log, and the messages in its
 * room so far. */
static inline uint64_t dialect_seq(const struct log *log, uint32_t position, uint16_t count)
{
    return (log_long_position(log, position) / 4 << SEQ_BITS | count) & ((UINT64_C(1) << 53) - 1);
}
#endif

/** The session's current dialect. */
static inline const struct dialect *dialect_of(const struct chat_session *session)
{
    bool unterminated = session->dialect == CHAT_LINES && (session->framing.flags & FRAMING_RAW);

    return dialects[unterminated ? CHAT_UNTERMINATED : session->dialect];
}

#endif

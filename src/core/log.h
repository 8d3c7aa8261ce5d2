/**
 * @file
 * The message log: one ring of bytes that holds whole records, each stored
 * once, however many read it. It knows nothing of sessions; whoever reads
 * keeps a position.
 *
 * A position is a sequence number that counts bytes, as TCP's does: it grows
 * for ever, wraps at 2^32, and its low bits are the place in the ring. Two
 * positions are compared by log_before().
 *
 *                first                                next
 *                  v                                    v
 *     ... (gone)   | record | record | ... | record | /// | (free)
 *                                                      ^
 *                              a record never wraps: what is left at the end of
 *                              the ring before one that does not fit is passed over
 */
#ifndef LWCHAT_LOG_H
#define LWCHAT_LOG_H

#include "lwchat_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What happened. How it looks is the front end's business. */
enum log_kind {
    LOG_PADDING, /**< nothing: the rest of the ring before its start */
    LOG_MESSAGE, /**< nick said text */
    LOG_ACTION,  /**< nick does text */
    LOG_PRIVATE, /**< nick said text to one session */
    LOG_NOTICE   /**< sentence `word` with text as its arguments */
};

/** Places that are nobody's session and no room. */
enum { LOG_NOBODY = 0xFFFF, LOG_EVERY_ROOM = 0xFF };

/** A record as it lies in the ring: this header, the nick, the text. */
struct log_record {
    uint16_t bytes;      /**< to the next record; a multiple of 4 */
    uint8_t kind;        /**< enum log_kind; padding has nothing after this member */
    uint8_t word;        /**< LOG_NOTICE: which sentence */
    uint16_t text_bytes; /**< of the text after the nick */
    uint16_t from;       /**< the sender's session, or LOG_NOBODY */
    uint16_t to;         /**< the only session it is for, or LOG_NOBODY */
    uint8_t room;        /**< the room it was said in, or LOG_EVERY_ROOM */
    uint8_t nick_bytes;  /**< of the sender's nick, kept as text */
    uint32_t previous;   /**< bytes back to the room's message before it; 0 is none */
    uint32_t time_s;     /**< when: UTC since 1970, or since the start on a port without a clock */
#if LWCHAT_JSON
    uint32_t ordinal; /**< messages that the room has had by then, its own included */
#endif
};

struct log {
    uint8_t *ring;  /**< the caller's, `bytes` long, aligned to 4 */
    uint32_t bytes; /**< a power of two */
    uint32_t first; /**< position of the oldest record */
    uint32_t next;  /**< position that the next record gets, padding aside */
#if LWCHAT_JSON
    uint32_t turns; /**< how often `next` has come round */
#endif
};

/** True when position `a` is before `b`; they are less than 2^31 apart. */
static inline bool log_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

/** Sets up an empty log over `ring`, whose memory is touched once. `start` is its first position.
 */
void log_init(struct log *log, void *ring, uint32_t bytes, uint32_t start);

/** Bytes that a record with such texts takes in the ring. */
uint16_t log_record_bytes(size_t nick_bytes, size_t text_bytes);

/**
 * The position up to which records have to go before `bytes` more fit;
 * `log->first` when they fit now. Records from there on stay.
 */
uint32_t log_must_drop(const struct log *log, uint32_t bytes);

/** True when what is at `position` can stay while `bytes` more are appended. */
bool log_keeps(const struct log *log, uint32_t position, uint32_t bytes);

/** Forgets the oldest record. The log is not empty. */
void log_drop_first(struct log *log);

/**
 * Appends a record. Room was made before: log_must_drop() gives `log->first`.
 *
 * @param record  header with kind, word, from, to, room, time and ordinal set; the rest is filled
 *                in
 * @param last    position of the room's message before this one; NULL when there is none
 * @return the record's position.
 */
uint32_t log_append(struct log *log, struct log_record *record, const char *nick, size_t nick_bytes,
                    const char *text, size_t text_bytes, const uint32_t *last);

/** The record at a position from `log->first` to before `log->next`. */
static inline const struct log_record *log_at(const struct log *log, uint32_t position)
{
    return (const struct log_record *)(const void *)(log->ring + (position & (log->bytes - 1)));
}

#if LWCHAT_JSON
/** A position that does not come round: that of a record in the log, or `log->next`. */
uint64_t log_long_position(const struct log *log, uint32_t position);

/** The position of the first record behind a long position, or the log's first or next. */
uint32_t log_after(const struct log *log, uint64_t long_position);
#endif

/** The sender's nick, `nick_bytes` long, not terminated. */
static inline const char *log_nick(const struct log_record *record)
{
    return (const char *)(record + 1);
}

/** The text, `text_bytes` long, not terminated. */
static inline const char *log_text(const struct log_record *record)
{
    return (const char *)(record + 1) + record->nick_bytes;
}

#endif

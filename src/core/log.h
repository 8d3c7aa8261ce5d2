/**
 * @file
 * The message log: one ring of bytes that holds whole records, each stored
 * once, however many sessions read it. The log does not know its readers: each
 * keeps a position of its own.
 *
 * A position is a sequence number that counts bytes, as in TCP: it only grows,
 * wraps at 2^32, and its low bits are the offset in the ring. Compare two
 * positions with log_before().
 *
 *                first                                next
 *                  v                                    v
 *     ... (gone)   | record | record | ... | record | /// | (free)
 *                                                      ^
 *                              a record never wraps: when it does not fit at the
 *                              end of the ring, the rest of the ring is skipped
 */
#ifndef LWCHAT_LOG_H
#define LWCHAT_LOG_H

#include "lwchat_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** What happened. How it is shown is up to the reader's dialect. */
enum log_kind {
    LOG_PADDING, /**< no record: the unused rest of the ring */
    LOG_MESSAGE, /**< nick said text */
    LOG_ACTION,  /**< nick does text */
    LOG_PRIVATE, /**< nick said text to one session */
    LOG_NOTICE   /**< sentence `word` with text as its arguments */
};

/** Values for "no session" and "all rooms". */
enum { LOG_NOBODY = 0xFFFF, LOG_EVERY_ROOM = 0xFF };

/** A record in the ring: this header, then the nick, then the text. */
struct log_record {
    uint16_t bytes;      /**< to the next record; a multiple of 4 */
    uint8_t kind;        /**< enum log_kind; padding has nothing after this member */
    uint8_t word;        /**< LOG_NOTICE: which sentence */
    uint16_t text_bytes; /**< of the text after the nick */
    uint16_t from;       /**< the sender's session, or LOG_NOBODY */
    uint16_t to;         /**< the only session it is for, or LOG_NOBODY */
    uint8_t room;        /**< the room it was said in, or LOG_EVERY_ROOM */
    uint8_t nick_bytes;  /**< of the sender's nick, kept as text */
    uint32_t previous;   /**< bytes back to the room's previous message; 0: none */
    uint32_t time_s;     /**< when: UTC since 1970, or since the start if there is no clock */
#if LWCHAT_JSON
    uint16_t said;    /**< messages in the room so far, this one included, modulo 2^16 */
    uint16_t carried; /**< of them, those that a bridge said for people elsewhere */
#endif
};

struct log {
    uint8_t *ring;  /**< the caller's, `bytes` long, aligned to 4 */
    uint32_t bytes; /**< a power of two */
    uint32_t first; /**< position of the oldest record */
    uint32_t next;  /**< position of the next record, or of padding before it */
#if LWCHAT_JSON
    uint32_t turns; /**< how often `next` has wrapped */
#endif
};

/** True when position `a` is before `b`; they must be less than 2^31 apart. */
static inline bool log_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

/** Sets up an empty log in `ring`, all of which is cleared. `start` is its first position. */
void log_init(struct log *log, void *ring, uint32_t bytes, uint32_t start);

/** Size in the ring of a record with texts of these lengths. */
uint16_t log_record_bytes(size_t nick_bytes, size_t text_bytes);

/**
 * @return the position up to which records must be dropped before `bytes` more
 *         fit; `log->first` when they fit now.
 */
uint32_t log_must_drop(const struct log *log, uint32_t bytes);

/** True when `bytes` can be appended without dropping the record at `position`. */
bool log_keeps(const struct log *log, uint32_t position, uint32_t bytes);

/** Drops the oldest record. The log must not be empty. */
void log_drop_first(struct log *log);

/**
 * Appends a record. The caller has made room: log_must_drop() returns `log->first`.
 *
 * @param record  header with kind, word, from, to, room, time and counts set; the rest is filled
 *                in
 * @param last    position of the room's message before this one; NULL when there is none
 * @return the record's position.
 */
uint32_t log_append(struct log *log, struct log_record *record, const char *nick, size_t nick_bytes,
                    const char *text, size_t text_bytes, const uint32_t *last);

/** The record at `position`, from `log->first` on and before `log->next`. */
static inline const struct log_record *log_at(const struct log *log, uint32_t position)
{
    return (const struct log_record *)(const void *)(log->ring + (position & (log->bytes - 1)));
}

#if LWCHAT_JSON
/** Extends the position of a record in the log, or `log->next`, to 64 bits, which do not wrap. */
uint64_t log_long_position(const struct log *log, uint32_t position);

/** The position of the first record in the log after a long position; `log->next` if none is. */
uint32_t log_after(const struct log *log, uint64_t long_position);
#endif

#if LWCHAT_FILES
/**
 * Moves `next` ahead to a long position, a multiple of 4, as if that much had been appended since.
 */
void log_advance(struct log *log, uint64_t long_position);
#endif

/** The sender's nick, `nick_bytes` long, not terminated. */
static inline const char *log_nick(const struct log_record *record)
{
    return (const char *)(record + 1);
}

/** True for NICK@SERVER, somebody elsewhere for whom a bridge speaks. */
static inline bool log_is_elsewhere(const char *nick, size_t bytes)
{
#if LWCHAT_BRIDGE
    return memchr(nick, '@', bytes) != NULL;
#else
    (void)nick;
    (void)bytes;
    return false;
#endif
}

/** True when a bridge has said it for somebody elsewhere. */
static inline bool log_is_carried(const struct log_record *record)
{
    return log_is_elsewhere(log_nick(record), record->nick_bytes);
}

/** The text, `text_bytes` long, not terminated. */
static inline const char *log_text(const struct log_record *record)
{
    return (const char *)(record + 1) + record->nick_bytes;
}

#endif

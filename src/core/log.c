#include "log.h"

#include <string.h>

enum { PADDING_BYTES = 4 };

_Static_assert(offsetof(struct log_record, kind) < PADDING_BYTES, "padding says that it is one");
_Static_assert(sizeof(struct log_record) == (LWCHAT_JSON ? 24 : 20),
               "a record's header has no holes, on any machine");

void log_init(struct log *log, void *ring, uint32_t bytes, uint32_t start)
{
    /* Written now, so that a system that allocates memory lazily fails here and not later. */
    memset(ring, 0, bytes);
    log->ring = ring;
    log->bytes = bytes;
    log->first = log->next = start & ~3U;
}

uint16_t log_record_bytes(size_t nick_bytes, size_t text_bytes)
{
    return (uint16_t)((sizeof(struct log_record) + nick_bytes + text_bytes + 3) & ~(size_t)3);
}

/* Padding needed so that `bytes` do not wrap. */
static uint32_t padding_before(const struct log *log, uint32_t bytes)
{
    uint32_t left = log->bytes - (log->next & (log->bytes - 1));

    return left < bytes ? left : 0;
}

uint32_t log_must_drop(const struct log *log, uint32_t bytes)
{
    uint32_t end = log->next + padding_before(log, bytes) + bytes;
    uint32_t first = log->first;

    while (first != log->next && end - first > log->bytes) {
        first += log_at(log, first)->bytes;
    }
    return first;
}

bool log_keeps(const struct log *log, uint32_t position, uint32_t bytes)
{
    return log->next + padding_before(log, bytes) + bytes - position <= log->bytes;
}

void log_drop_first(struct log *log)
{
    log->first += log_at(log, log->first)->bytes;
}

/* As little as 4 bytes may be left: writes only the length and the kind. */
static void pad(const struct log *log, uint32_t bytes)
{
    struct log_record rest = {.bytes = (uint16_t)bytes, .kind = LOG_PADDING};

    memcpy(log->ring + (log->next & (log->bytes - 1)), &rest, PADDING_BYTES);
}

uint32_t log_append(struct log *log, struct log_record *record, const char *nick, size_t nick_bytes,
                    const char *text, size_t text_bytes, const uint32_t *last)
{
    uint16_t bytes = log_record_bytes(nick_bytes, text_bytes);
    uint32_t padding = padding_before(log, bytes);
#if LWCHAT_JSON
    uint32_t before = log->next;
#endif

    if (padding > 0) {
        pad(log, padding);
    }
    log->next += padding;

    uint32_t position = log->next;
    uint8_t *at = log->ring + (position & (log->bytes - 1));
    record->bytes = bytes;
    record->nick_bytes = (uint8_t)nick_bytes;
    record->text_bytes = (uint16_t)text_bytes;
    record->previous = last == NULL ? 0 : position - *last;
    memcpy(at, record, sizeof *record);
    if (nick_bytes > 0) {
        memcpy(at + sizeof *record, nick, nick_bytes);
    }
    if (text_bytes > 0) {
        memcpy(at + sizeof *record + nick_bytes, text, text_bytes);
    }
    log->next += bytes;
#if LWCHAT_JSON
    log->turns += log->next < before;
#endif
    return position;
}

#if LWCHAT_JSON
uint64_t log_long_position(const struct log *log, uint32_t position)
{
    uint32_t turns = position <= log->next ? log->turns : log->turns - 1;

    return (uint64_t)turns << 32 | position;
}

uint32_t log_after(const struct log *log, uint64_t long_position)
{
    uint32_t at = log->first;

    while (at != log->next && log_long_position(log, at) <= long_position) {
        at += log_at(log, at)->bytes;
    }
    return at;
}
#endif

#if LWCHAT_FILES
void log_advance(struct log *log, uint64_t long_position)
{
    const uint32_t most = UINT16_MAX & ~3U;
    uint64_t distance = long_position - log_long_position(log, log->next);
    uint32_t to = (uint32_t)long_position;

    if (distance >= log->bytes) {
        log->first = log->next = to;
    }
    while (log->next != to) {
        uint32_t part = log->bytes - (log->next & (log->bytes - 1));
        part = part < most ? part : most;
        part = part < to - log->next ? part : to - log->next;
        while (log->next + part - log->first > log->bytes) {
            log_drop_first(log);
        }
        pad(log, part);
        log->next += part;
    }
    log->turns = (uint32_t)(long_position >> 32);
}
#endif

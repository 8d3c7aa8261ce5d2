#include "history.h"

#include "block.h"

#if LWCHAT_FILES

#include "dialect/dialect.h"
#include "tail.h"
#include "text.h"

#include <string.h>

enum { MAGIC_BYTES = 20, SUM_BYTES = 4, HEAD_BYTES = MAGIC_BYTES + 4 + SUM_BYTES, START_BYTES = 4 };
_Static_assert(CHAT_HISTORY_BEGIN_BYTES >=
                   HEAD_BYTES + HISTORY_PART_BYTES + CHAT_BOOT_ID_BYTES + START_BYTES,
               "a file's beginning fits");
static const char magic[MAGIC_BYTES + 1] = "lwchat history 1\n\0\0\0";

enum {
    MOST_BYTES = HISTORY_SAID_BYTES + LWCHAT_ROOM_BYTES + LWCHAT_FROM_BYTES + LWCHAT_LINE_BYTES
};

uint32_t history_crc32(const void *data, size_t bytes)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    const uint8_t *next = data;
    uint32_t sum = UINT32_MAX;

    for (size_t i = 0; i < bytes; i++) {
        sum ^= next[i];
        sum = sum >> 4 ^ table[sum & 15];
        sum = sum >> 4 ^ table[sum & 15];
    }
    return ~sum;
}

static void put(char *out, uint64_t number, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        out[i] = (char)(uint8_t)(number >> 8 * i);
    }
}

static uint64_t get(const char *in, unsigned bytes)
{
    uint64_t number = 0;

    for (unsigned i = 0; i < bytes; i++) {
        number |= (uint64_t)(uint8_t)in[i] << 8 * i;
    }
    return number;
}

/* --- Writing ------------------------------------------------------------------ */

/* Completes a part whose content is at its place. @return the part's length. */
static size_t seal(char *out, enum history_kind kind, size_t bytes)
{
    put(out + SUM_BYTES, bytes, 2);
    put(out + SUM_BYTES + 2, kind, 2);
    bytes += HISTORY_PART_BYTES;
    put(out, history_crc32(out + SUM_BYTES, bytes - SUM_BYTES), SUM_BYTES);
    return bytes;
}

static size_t write_gone(char *out, struct chat_kept_room *kept)
{
    size_t bytes = kept->name_bytes;

    memcpy(out + HISTORY_PART_BYTES, kept->name, bytes);
    kept->name_bytes = 0;
    return seal(out, HISTORY_GONE, bytes);
}

static void keep_room(struct chat *chat, unsigned number)
{
    const struct room *room = &chat->room[number];
    struct chat_kept_room *kept = &chat->file.room[number];

    *kept = (struct chat_kept_room){.birth = room->birth, .name_bytes = room->name_bytes};
    memcpy(kept->name, room->name, room->name_bytes);
}

static size_t write_said(struct chat *chat, char *out, uint32_t position,
                         const struct log_record *record)
{
    const struct room *room = &chat->room[record->room];
    char *content = out + HISTORY_PART_BYTES;
    size_t bytes = HISTORY_SAID_BYTES;

    put(content, log_long_position(&chat->log, position), 8);
    put(content + 8, record->time_s, 4);
    put(content + 12, record->said, 2);
    put(content + 14, record->carried, 2);
    put(content + 16, record->kind, 1);
    put(content + 17, room->name_bytes, 1);
    put(content + 18, record->nick_bytes, 2);
    memcpy(content + bytes, room->name, room->name_bytes);
    bytes += room->name_bytes;
    memcpy(content + bytes, log_nick(record), (size_t)record->nick_bytes + record->text_bytes);
    bytes += (size_t)record->nick_bytes + record->text_bytes;

    keep_room(chat, record->room);
    return seal(out, HISTORY_SAID, bytes);
}

/* True when a room's messages are to be restored: while it is one. At a shutdown all people leave.
 */
static bool is_kept(const struct chat *chat, unsigned number)
{
    const struct room *room = &chat->room[number];

    return chat->stopping ? room->lasts : room_exists(chat->room, number) || room->restored;
}

void history_keep_rooms(struct chat *chat)
{
    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        chat->room[i].lasts = is_kept(chat, i);
    }
}

static size_t write_all_gone(struct chat *chat, char *out, size_t room_bytes)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        struct chat_kept_room *kept = &chat->file.room[i];
        if (kept->name_bytes > 0 && room_bytes - bytes >= LWCHAT_SHOWN_BYTES &&
            (!is_kept(chat, i) || kept->birth != chat->room[i].birth)) {
            bytes += write_gone(out + bytes, kept);
        }
    }
    return bytes;
}

static size_t write_count(struct chat *chat, char *out, unsigned number)
{
    const struct room *room = &chat->room[number];
    char *content = out + HISTORY_PART_BYTES;

    put(content, room->said, 4);
    put(content + 4, room->carried, 2);
    memcpy(content + HISTORY_COUNT_BYTES, room->name, room->name_bytes);
    keep_room(chat, number);
    return seal(out, HISTORY_COUNT, (size_t)HISTORY_COUNT_BYTES + room->name_bytes);
}

/* Messages have their room's count with them. Rooms that have none in the log need it, too. */
static size_t write_counts(struct chat *chat, char *out, size_t room_bytes)
{
    size_t bytes = 0;

    while (chat->file.uncounted > 0 && room_bytes - bytes >= LWCHAT_SHOWN_BYTES) {
        unsigned number = --chat->file.uncounted;
        const struct room *room = &chat->room[number];
        if (is_kept(chat, number) && room->said > 0 &&
            room_history(room, &chat->log, 1) == chat->log.next) {
            bytes += write_count(chat, out + bytes, number);
        }
    }
    return bytes;
}

size_t chat_history_begin(const struct chat *chat, const char *boot_id, bool whole, char *out)
{
    size_t bytes = 0;

    if (whole) {
        memcpy(out, magic, MAGIC_BYTES);
        put(out + MAGIC_BYTES, LWCHAT_LOG_BYTES, 4);
        put(out + HEAD_BYTES - SUM_BYTES, history_crc32(out, HEAD_BYTES - SUM_BYTES), SUM_BYTES);
        bytes = HEAD_BYTES;
    }
    memcpy(out + bytes + HISTORY_PART_BYTES, boot_id, CHAT_BOOT_ID_BYTES);
    put(out + bytes + HISTORY_PART_BYTES + CHAT_BOOT_ID_BYTES, chat->config.start, START_BYTES);
    return bytes + seal(out + bytes, HISTORY_BEGUN, CHAT_BOOT_ID_BYTES + START_BYTES);
}

size_t chat_history_end(char *out)
{
    return seal(out, HISTORY_ENDED, 0);
}

size_t chat_history(struct chat *chat, char *out, size_t bytes)
{
    struct chat_tail *tail = &chat->tail[CHAT_TAIL_HISTORY];
    size_t used = write_all_gone(chat, out, bytes);

    used += write_counts(chat, out + used, bytes - used);
    tail->missed = 0;
    while (bytes - used >= LWCHAT_SHOWN_BYTES) {
        uint32_t position;
        const struct log_record *record = tail_next(chat, CHAT_TAIL_HISTORY, &position);
        if (record == NULL) {
            break;
        }
        if (is_kept(chat, record->room) && !log_before(position, chat->room[record->room].born)) {
            used += write_said(chat, out + used, position, record);
        }
    }
    if (chat->file.used != tail->cursor && bytes - used >= LWCHAT_SHOWN_BYTES) {
        chat->file.used = tail->cursor;
        put(out + used + HISTORY_PART_BYTES, log_long_position(&chat->log, tail->cursor), 8);
        used += seal(out + used, HISTORY_USED, 8);
    }
    return used;
}

bool chat_history_is_over(const struct chat *chat)
{
    return chat->file.over;
}

void chat_history_mark(struct chat *chat)
{
    chat->marked_tail = chat->tail[CHAT_TAIL_HISTORY];
    chat->marked_file = chat->file;
}

void chat_history_rewrite(struct chat *chat)
{
    chat->tail[CHAT_TAIL_HISTORY].cursor = chat->log.first;
    chat->file = (struct chat_file){.used = chat->log.first - 1, .uncounted = LWCHAT_MAX_ROOMS};
}

void chat_history_abort(struct chat *chat)
{
    chat->tail[CHAT_TAIL_HISTORY] = chat->marked_tail;
    chat->file = chat->marked_file;
}

/* --- Restoring ---------------------------------------------------------------- */

/* A message in a part. */
struct said {
    uint64_t position;
    struct log_record record;
    const char *room, *nick, *text;
    size_t room_bytes, nick_bytes, text_bytes;
};

/* Text that cannot harm who reads it. */
static bool is_text(const char *text, size_t bytes)
{
    uint32_t point;

    while (bytes > 0) {
        int length = text_decode(text, bytes, &point);
        if (length < 0 || point < ' ' || (point >= 0x7F && point < 0xA0)) {
            return false;
        }
        text += length;
        bytes -= (size_t)length;
    }
    return true;
}

static bool read_said(struct said *said, const char *content, size_t bytes)
{
    if (bytes < HISTORY_SAID_BYTES) {
        return false;
    }
    *said = (struct said){
        .position = get(content, 8),
        .record = {.time_s = (uint32_t)get(content + 8, 4),
                   .said = (uint16_t)get(content + 12, 2),
                   .carried = (uint16_t)get(content + 14, 2),
                   .kind = (uint8_t)content[16],
                   .from = LOG_NOBODY,
                   .to = LOG_NOBODY},
        .room = content + HISTORY_SAID_BYTES,
        .room_bytes = (uint8_t)content[17],
        .nick_bytes = (uint8_t)content[18],
    };
    if (bytes - HISTORY_SAID_BYTES < said->room_bytes + said->nick_bytes) {
        return false;
    }
    said->nick = said->room + said->room_bytes;
    said->text = said->nick + said->nick_bytes;
    said->text_bytes = bytes - HISTORY_SAID_BYTES - said->room_bytes - said->nick_bytes;
    return (said->record.kind == LOG_MESSAGE || said->record.kind == LOG_ACTION) &&
           room_valid(said->room, said->room_bytes) && said->nick_bytes > 0 &&
           said->nick_bytes <= LWCHAT_FROM_BYTES && said->text_bytes <= LWCHAT_LINE_BYTES &&
           is_text(said->nick, said->nick_bytes) && is_text(said->text, said->text_bytes);
}

/* True when the log can go on at that position. */
static bool is_ahead(const struct chat *chat, uint64_t position)
{
    return (position & 3) == 0 && position >= log_long_position(&chat->log, chat->log.next) &&
           position < UINT64_C(1) << 62;
}

/* Moves the log ahead. What it then lacks room for is gone. */
static void advance(struct chat *chat, uint64_t position)
{
    bool all = position - log_long_position(&chat->log, chat->log.next) >= LWCHAT_LOG_BYTES;

    log_advance(&chat->log, position);
    for (unsigned i = 0; all && i < LWCHAT_MAX_ROOMS; i++) {
        /* Their positions may be 2^31 ago, and would seem to be ahead. */
        chat->room[i].spoken = false;
        chat->room[i].born = chat->room[i].last = chat->log.next;
    }
    room_tick(chat->room, &chat->log);
}

/* Newcomers must not get the name of a guest whose messages are shown. */
static void count_guest(struct chat *chat, const char *nick, size_t bytes)
{
    static const char guest[] = "guest";
    const size_t prefix = sizeof guest - 1;
    uint32_t number;

    if (bytes > prefix && memcmp(nick, guest, prefix) == 0 &&
        text_parse_number(nick + prefix, bytes - prefix, UINT32_MAX - 1, &number) &&
        number > chat->guests) {
        chat->guests = number;
    }
}

static bool restore_said(struct chat *chat, const char *content, size_t bytes)
{
    struct log *log = &chat->log;
    struct said said;

    if (!read_said(&said, content, bytes) || !is_ahead(chat, said.position)) {
        return false;
    }
    uint32_t record_bytes = log_record_bytes(said.nick_bytes, said.text_bytes);
    if ((said.position & (log->bytes - 1)) + record_bytes > log->bytes) {
        return false; /* it would wrap */
    }
    advance(chat, said.position);
    while (log->first != log->next && log->next + record_bytes - log->first > log->bytes) {
        log_drop_first(log);
    }
    int number = room_restore(chat->room, log, said.room, said.room_bytes);
    if (number < 0) {
        return true; /* more rooms than this server has: this one is lost */
    }
    struct room *room = &chat->room[number];
    said.record.room = (uint8_t)number;
    room->last = log_append(log, &said.record, said.nick, said.nick_bytes, said.text,
                            said.text_bytes, room->spoken ? &room->last : NULL);
    room->spoken = true;
    room->said = UINT16_MAX + 1U + said.record.said; /* at most: the file has only the low bits */
    room->carried = said.record.carried;
    keep_room(chat, (unsigned)number);
    count_guest(chat, said.nick, said.nick_bytes);
    return true;
}

static bool restore_gone(struct chat *chat, const char *name, size_t bytes)
{
    int number = room_find_restored(chat->room, name, bytes);

    if (number >= 0) {
        room_forget(&chat->room[number]);
        chat->file.room[number].name_bytes = 0;
    }
    return room_valid(name, bytes);
}

static bool restore_count(struct chat *chat, const char *content, size_t bytes)
{
    const char *name = content + HISTORY_COUNT_BYTES;

    if (bytes < HISTORY_COUNT_BYTES || !room_valid(name, bytes - HISTORY_COUNT_BYTES)) {
        return false;
    }
    int number = room_restore(chat->room, &chat->log, name, bytes - HISTORY_COUNT_BYTES);
    if (number >= 0) {
        chat->room[number].said = (uint32_t)get(content, 4);
        chat->room[number].carried = (uint16_t)get(content + 4, 2);
        keep_room(chat, (unsigned)number);
    }
    return true;
}

static bool restore_used(struct chat *chat, const char *content, size_t bytes)
{
    if (bytes != 8 || !is_ahead(chat, get(content, 8))) {
        return false;
    }
    advance(chat, get(content, 8));
    return true;
}

/* @return the length of the part that begins here; 0 if none does. */
static size_t part_bytes(const char *part, size_t bytes)
{
    if (bytes < HISTORY_PART_BYTES) {
        return 0;
    }
    size_t length = HISTORY_PART_BYTES + (size_t)get(part + SUM_BYTES, 2);
    bool fits = length <= bytes && length <= HISTORY_PART_BYTES + MOST_BYTES;
    return fits && get(part, SUM_BYTES) == history_crc32(part + SUM_BYTES, length - SUM_BYTES)
               ? length
               : 0;
}

/* State collected from BEGUN and ENDED. */
struct run {
    const char *begun; /* the content of its last BEGUN; NULL: it has none */
    bool ended;
};

static bool restore_part(struct chat *chat, struct run *run, const char *part, size_t bytes)
{
    const char *content = part + HISTORY_PART_BYTES;

    bytes -= HISTORY_PART_BYTES;
    switch (get(part + SUM_BYTES + 2, 2)) {
    case HISTORY_SAID:
        return restore_said(chat, content, bytes);
    case HISTORY_GONE:
        return restore_gone(chat, content, bytes);
    case HISTORY_USED:
        return restore_used(chat, content, bytes);
    case HISTORY_BEGUN:
        *run = (struct run){.begun = content};
        return bytes == CHAT_BOOT_ID_BYTES + START_BYTES;
    case HISTORY_ENDED:
        run->ended = true;
        return bytes == 0;
    case HISTORY_COUNT:
        return restore_count(chat, content, bytes);
    default:
        return false;
    }
}

/* True when there is a whole part somewhere: what precedes it is not just the end of a write. */
static bool has_part(const char *file, size_t bytes)
{
    for (size_t at = 0; at < bytes; at++) {
        if (part_bytes(file + at, bytes - at) > 0) {
            return true;
        }
    }
    return false;
}

/*
 * Numbers must not be given again. All that were sent are in the file, except for notices that a
 * session's own output causes and that it is sent at once. The gap is for these; it takes room in
 * the log from what is restored.
 */
enum { GAP_BYTES = 1024 };

/* The operator, the only session so far, has read all of it. */
static void settle(struct chat *chat)
{
    struct chat_session *operator_ = &chat->session[CHAT_OPERATOR];
    uint32_t next = chat->log.next;

    room_tick(chat->room, &chat->log);
    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        chat->room[i].newest = next;
    }
    operator_->place.cursor = operator_->since = operator_->asked = operator_->told = next;
    chat->slowest = next;
    block_reset(chat);
    chat_follow(chat, CHAT_TAIL_HISTORY);
    chat->file.used = next;
}

int chat_history_restore(struct chat *chat, const char *boot_id, const char *file, size_t bytes,
                         size_t *whole)
{
    size_t at = HEAD_BYTES;
    struct run run = {.begun = NULL};

    *whole = 0;
    if (memcmp(file, magic, bytes < MAGIC_BYTES ? bytes : MAGIC_BYTES) != 0) {
        return LWCHAT_BAD_ARGUMENT;
    }
    if (bytes < HEAD_BYTES) {
        settle(chat); /* a new file, or one whose head was torn */
        return LWCHAT_OK;
    }
    if (get(file + HEAD_BYTES - SUM_BYTES, SUM_BYTES) !=
        history_crc32(file, HEAD_BYTES - SUM_BYTES)) {
        return LWCHAT_FAILED;
    }
    if (get(file + MAGIC_BYTES, 4) != LWCHAT_LOG_BYTES) {
        return LWCHAT_UNSUPPORTED;
    }
    while (at < bytes) {
        size_t part = part_bytes(file + at, bytes - at);
        *whole = at;
        if (part == 0 && !has_part(file + at, bytes - at)) {
            break;
        }
        if (part == 0 || !restore_part(chat, &run, file + at, part)) {
            return LWCHAT_FAILED;
        }
        at += part;
    }
    *whole = at;
    advance(chat, log_long_position(&chat->log, chat->log.next) + GAP_BYTES);
    settle(chat);
    if (at == bytes && run.begun != NULL &&
        (run.ended || memcmp(run.begun, boot_id, CHAT_BOOT_ID_BYTES) == 0)) {
        chat->config.start = (uint32_t)get(run.begun + CHAT_BOOT_ID_BYTES, START_BYTES);
    }
    return LWCHAT_OK;
}

#endif

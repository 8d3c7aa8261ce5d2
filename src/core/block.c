#include "block.h"

#include "dialect/dialect.h"
#include "ignore.h"

#include <string.h>

#if LWCHAT_SHARED_LINES > 0

/* True when `session` reads only live lines from `place` on, which others read too. */
static bool reads_with_others(const struct chat *chat, const struct chat_session *session,
                              const struct chat_place *place)
{
    return !session_is_operator(chat, session) && session->state == CHAT_ACTIVE &&
           place->owes == 0 && place->hole == 0 && !ignore_any(session) &&
           place->answer == ANSWER_NONE && !dialect_of(session)->apart &&
#if LWCHAT_JSON
           !log_before(place->cursor, session->told) && !session_is_bridge(session) &&
#endif
           !log_before(place->cursor, session->since);
}

static void begin(struct chat_block *block, const struct chat_session *session, uint32_t from)
{
    block->from = block->to = block->looked = from;
    block->found = block->lines = 0;
    block->bytes = 0;
    block->senders = 0;
    block->full = false;
    block->room = session->room;
    block->dialect = session->dialect;
    block->flags = session->framing.flags & FRAMING_SHOWN;
}

static uint32_t bit_of(uint16_t session)
{
    return 1U << (session % 32);
}

/* True when a session that reads from `cursor` on may read the block, or extend it. */
static bool serves(const struct chat_block *block, const struct chat_session *session,
                   uint32_t cursor)
{
    return !log_before(cursor, block->from) &&
           (log_before(cursor, block->to) || (cursor == block->to && !block->full)) &&
           block->room == session->room && block->dialect == session->dialect &&
           block->flags == (session->framing.flags & FRAMING_SHOWN);
}

/* The block for a session that reads from `cursor` on: if none serves it, the least recently used
 * one begins there. */
static struct chat_block *find(struct chat *chat, const struct chat_session *session,
                               uint32_t cursor)
{
    struct chat_block *found = chat->newest;

    if (!serves(found, session, cursor)) {
        found = chat->block;
        for (unsigned i = 0; i < LWCHAT_SHARED_BLOCKS; i++) {
            struct chat_block *block = &chat->block[i];
            if (serves(block, session, cursor)) {
                found = block;
                break;
            }
            if ((int32_t)(block->used - found->used) < 0) {
                found = block;
            }
        }
        if (!serves(found, session, cursor)) {
            begin(found, session, cursor);
        }
        chat->newest = found;
        found->used = ++chat->block_uses;
    }
    return found;
}

/* The line of the first record at `cursor` or after it; `block->lines` if there is none. */
static unsigned line_at(struct chat_block *block, uint32_t cursor)
{
    if (block->looked != cursor) {
        unsigned low = cursor == block->to ? block->lines : 0;
        unsigned high = block->lines;
        while (low < high) {
            unsigned middle = (low + high) / 2;
            if (log_before(cursor, block->line[middle].next)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        block->looked = cursor;
        block->found = (uint16_t)low;
    }
    return block->found;
}

static size_t start_of(const struct chat_block *block, unsigned line)
{
    return line > 0 ? block->line[line - 1].end : 0;
}

/* Adds the line of the record at `block->to`. False when there is no room for it. */
static bool add(struct chat *chat, struct chat_block *block, const struct chat_session *session,
                const struct log_record *record)
{
    const struct dialect *dialect = dialect_of(session);
    size_t room = LWCHAT_SEND_BYTES - block->bytes;
    bool direct = room >= LWCHAT_SHOWN_BYTES;
    char *text = block->text + block->bytes;
    struct shown shown = {chat, session, direct ? text : chat->line, 0, 0};

    if (block->lines == LWCHAT_SHARED_LINES) {
        return false;
    }
    dialect->show(&shown, block->to, record);
    if (shown.bytes > 0) {
        dialect->seal(&shown);
    }
    if (shown.bytes > room) {
        return false;
    }
    if (!direct) {
        memcpy(text, chat->line, shown.bytes);
    }
    block->bytes += (uint32_t)shown.bytes;
    block->line[block->lines++] = (struct chat_block_line){
        .next = block->to + record->bytes, .from = record->from, .end = (uint16_t)block->bytes};
    block->senders |= bit_of(record->from);
    return true;
}

/* Adds the records appended since. One for a single session ends the block. */
static void extend(struct chat *chat, struct chat_block *block, const struct chat_session *session)
{
    while (log_before(block->to, chat->log.next) && !block->full) {
        const struct log_record *record = log_at(&chat->log, block->to);
        if (record->kind != LOG_PADDING) {
            if (record->to != LOG_NOBODY) {
                return;
            }
            if (record->room == block->room || record->room == LOG_EVERY_ROOM) {
                block->full = !add(chat, block, session, record);
                if (block->full) {
                    return;
                }
            }
        }
        block->to += record->bytes;
    }
}

/*
 * The text from `start` in `line` on, without session `number`'s own lines: in the block if it has
 * none there, otherwise copied to `out`.
 */
static const char *others(const struct chat_block *block, unsigned line, size_t start,
                          unsigned number, char *out, size_t *bytes)
{
    size_t copied = 0;
    size_t run = start; /* start of the text that is not copied yet */
    bool own = false;

    if (block->senders & bit_of((uint16_t)number)) {
        for (unsigned i = line; i < block->lines; i++) {
            if (block->line[i].from != number) {
                continue;
            }
            size_t to = start_of(block, i);
            if (to > run) {
                memcpy(out + copied, block->text + run, to - run);
                copied += to - run;
            }
            run = block->line[i].end;
            own = true;
        }
    }
    if (!own) {
        *bytes = block->bytes - start;
        return block->text + start;
    }
    memcpy(out + copied, block->text + run, block->bytes - run);
    *bytes = copied + block->bytes - run;
    return out;
}

const char *block_read(struct chat *chat, const struct chat_session *session,
                       struct chat_place *place, size_t *bytes)
{
    unsigned number = session_number(chat, session);

    *bytes = 0;
    chat->sent_block = NULL;
    if (!reads_with_others(chat, session, place)) {
        return NULL;
    }
    struct chat_block *block = find(chat, session, place->cursor);
    unsigned first = line_at(block, place->cursor);
    unsigned line = first;
    extend(chat, block, session);
    while (line < block->lines && block->line[line].from == number) {
        line++;
    }
    size_t start = start_of(block, line) + place->offset;
    if (place->offset > 0 && (line == block->lines || start >= block->line[line].end)) {
        return NULL;
    }
    const char *out = others(block, line, start, number, chat->out, bytes);
    if ((line > first || out == chat->out) && session_echoes(session)) {
        *bytes = 0;
        return NULL; /* it reads some of its own lines, but not all */
    }
    place->cursor = block->to;
    place->offset = 0;
    if (*bytes > 0) {
        chat->sent_block = block;
        return out;
    }
    return place->cursor == chat->log.next ? out : NULL;
}

bool block_taken(const struct chat *chat, const struct chat_session *session,
                 struct chat_place *place, size_t bytes)
{
    struct chat_block *block = chat->sent_block;
    unsigned number = session_number(chat, session);
    size_t taken = place->offset + bytes;

    if (block == NULL) {
        return false;
    }
    for (unsigned i = line_at(block, place->cursor); i < block->lines; i++) {
        size_t line_bytes = block->line[i].end - start_of(block, i);
        if (block->line[i].from == number) {
            continue;
        }
        if (taken < line_bytes) {
            break;
        }
        taken -= line_bytes;
        place->cursor = block->line[i].next;
    }
    place->offset = (uint16_t)taken;
    return true;
}

void block_tick(struct chat *chat)
{
    for (unsigned i = 0; i < LWCHAT_SHARED_BLOCKS; i++) {
        if (log_before(chat->block[i].to, chat->log.first)) {
            begin(&chat->block[i], &chat->session[CHAT_OPERATOR], chat->log.next);
        }
    }
}

void block_reset(struct chat *chat)
{
    for (unsigned i = 0; i < LWCHAT_SHARED_BLOCKS; i++) {
        begin(&chat->block[i], &chat->session[CHAT_OPERATOR], chat->log.next);
    }
    chat->newest = chat->block;
    chat->sent_block = NULL;
}

#else

const char *block_read(struct chat *chat, const struct chat_session *session,
                       struct chat_place *place, size_t *bytes)
{
    (void)chat;
    (void)session;
    (void)place;
    *bytes = 0;
    return NULL;
}

bool block_taken(const struct chat *chat, const struct chat_session *session,
                 struct chat_place *place, size_t bytes)
{
    (void)chat;
    (void)session;
    (void)place;
    (void)bytes;
    return false;
}

void block_tick(struct chat *chat)
{
    (void)chat;
}

void block_reset(struct chat *chat)
{
    (void)chat;
}

#endif

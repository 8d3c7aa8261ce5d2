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
           place->offset == 0 && place->owes == 0 && place->hole == 0 && !ignore_any(session) &&
           place->answer == ANSWER_NONE && !dialect_of(session)->apart &&
#if LWCHAT_JSON
           !log_before(place->cursor, session->told) && !session_has_no_numbers(session) &&
#endif
           !log_before(place->cursor, session->since);
}

static void begin(struct chat_block *block, const struct chat_session *session, uint32_t from)
{
    block->from = from;
    block->to = from;
    block->bytes = 0;
    block->lines = 0;
    block->senders = 0;
    block->room = session->room;
    block->dialect = session->dialect;
    block->flags = session->framing.flags & FRAMING_SHOWN;
}

static uint32_t bit_of(uint16_t session)
{
    return 1U << (session % 32);
}

/* Adds the records appended since. One for a single session ends the block. */
static void extend(struct chat *chat, const struct chat_session *session)
{
    struct chat_block *block = &chat->block;
    const struct dialect *dialect = dialect_of(session);

    while (log_before(block->to, chat->log.next) && block->lines < LWCHAT_SHARED_LINES &&
           block->bytes + LWCHAT_SHOWN_BYTES <= LWCHAT_SEND_BYTES) {
        const struct log_record *record = log_at(&chat->log, block->to);
        if (record->kind != LOG_PADDING) {
            if (record->to != LOG_NOBODY) {
                return;
            }
            if (record->room == block->room || record->room == LOG_EVERY_ROOM) {
                struct shown shown = {chat, session, block->text + block->bytes, 0, 0};
                dialect->show(&shown, block->to, record);
                if (shown.bytes > 0) {
                    dialect->seal(&shown);
                }
                block->bytes += (uint32_t)shown.bytes;
                block->line[block->lines++] =
                    (struct chat_block_line){.from = record->from, .end = (uint16_t)block->bytes};
                block->senders |= bit_of(record->from);
            }
        }
        block->to += record->bytes;
    }
}

/* Copies the block to `out`, except for session `number`'s own lines. @return the bytes copied. */
static size_t copy_others(const struct chat_block *block, unsigned number, char *out)
{
    size_t bytes = 0;
    size_t run = 0; /* start of the lines that are not copied yet */
    size_t start = 0;

    for (unsigned i = 0; i < block->lines; i++) {
        size_t end = block->line[i].end;
        if (block->line[i].from == number) {
            memcpy(out + bytes, block->text + run, start - run);
            bytes += start - run;
            run = end;
        }
        start = end;
    }
    memcpy(out + bytes, block->text + run, start - run);
    return bytes + start - run;
}

const char *block_read(struct chat *chat, const struct chat_session *session,
                       struct chat_place *place, size_t *bytes)
{
    unsigned number = session_number(chat, session);
    struct chat_block *block = &chat->block;

    *bytes = 0;
    if (!reads_with_others(chat, session, place)) {
        return NULL;
    }
    /* A reader that has read everything must not restart the block that others still read. */
    if (place->cursor == chat->log.next) {
        return block->text;
    }
    if (block->from != place->cursor || block->room != session->room ||
        block->dialect != session->dialect ||
        block->flags != (session->framing.flags & FRAMING_SHOWN)) {
        begin(block, session, place->cursor);
    }
    extend(chat, session);
    bool has_own = (block->senders & bit_of((uint16_t)number)) != 0;
    if (has_own && session_echoes(session)) {
        return NULL; /* it reads some of its own lines, but not all */
    }
    place->cursor = block->to;
    *bytes = block->bytes;
    const char *out = block->text;
    if (has_own) {
        *bytes = copy_others(block, number, chat->out);
        out = chat->out;
    }
    return *bytes > 0 || place->cursor == chat->log.next ? out : NULL;
}

void block_tick(struct chat *chat)
{
    struct chat_block *block = &chat->block;

    if (log_before(block->from, chat->log.first)) {
        begin(block, &chat->session[CHAT_OPERATOR], chat->log.next);
    }
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

void block_tick(struct chat *chat)
{
    (void)chat;
}

#endif

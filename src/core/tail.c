#include "tail.h"

#if LWCHAT_FILES

#include "date.h"
#include "dialect/plain.h"

#include <string.h>

/* A log has everything but what is for one person alone; the history, what was said in rooms. */
static bool wants(unsigned kind, const struct log_record *record)
{
    if (kind == CHAT_TAIL_TEXT) {
        return record->kind != LOG_PADDING && record->to == LOG_NOBODY;
    }
    return (record->kind == LOG_MESSAGE || record->kind == LOG_ACTION) &&
           record->room != LOG_EVERY_ROOM;
}

void tail_drop(struct chat *chat)
{
    const struct log_record *record = log_at(&chat->log, chat->log.first);

    for (unsigned i = 0; i < CHAT_TAILS; i++) {
        struct chat_tail *tail = &chat->tail[i];
        if (tail->follows && tail->cursor == chat->log.first) {
            tail->cursor += record->bytes;
            tail->missed += wants(i, record);
        }
    }
}

void chat_follow(struct chat *chat, enum chat_tail_kind kind)
{
    chat->tail[kind] = (struct chat_tail){.cursor = chat->log.next, .follows = true};
}

uint32_t chat_tail_missed(const struct chat *chat, enum chat_tail_kind kind)
{
    return chat->tail[kind].missed;
}

const struct log_record *tail_next(struct chat *chat, enum chat_tail_kind kind, uint32_t *position)
{
    struct chat_tail *tail = &chat->tail[kind];

    while (log_before(tail->cursor, chat->log.next)) {
        const struct log_record *record = log_at(&chat->log, tail->cursor);
        *position = tail->cursor;
        tail->cursor += record->bytes;
        if (wants(kind, record)) {
            return record;
        }
    }
    return NULL;
}

static void add_date(struct shown *shown, uint32_t time_s)
{
    date_write(shown->text + shown->bytes, time_s + (uint32_t)shown->chat->local_s, ' ');
    shown->bytes += DATE_BYTES;
    shown_add_literal(shown, " ");
}

static void add_room(struct shown *shown, uint32_t position, const struct log_record *record)
{
    const struct chat *chat = shown->chat;

    if (record->room == LOG_EVERY_ROOM) {
        shown_add_literal(shown, "#*");
    } else if (log_before(position, chat->room[record->room].born)) {
        shown_add_literal(shown, "#?"); /* a former room, whose name is lost */
    } else {
        const struct room *room = &chat->room[record->room];
        shown_add(shown, room->name, room->name_bytes);
    }
    shown_add_literal(shown, " ");
}

static size_t next_line(struct chat *chat, char *text)
{
    struct chat_tail *tail = &chat->tail[CHAT_TAIL_TEXT];
    /* The operator ignores nobody, and reads no history. */
    struct shown shown = {chat, &chat->session[CHAT_OPERATOR], text, 0, 0};
    uint32_t position;

    if (tail->missed > 0) {
        struct words_arguments arguments = {.bytes = 0};
        words_add_number(&arguments, tail->missed);
        tail->missed = 0;
        add_date(&shown, chat_time_s(chat));
        shown_add_literal(&shown, "#* ");
        plain_say(&shown, W_LOG_LACKS, arguments.text, arguments.bytes);
    } else {
        const struct log_record *record = tail_next(chat, CHAT_TAIL_TEXT, &position);
        if (record == NULL) {
            return 0;
        }
        add_date(&shown, record->time_s);
        add_room(&shown, position, record);
        plain_show(&shown, position, record);
    }
    text[shown.bytes++] = '\n';
    return shown.bytes;
}

size_t chat_log_lines(struct chat *chat, char *out, size_t bytes)
{
    size_t used = 0;
    size_t line;

    while (bytes - used >= LWCHAT_SHOWN_BYTES && (line = next_line(chat, out + used)) > 0) {
        used += line;
    }
    return used;
}

#endif

#include "show.h"

#include "text.h"

#include <string.h>

void show_text(struct shown *shown, const char *text, size_t bytes)
{
    size_t room = LWCHAT_SHOWN_BYTES - 2 - shown->bytes;

    if (bytes > room) {
        shown->bytes += text_copy(shown->text + shown->bytes, room, text, bytes);
        return;
    }
    memcpy(shown->text + shown->bytes, text, bytes);
    shown->bytes += bytes;
}

void show_literal(struct shown *shown, const char *text)
{
    show_text(shown, text, strlen(text));
}

void show_sentence(const struct chat *chat, struct shown *shown, const struct word *word,
                   const char *arguments, size_t bytes)
{
    shown->bytes += words_write(shown->text + shown->bytes, LWCHAT_SHOWN_BYTES - 2 - shown->bytes,
                                word->text[chat->config.language], arguments, bytes);
}

void show_word(const struct chat *chat, struct shown *shown, enum word_chat word,
               const struct words_arguments *arguments)
{
    show_sentence(chat, shown, &words_chat[word], arguments->text, arguments->bytes);
}

static void show_private(struct shown *shown, bool own, const struct log_record *record)
{
    /* The text is the addressee's nick, NUL, and what was said. */
    const char *nick = log_text(record);
    const char *nul = memchr(nick, '\0', record->text_bytes);
    size_t nick_bytes = (size_t)(nul - nick);

    if (own) {
        show_literal(shown, "[-> ");
        show_text(shown, nick, nick_bytes);
    } else {
        show_literal(shown, "[");
        show_text(shown, log_nick(record), record->nick_bytes);
    }
    show_literal(shown, "] ");
    shown->prefix = shown->bytes;
    show_text(shown, nul + 1, record->text_bytes - nick_bytes - 1);
}

/* The console is in every room: it says which. */
static void show_room(const struct chat *chat, struct shown *shown, uint32_t position,
                      const struct log_record *record)
{
    if (record->room == LOG_EVERY_ROOM) {
        return;
    }
    const struct room *room = &chat->room[record->room];
    if (log_before(position, room->born)) {
        show_literal(shown, "#? ");
    } else {
        show_text(shown, room->name, room->name_bytes);
        show_literal(shown, " ");
    }
}

/* A notice that is long is so because of its last argument, which somebody wrote, at its end. */
static void show_notice(const struct chat *chat, struct shown *shown,
                        const struct log_record *record)
{
    const char *text = log_text(record);
    size_t last = record->text_bytes;

    while (last > 0 && text[last - 1] != '\0') {
        last--;
    }
    show_sentence(chat, shown, &words_chat[record->word], text, record->text_bytes);
    size_t written = record->text_bytes - last;
    shown->prefix = written < shown->bytes ? shown->bytes - written : 0;
}

void show_record(const struct chat *chat, struct shown *shown, const struct chat_session *reader,
                 uint32_t position, const struct log_record *record)
{
    if (session_is_operator(chat, reader)) {
        show_room(chat, shown, position, record);
    }
    switch (record->kind) {
    case LOG_MESSAGE:
        show_text(shown, log_nick(record), record->nick_bytes);
        show_literal(shown, "> ");
        shown->prefix = shown->bytes;
        show_text(shown, log_text(record), record->text_bytes);
        break;
    case LOG_ACTION:
        show_literal(shown, "* ");
        show_text(shown, log_nick(record), record->nick_bytes);
        show_literal(shown, " ");
        shown->prefix = shown->bytes;
        show_text(shown, log_text(record), record->text_bytes);
        break;
    case LOG_PRIVATE:
        show_private(shown, record->from == session_number(chat, reader), record);
        break;
    default:
        show_notice(chat, shown, record);
        break;
    }
}

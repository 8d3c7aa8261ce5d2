#include "notice.h"

#include "append.h"

static void append_word(struct chat *chat, unsigned from, unsigned to, uint8_t room,
                        enum word_chat word, const char *arguments, size_t bytes)
{
    struct log_record record = {
        .kind = LOG_NOTICE,
        .word = (uint8_t)word,
        .from = (uint16_t)from,
        .to = (uint16_t)to,
        .room = room,
    };

    append_record(chat, &record, NULL, 0, arguments, bytes);
}

void notice_to(struct chat *chat, const struct chat_session *to, enum word_chat word,
               const char *arguments, size_t bytes)
{
    append_word(chat, LOG_NOBODY, session_number(chat, to), LOG_EVERY_ROOM, word, arguments, bytes);
}

void notice_too_long(struct chat *chat, const struct chat_session *to)
{
    struct words_arguments arguments = {.bytes = 0};

    words_add_number(&arguments, LWCHAT_LINE_BYTES);
    notice_to(chat, to, W_TOO_LONG, arguments.text, arguments.bytes);
}

void notice_in_room(struct chat *chat, const struct chat_session *from, uint8_t room,
                    enum word_chat word, const char *arguments, size_t bytes)
{
    append_word(chat, session_number(chat, from), LOG_NOBODY, room, word, arguments, bytes);
}

void notice_to_all(struct chat *chat, enum word_chat word, const char *arguments, size_t bytes)
{
    append_word(chat, LOG_NOBODY, LOG_NOBODY, LOG_EVERY_ROOM, word, arguments, bytes);
}

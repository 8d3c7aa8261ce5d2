#include "irc_line.h"

#include "core/text.h"

#include <string.h>

#if LWCHAT_IRC

enum { LINE_BYTES = 512 - 2, NAME_BYTES = 64 };

static const struct word words_irc[WORDS_IRC] = {
#define WORD(name, english, french) [I_##name] = {{english, french}},
#include "irc.def"
#undef WORD
};

void irc_add_number(struct shown *shown, uint32_t number)
{
    char digits[10];

    shown_add(shown, digits, text_number(digits, number));
}

void irc_add_word(struct shown *shown, enum word_irc word, const char *argument, size_t bytes)
{
    shown->bytes += words_write(
        shown->text + shown->bytes, LWCHAT_SHOWN_BYTES - LWCHAT_SEAL_BYTES - shown->bytes,
        words_irc[word].text[shown->chat->config.language], argument, bytes);
}

size_t irc_room_left(const struct shown *shown, size_t tags)
{
    size_t line = LINE_BYTES - (shown->bytes - tags);
    size_t all = LWCHAT_SHOWN_BYTES - LWCHAT_SEAL_BYTES - shown->bytes;

    return line < all ? line : all;
}

void irc_add_some(struct shown *shown, size_t tags, const char *text, size_t bytes)
{
    shown->bytes += text_copy(shown->text + shown->bytes, irc_room_left(shown, tags), text, bytes);
}

void irc_add_server(struct shown *shown)
{
    shown_add_literal(shown, ":");
    shown_add_literal(shown, shown->chat->config.name);
    shown_add_literal(shown, " ");
}

/* The user name is the nick, and the host is the server: who is where is nobody's business. */
void irc_add_sender(struct shown *shown, const char *nick, size_t bytes)
{
    shown_add_literal(shown, ":");
    shown_add(shown, nick, bytes);
    shown_add_literal(shown, "!");
#if LWCHAT_BRIDGE
    const char *at = memchr(nick, '@', bytes);
    bytes = at == NULL ? bytes : (size_t)(at - nick);
#endif
    shown_add(shown, nick, bytes);
    shown_add_literal(shown, "@");
    shown_add_literal(shown, shown->chat->config.name);
    shown_add_literal(shown, " ");
}

void irc_add_reader(struct shown *shown)
{
    const struct chat_session *reader = shown->reader;

    if (reader->outside) {
        shown_add_literal(shown, "*");
    } else {
        shown_add(shown, reader->nick, reader->nick_bytes);
    }
}

void irc_add_room(struct shown *shown, const struct room *room)
{
    shown_add(shown, room->name, room->name_bytes);
}

const struct room *irc_room_of(const struct shown *shown)
{
    return &shown->chat->room[shown->reader->room];
}

void irc_add_name(struct shown *shown, const char *name, size_t bytes)
{
    const char *blank = memchr(name, ' ', bytes);
    size_t word_bytes = blank == NULL ? bytes : (size_t)(blank - name);
    size_t begin = shown->bytes;

    if (word_bytes > 0 && name[0] != ':') {
        shown->bytes += text_copy(shown->text + begin, NAME_BYTES, name, word_bytes);
    }
    if (shown->bytes == begin) {
        shown_add_literal(shown, "*");
    }
}

void irc_add_numeric(struct shown *shown, unsigned numeric)
{
    char digits[] = "000 ";

    digits[0] = (char)('0' + numeric / 100);
    digits[1] = (char)('0' + numeric / 10 % 10);
    digits[2] = (char)('0' + numeric % 10);
    irc_add_server(shown);
    shown_add(shown, digits, sizeof digits - 1);
    irc_add_reader(shown);
    shown_add_literal(shown, " ");
}

void irc_say_numeric(struct shown *shown, unsigned numeric, const struct irc_text *name,
                     enum word_irc word)
{
    irc_add_numeric(shown, numeric);
    if (name != NULL && name->bytes > 0) {
        irc_add_name(shown, name->text, name->bytes);
        shown_add_literal(shown, " ");
    }
    shown_add_literal(shown, ":");
    irc_add_word(shown, word, NULL, 0);
}

#endif

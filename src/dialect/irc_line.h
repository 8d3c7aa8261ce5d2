/**
 * @file
 * Parts of a line to an IRC client. With LWCHAT_IRC.
 *
 * A line has at most 512 bytes with its end, beside its tags (RFC 2812 section 2.3).
 */
#ifndef LWCHAT_IRC_LINE_H
#define LWCHAT_IRC_LINE_H

#include "irc.h"
#include "shown.h"

/** What only IRC clients are sent. */
enum word_irc {
#define WORD(name, english, french) I_##name,
#include "irc.def"
#undef WORD
    WORDS_IRC
};

void irc_add_number(struct shown *shown, uint32_t number);

/** Adds a sentence. `argument` as for words_write(). */
void irc_add_word(struct shown *shown, enum word_irc word, const char *argument, size_t bytes);

/** Bytes that the line still has room for, of which `tags` do not count. */
size_t irc_room_left(const struct shown *shown, size_t tags);

/** Adds as much of a text as the line has room for. */
void irc_add_some(struct shown *shown, size_t tags, const char *text, size_t bytes);

/** Adds the server as the sender. */
void irc_add_server(struct shown *shown);

/** Adds a person as the sender. */
void irc_add_sender(struct shown *shown, const char *nick, size_t bytes);

/** Adds the reader's nick; '*' before it has entered the chat. */
void irc_add_reader(struct shown *shown);

void irc_add_room(struct shown *shown, const struct room *room);

/** The reader's room. */
const struct room *irc_room_of(const struct shown *shown);

/**
 * Adds what a client has named as a parameter: its first word, cut if it is longer than any name;
 * '*' if that is no parameter.
 */
void irc_add_name(struct shown *shown, const char *name, size_t bytes);

/** Begins a numeric reply (RFC 2812 section 5). */
void irc_add_numeric(struct shown *shown, unsigned numeric);

/** Renders a numeric reply about `name`, which may be empty or NULL, with a sentence. */
void irc_say_numeric(struct shown *shown, unsigned numeric, const struct irc_text *name,
                     enum word_irc word);

/** struct dialect's say(). */
void irc_say(struct shown *shown, enum word_chat word, const char *arguments, size_t bytes);

/** struct dialect's list(). */
bool irc_list(struct shown *shown, struct chat_place *place);

#endif

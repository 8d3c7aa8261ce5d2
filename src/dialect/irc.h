/**
 * @file
 * Messages of IRC clients: from the line that a client sends to what it means.
 * See README.md. With LWCHAT_IRC.
 */
#ifndef LWCHAT_IRC_H
#define LWCHAT_IRC_H

#include "core/framing.h"

#include <stdbool.h>
#include <stddef.h>

/** Extensions that a client can request with CAP REQ: https://ircv3.net/irc/ */
enum irc_extension { IRC_ECHO_MESSAGE, IRC_SERVER_TIME, IRC_EXTENSIONS };
extern const char *const irc_extensions[IRC_EXTENSIONS];

enum { IRC_PARAMETERS = 4 };

/** A message (RFC 2812 section 2.3.1), without its tags and its prefix. */
struct irc_message {
    struct irc_text {
        const char *text;
        size_t bytes;
    } command, parameter[IRC_PARAMETERS]; /**< missing ones are empty */
    unsigned parameters;                  /**< if there are more, only the first ones */
};

/** Splits a line, without its end, into its parts. */
void irc_split(struct irc_message *message, const char *line, size_t bytes);

/** True when `text` is `word`, which is in lower case, in any case. */
bool irc_is(const struct irc_text *text, const char *word);

/** The extension with this name; IRC_EXTENSIONS: none that this build has. */
unsigned irc_find_extension(const char *name, size_t bytes);

/** Splits the next word off a list with spaces. @return false at its end. */
bool irc_next_word(struct irc_text *list, struct irc_text *word);

/** Cuts a list of names, of which only the first is used. */
void irc_use_first(struct irc_text *names);

/** struct dialect's feed(). */
size_t irc_feed(struct framing *framing, const uint8_t *in, size_t bytes, struct framing_line *line,
                enum framing_event *event);

#endif

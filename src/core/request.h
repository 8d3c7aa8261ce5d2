/**
 * @file
 * A command that a session has sent, and replies to it.
 */
#ifndef LWCHAT_REQUEST_H
#define LWCHAT_REQUEST_H

#include "session.h"

struct command;

struct request {
    struct chat *chat;
    struct chat_session *session;
    const struct command *command;
    const char *name; /* of the command, with its slash */
    size_t name_bytes;
    const char *text; /* what follows, without spaces around it */
    size_t bytes;
#if LWCHAT_BRIDGE
    const char *from;  /* name under which a bridge says it */
    size_t from_bytes; /* 0: its own */
#endif
};

/** Tells the session a sentence. */
void request_reply(const struct request *request, enum word_chat word,
                   const struct words_arguments *arguments);

/** The same, without arguments. */
void request_reply_plainly(const struct request *request, enum word_chat word);

/** The same, with the command's text as the argument. */
void request_reply_text(const struct request *request, enum word_chat word);

/** Splits the first word off a text. @return its length; `rest` follows it, without the spaces. */
size_t request_first_word(const char *text, size_t bytes, const char **rest, size_t *rest_bytes);

#endif

/**
 * @file
 * All text that people see, in one table for each program, in every
 * language. A table is a .def file of WORD(NAME, english, french) lines;
 * %1 to %9 stand for arguments, and "%1 message{s}" is "1 message" or
 * "2 messages".
 *
 *     words.def            what the server says in the chat and on its console
 *     ../net/client.def    the client's own messages
 *     ../app/options.def   the command line: help and errors
 */
#ifndef LWCHAT_WORDS_H
#define LWCHAT_WORDS_H

#include "lwchat_address.h"

#include <stddef.h>
#include <stdint.h>

enum words_language { WORDS_ENGLISH, WORDS_FRENCH, WORDS_LANGUAGES };

/** One sentence in every language. */
struct word {
    const char *text[WORDS_LANGUAGES];
};

/** The server's sentences; words_chat[W_JOINED] is one. */
enum word_chat {
#define WORD(name, english, french) W_##name,
#include "words.def"
#undef WORD
    WORDS_CHAT
};
extern const struct word words_chat[WORDS_CHAT];

/**
 * Writes `sentence` with %1 … %9 replaced by the arguments. A missing argument
 * is empty. Text in braces is written without the braces, or left out when the
 * argument before it is "1". Text that does not fit is cut off. No NUL is added.
 *
 * @param arguments  NUL-separated texts, `arguments_bytes` long in all (no NUL after the last)
 * @return the number of bytes written, at most `bytes`.
 */
size_t words_write(char *out, size_t bytes, const char *sentence, const char *arguments,
                   size_t arguments_bytes);

/** Arguments of a sentence, added one by one. Two nicks fit, or one with numbers. */
struct words_arguments {
    char text[2 * LWCHAT_NICK_BYTES + 32 + 24 * LWCHAT_IPV6];
    size_t bytes;
};

/** Adds one argument, a piece of clean text, cut to 32 bytes. */
void words_add(struct words_arguments *arguments, const char *text, size_t bytes);

/** Adds an address or a network, which is cut to ADDRESS_NETWORK_BYTES. */
void words_add_network(struct words_arguments *arguments, const char *text, size_t bytes);

/** Adds a number. */
void words_add_number(struct words_arguments *arguments, uint32_t number);

/** Adds an address. */
void words_add_address(struct words_arguments *arguments, struct lwchat_address address);

#endif

/**
 * @file
 * Declarations shared by the client's source files. Not for users of
 * client.h.
 */
#ifndef LWCHAT_CLIENT_PARTS_H
#define LWCHAT_CLIENT_PARTS_H

#include "client.h"

/** The client's sentences: client.def. */
enum word_client {
#define WORD(name, english, french) C_##name,
#include "client.def"
#undef WORD
    WORDS_CLIENT
};

enum { CLIENT_SENTENCE_BYTES = 240 };

/* --- client.c ----------------------------------------------------------------- */

void client_enter(struct client *client, enum client_state state, uint32_t now_ms);

/** Starts to connect. `host` must outlive the connection. */
void client_begin(struct client *client, const char *host, uint16_t port, uint32_t now_ms);

/** Reads as much from the console as there is room for. */
void client_fill(struct client *client);

/* --- client_says.c ------------------------------------------------------------ */

/**
 * Writes a sentence about the connection. Its arguments are the host, the port and `reason`.
 * @param line  CLIENT_SENTENCE_BYTES long
 * @return its length.
 */
size_t client_write_about(const struct client *client, enum word_client word, const char *reason,
                          size_t reason_bytes, char *line);

/** Writes a sentence about the connection to where errors go. */
void client_complain(const struct client *client, enum word_client word, const char *reason,
                     size_t reason_bytes);

/** Writes a sentence about a typed command to a board's console. */
void client_say(struct client *client, enum word_client word, const char *typed, size_t bytes);

/**
 * Shows the messages of a lost connection that may not have been delivered, sent or still unsent.
 */
void client_tell_undelivered(struct client *client);

/* --- client_obey.c ------------------------------------------------------------ */

/** Executes a line from the console while there is no connection. */
void client_obey(struct client *client, uint32_t now_ms);

#endif

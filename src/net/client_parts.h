/**
 * @file
 * What the parts of the client share. Not for users of client.h.
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

/** Begins to connect. `host` must last as long as the connection. */
void client_begin(struct client *client, const char *host, uint16_t port, uint32_t now_ms);

/** Reads from the console what there is room for. */
void client_fill(struct client *client);

/* --- client_says.c ------------------------------------------------------------ */

/**
 * Writes a sentence about the connection, whose arguments are host, port and `reason`.
 * @param line  CLIENT_SENTENCE_BYTES long
 * @return its length.
 */
size_t client_write_about(const struct client *client, enum word_client word, const char *reason,
                          size_t reason_bytes, char *line);

/** Says a sentence about the connection where errors go. */
void client_complain(const struct client *client, enum word_client word, const char *reason,
                     size_t reason_bytes);

/** Says a sentence on a board's console about what was typed there. */
void client_say(struct client *client, enum word_client word, const char *typed, size_t bytes);

/** Says what was sent, and typed, for a connection that has died, and may not have come through. */
void client_tell_undelivered(struct client *client);

/* --- client_obey.c ------------------------------------------------------------ */

/** Does what a line of the console says while there is no connection. */
void client_obey(struct client *client, uint32_t now_ms);

#endif

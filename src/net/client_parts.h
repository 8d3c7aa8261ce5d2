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

/*
 * After fin, we close our side for a server that does not know the word: when it has been silent
 * for this long, because many servers drop pending output on a FIN.
 */
enum { CLIENT_FINISH_QUIET_MS = 2000 };

/* --- client.c ----------------------------------------------------------------- */

void client_enter(struct client *client, enum client_state state, uint32_t now_ms);

bool client_is_connected(const struct client *client);

/* --- client_connect.c --------------------------------------------------------- */

/** Starts to connect. `host` must outlive the connection. */
void client_begin(struct client *client, const char *host, uint16_t port, uint32_t now_ms);

/** What is done while the host is looked up, and while the connection is made. */
void client_resolve(struct client *client, uint32_t now_ms);
void client_conclude(struct client *client, uint32_t now_ms);

#if LWCHAT_SCREEN
/** Waits before the next attempt. */
void client_go_away(struct client *client, uint32_t now_ms);

/** What is done meanwhile. */
void client_come_back(struct client *client, uint32_t now_ms);
#endif

/* --- client_greet.c ----------------------------------------------------------- */

/** What is done until the server has greeted. */
void client_greet(struct client *client, uint32_t now_ms);

/* --- client_talk.c ------------------------------------------------------------ */

/** Shows what is ready. @return false while the console does not accept all of it. */
bool client_show(struct client *client);

/** Tracks the server's acknowledgements. */
void client_watch(struct client *client, uint32_t now_ms);

/** Reads what the server has sent, as far as the console accepts it. */
void client_receive(struct client *client, uint32_t now_ms);

/** Reads as much from the console as there is room for. */
void client_fill(struct client *client);

/** Sends answers to telnet, which may be at any point of the stream. */
void client_send_answers(struct client *client);

/** Sends what was chosen. @return false while some of it is left. */
bool client_send(struct client *client, uint32_t now_ms);

/**
 * Whether typed text is for the server. Once either side has said fin, it stays in the console
 * until the connection is closed; unless the server does not close, because the word means
 * nothing to it.
 */
bool client_is_for_server(const struct client *client, uint32_t now_ms);

/** What is done after the greeting. */
void client_talk(struct client *client, uint32_t now_ms);

/* --- client_end.c ------------------------------------------------------------- */

void client_abort(struct client *client);

/** Turns what was not sent completely back into typed text. */
void client_unsend(struct client *client);

/** The server has closed the connection, or it is lost. */
void client_closed(struct client *client, uint32_t now_ms);
void client_lost(struct client *client, uint32_t now_ms);

/** What is done after our farewell, until the server closes. */
void client_leave(struct client *client, uint32_t now_ms);

/** Closes our side, and ends the client, or connects again, once everything is shown. */
void client_end(struct client *client, uint32_t now_ms);

/** Starts to stop: the system has asked for it, or the console's output is closed. */
void client_stop(struct client *client, uint32_t now_ms);

/** Ends the client if stopping has taken too long. */
void client_stop_late(struct client *client, uint32_t now_ms);

/** Whether to give the connection up and to connect again, which loses nothing. */
bool client_is_dead(const struct client *client, uint32_t now_ms);

/* --- client_says.c ------------------------------------------------------------ */

/**
 * Writes a sentence with any arguments: see words_write().
 * @param line  CLIENT_SENTENCE_BYTES long
 * @return its length.
 */
size_t client_write(enum words_language lang, enum word_client word, const char *arguments,
                    size_t arguments_bytes, char *line);

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
 * Begins the list of what may not have been delivered.
 * @param forgotten  bytes that it cannot list, which come first
 */
void client_tell_not_delivered(const struct client *client, uint32_t forgotten);

/**
 * Shows the messages of a lost connection that may not have been delivered.
 * @param unsent  also those that were not sent, as they will not be
 */
void client_tell_undelivered(struct client *client, bool unsent);

#if LWCHAT_SCREEN
/* --- client_screen.c, client_hear.c, client_type.c ----------------------------- */

/** Finds out whether the console is a screen. All others are only for a client on one. */
void client_screen_start(struct client *client);

/** Prepares for a new connection. What was typed waits until its dialect is known. */
void client_screen_begin(struct client *client);

/** True until the dialect is known: all that is sent before is the client's own, and not typed. */
bool client_screen_asks(const struct client *client);

/** True once the server is known to be ours, and its dialect. */
bool client_screen_speaks(const struct client *client);

/**
 * Takes some of what the server has sent, clean and in whole lines or pieces of them. Only when
 * client_screen_flush() has shown all there was.
 * @return how many bytes.
 */
size_t client_screen_take(struct client *client, const char *text, size_t bytes);

/** Shows what is to be shown. @return false while the console does not accept all of it. */
bool client_screen_flush(struct client *client);

/**
 * Decides on the server's dialect; there may be something to send for that.
 * @param greeted  the server has said something, or had time to
 * @return true once it is decided.
 */
bool client_screen_settle(struct client *client, bool greeted, uint32_t now_ms);

/** Reads from the console, unless something waits to be sent. */
void client_screen_fill(struct client *client);

/**
 * Reads ahead while there is no connection.
 * @return true if the user leaves: a farewell was typed, or the end of the input. Neither is seen
 *         once what was typed ahead fills `typed`; Ctrl-C ends the client then, too.
 */
bool client_screen_leaves(struct client *client);

/** Keeps what was typed and may not have arrived, as the connection is to be taken up again. */
void client_screen_lose(struct client *client);

/** Tells what was typed and may not have arrived, that which was not sent included. */
void client_screen_leave(struct client *client);

/** The same, without that which was not sent. */
void client_screen_tell_doubt(struct client *client);

/** True while the console has not accepted all there is to show. */
bool client_screen_holds(const struct client *client);

/** Does what is due, and shows the state of the connection. Once in each turn of the loop. */
void client_screen_turn(struct client *client, uint32_t now_ms);

/** Shows a sentence of the client's own. */
void client_screen_say(struct client *client, enum word_client word, const char *detail,
                       size_t bytes);
#endif

/* --- client_log.c ------------------------------------------------------------- */

/** Appends text to the log, if there is one, with the time before each line. */
void client_log(struct client *client, const char *text, size_t bytes);

#if LWCHAT_SCREEN
/** Appends text as it is to the log that there is, or complains. */
void client_log_append(struct client *client, const char *text, size_t bytes);
#endif

/* --- client_obey.c ------------------------------------------------------------ */

/** Executes a line from the console while there is no connection. */
void client_obey(struct client *client, uint32_t now_ms);

#endif

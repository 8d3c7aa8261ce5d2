/**
 * @file
 * Declarations shared by the server's source files. Not for users of
 * server.h.
 */
#ifndef LWCHAT_SERVER_PARTS_H
#define LWCHAT_SERVER_PARTS_H

#include "server.h"

/** Interval after which a blocked connection is written to even if it is not writable. */
enum { SERVER_RETRY_MS = 100 };

/* --- server_connection.c -------------------------------------------------------- */

/** Returns the connection's entry in the poll set. */
static inline struct sock_poll *server_poll_of(struct server *server,
                                               const struct server_connection *connection)
{
    return &server->poll[SERVER_LISTENERS + (connection - server->connection)];
}

/** Whether only closing it is left to do. */
static inline bool server_is_ending(const struct server_connection *connection)
{
    return connection->state == SERVER_FINISHING || connection->state == SERVER_DRAINING;
}

/**
 * Whether `connection` rather than `other` (may be NULL) is to be closed to make room: one that
 * has left the chat before a broken one; of two broken ones, the one that broke first.
 */
bool server_gives_way_before(const struct server_connection *connection,
                             const struct server_connection *other);

/** Closes our side as soon as the stack accepts that, then waits for the peer to close its own. */
void server_finish(struct server *server, struct server_connection *connection);

/** Frees the connection and its session. Both sides have closed. */
void server_close(struct server *server, struct server_connection *connection);

/** As server_close(), but resets the connection. */
void server_abort(struct server *server, struct server_connection *connection);

/** Notes that the peer has reset the connection. Input received before that is still processed. */
void server_mark_broken(struct server *server, struct server_connection *connection);

/** Resets the oldest broken connection if there are too many, or if they take too much memory. */
void server_limit_broken(struct server *server);

/** Whether it is not known yet to be a chat session. */
static inline bool server_is_early(const struct server_connection *connection)
{
    return (LWCHAT_HTTP || LWCHAT_PROXY) && connection->state >= SERVER_PROXIED &&
           connection->state <= SERVER_ANSWERING;
}

/** Whether it counts against LWCHAT_HTTP_REQUESTS, not against the places for people. */
static inline bool server_is_web(const struct server_connection *connection)
{
    return connection->web;
}

/* --- server_accept.c -------------------------------------------------------------- */

/**
 * Accepts waiting connections, and makes room for them by closing connections that are about to
 * end.
 */
void server_accept(struct server *server);

/** How many of the connections for people are free. */
unsigned server_places_left(const struct server *server);

/** Adjusts the listener's backlog to the free connections. */
void server_set_backlog(struct server *server);

/** Allocates a connection for the accepted `sock`. One must be free. */
struct server_connection *server_take(struct server *server, int sock);

/** Whether a connection is free, closing one that is about to end if need be. */
bool server_has_room(struct server *server);

/** Accepting has failed with `error`: if memory ran out, the listeners are left alone for a while.
 */
void server_be_deaf(struct server *server, int error);

/** Lets an accepted connection join the chat, or tells it why it cannot. */
void server_join(struct server *server, struct server_connection *connection,
                 const struct sock_address *peer, enum chat_dialect dialect);

/** Allocates a session in the chat, closing another if need be. @return as chat_join() does. */
int server_find_session(struct server *server, const struct sock_address *peer,
                        enum chat_dialect dialect);

/* --- server_http.c: only to be called with LWCHAT_HTTP -------------------------------- */

/** Whether it is an HTTP request, as opposed to a chat session. */
static inline bool server_is_request(const struct server_connection *connection)
{
    return LWCHAT_HTTP &&
           (connection->state == SERVER_ASKING || connection->state == SERVER_ANSWERING);
}

/**
 * Keeps the configuration, and sets up `chat_config` so that the chat can
 * show the page's address.
 */
void server_http_start(struct server *server, const struct lwchat_config *config,
                       struct chat_config *chat_config);

/**
 * Listens for browsers, unless they use the chat's port. @return 0, or an error that ends the
 * server.
 */
int server_http_listen(struct server *server);

/** Sets the browser listener's poll entry: whether another connection can be accepted now. */
void server_http_await(struct server *server);

/** Accepts waiting connections from browsers. */
void server_http_accept(struct server *server);

/** Takes over a connection on which the chat has found an HTTP request. */
void server_http_take(struct server *server, struct server_connection *connection);

/** Reads from a request, and chooses its answer once the head is complete. */
void server_http_read(struct server *server, struct server_connection *connection);

/** Continues sending the answer; resets a request that has timed out. */
void server_http_serve(struct server *server, struct server_connection *connection);

/** Sets up a request's poll entry. @return ms until its next deadline. */
uint32_t server_http_prepare(struct server *server, struct server_connection *connection);

/** Releases what the connection holds here, before it is freed. */
void server_http_forget(struct server *server, struct server_connection *connection);

/** Number of connections in use that count against LWCHAT_HTTP_REQUESTS. */
unsigned server_http_connections(const struct server *server);

#if LWCHAT_PROXY
/* --- server_proxy.c ----------------------------------------------------------------- */

/** Listens for the proxy, if there is one. @return 0, or an error that ends the server. */
int server_proxy_listen(struct server *server, const struct lwchat_config *config);

/** Sets the listener's poll entry: whether another header can be read now. */
void server_proxy_await(struct server *server);

/** Accepts waiting connections from the proxy. */
void server_proxy_accept(struct server *server);

/** Reads a header, and lets its connection join. */
void server_proxy_read(struct server *server, struct server_connection *connection);

/** Resets a connection whose header is late. */
void server_proxy_serve(struct server *server, struct server_connection *connection);

/** Sets up its poll entry. @return ms until its next deadline. */
uint32_t server_proxy_prepare(struct server *server, struct server_connection *connection);

/** Releases what the connection holds here, before it is freed. */
void server_proxy_forget(struct server *server, const struct server_connection *connection);
#endif

/* --- server_read.c ------------------------------------------------------------------ */

/** Passes to the chat what connections, the console and the firmware have to say. */
void server_read(struct server *server);

/* --- server_write.c ----------------------------------------------------------------- */

/** Sends a chatting connection its pending output. */
void server_write(struct server *server, struct server_connection *connection);

/** ms until the next message may be sent to a peer that takes each read as one message. */
uint32_t server_apart_ms(const struct server_connection *connection, uint32_t now_ms);

/* --- server_firmware.c ------------------------------------------------------------- */

/** Sets up `chat_config` for the firmware's nick and commands. */
void server_firmware_start(struct chat_config *chat_config);

/** Says what lwchat_say() was given, as far as the log takes it. */
void server_firmware_say(struct server *server);

/** Keeps the number of people for lwchat_people(). */
void server_firmware_count(const struct server *server);

/** The server ends: the next one does not stop for a lwchat_stop() of now. */
void server_firmware_end(void);

/** True once lwchat_stop() was called, also before the server was started. */
bool server_firmware_stops(void);

/* --- server_commands.c: only to be called with LWCHAT_FILES --------------------------- */

/** Runs the commands of config->commands, if any, and reports those that fail. */
void server_run_commands(struct server *server, const struct lwchat_config *config);

/* --- server_files.c: only to be called with LWCHAT_FILES -------------------------------- */

/**
 * Restores config->history, and begins that and the log, if they are set. Only when the chat is
 * new.
 * @return 0, or an error after a complaint: the history is none, or damaged, or cannot be cut.
 */
int server_files_start(struct server *server, const struct lwchat_config *config);

/** Writes what was said to these files, as far as they take it. */
void server_files_write(struct server *server);

/** The server has ended. */
void server_files_end(struct server *server);

/** ms until server_files_write() is to be tried again; UINT32_MAX: not because of time. */
uint32_t server_files_due_ms(const struct server *server);

/* --- server_console.c --------------------------------------------------------------- */

/** Passes console input to the chat. */
void server_read_console(struct server *server);

/** Writes the chat's output to the console. */
void server_write_console(struct server *server);

#endif

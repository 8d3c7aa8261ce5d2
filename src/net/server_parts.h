/**
 * @file
 * What the parts of the server share. Not for users of server.h.
 */
#ifndef LWCHAT_SERVER_PARTS_H
#define LWCHAT_SERVER_PARTS_H

#include "server.h"

/** After so long a blocked connection is offered something without being writable. */
enum { SERVER_RETRY_MS = 100 };

/* --- server_connection.c -------------------------------------------------------- */

/** The connection's entry in the poll set. */
static inline struct sock_poll *server_poll_of(struct server *server,
                                               const struct server_connection *connection)
{
    return &server->poll[SERVER_LISTENERS + (connection - server->connection)];
}

/** Whether all that is left to do is to end it. */
static inline bool server_is_ending(const struct server_connection *connection)
{
    return connection->state == SERVER_FINISHING || connection->state == SERVER_DRAINING;
}

/** Whether `connection` is to give way rather than `other`, which may be NULL: it has left, or has
 * been gone longer. */
bool server_gives_way_before(const struct server_connection *connection,
                             const struct server_connection *other);

/** Ends our side as soon as the stack takes that; then waits for the peer's end. */
void server_finish(struct server *server, struct server_connection *connection);

/** Frees its place, and the one in the chat; both sides have ended. */
void server_close(struct server *server, struct server_connection *connection);

/** The same, with a reset. */
void server_abort(struct server *server, struct server_connection *connection);

/** The peer has reset it: what it said is still heard. */
void server_mark_broken(struct server *server, struct server_connection *connection);

/** So that peers which are gone take little from those who are there. */
void server_limit_broken(struct server *server);

/** Whether it is none of people's. */
static inline bool server_is_web(const struct server_connection *connection)
{
    return connection->web;
}

/* --- server_accept.c -------------------------------------------------------------- */

/** Accepts those who wait, and frees places for them where somebody is about to go. */
void server_accept(struct server *server);

/** How many of the connections that are people's are free. */
unsigned server_places_left(const struct server *server);

/** Says how many may wait to be accepted. */
void server_set_backlog(struct server *server);

/** Takes a place for a connection that was accepted; there is one. */
struct server_connection *server_take(struct server *server, int sock);

/** Takes a place in the chat, freeing one if need be. @return as chat_join() does. */
int server_find_session(struct server *server, const struct sock_address *peer,
                        enum chat_dialect dialect);

/* --- server_http.c: only to be called with LWCHAT_HTTP -------------------------------- */

/** Whether it is a browser's, and does not chat yet. */
static inline bool server_is_request(const struct server_connection *connection)
{
    return LWCHAT_HTTP &&
           (connection->state == SERVER_ASKING || connection->state == SERVER_ANSWERING);
}

/** Notes the configuration, and tells the chat where the page is. */
void server_http_start(struct server *server, const struct server_config *config,
                       struct chat_config *chat_config);

/** Listens for browsers, unless the chat's port is theirs. @return 0, or an error that ends the
 * server. */
int server_http_listen(struct server *server);

/** Says in the poll set whether another browser can be accepted now. */
void server_http_await(struct server *server);

/** Accepts browsers. */
void server_http_accept(struct server *server);

/** Takes a connection over once the chat has found it to send an HTTP request. */
void server_http_take(struct server *server, struct server_connection *connection);

/** Reads of a request, and decides about it. */
void server_http_read(struct server *server, struct server_connection *connection);

/** Goes on with the answer; ends a request whose time is over. */
void server_http_serve(struct server *server, struct server_connection *connection);

/** Says in the poll set what a request waits for. @return ms that it may. */
uint32_t server_http_prepare(struct server *server, struct server_connection *connection);

/** The connection is about to go. */
void server_http_forget(struct server *server, struct server_connection *connection);

/** Connections in use that are none of people's. */
unsigned server_http_connections(const struct server *server);

/* --- server_read.c ------------------------------------------------------------------ */

/** Reads from all connections that have something, and gives it to the chat. */
void server_read(struct server *server);

/* --- server_write.c ----------------------------------------------------------------- */

/** Offers a connection, which is chatting, what it is owed. */
void server_write(struct server *server, struct server_connection *connection);

/** ms until the next message may go to a peer to which each read is one. */
uint32_t server_apart_ms(const struct server_connection *connection, uint32_t now_ms);

/* --- server_console.c --------------------------------------------------------------- */

/** Gives the chat what was typed. */
void server_read_console(struct server *server);

/** Shows what the chat has for the console. */
void server_write_console(struct server *server);

#endif

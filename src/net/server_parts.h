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
    return &server->poll[1 + (connection - server->connection)];
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

/* --- server_accept.c -------------------------------------------------------------- */

/** Accepts those who wait, and frees places for them where somebody is about to go. */
void server_accept(struct server *server);

/** Says how many may wait to be accepted. */
void server_set_backlog(struct server *server);

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

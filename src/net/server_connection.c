#include "port.h"
#include "server_parts.h"

/* @param unheard received bytes that are lost with it */
static void forget(struct server *server, struct server_connection *connection, size_t unheard)
{
    if (connection->session != SERVER_NO_SESSION) {
        chat_release(&server->chat, connection->session, unheard);
#if LWCHAT_FILES
        server_files_write(server); /* the next connection is sent in this pass that it left */
#endif
    }
    if (LWCHAT_HTTP) {
        server_http_forget(server, connection);
    }
#if LWCHAT_PROXY
    server_proxy_forget(server, connection);
#endif
    server->broken -= connection->broken;
    *connection = (struct server_connection){.state = SERVER_FREE, .sock = -1};
    server->taken--;
    /* The next connection must not see this socket's poll results. */
    *server_poll_of(server, connection) = (struct sock_poll){.sock = -1};
    while (server->used > 0 && server->connection[server->used - 1].state == SERVER_FREE) {
        server->used--;
    }
}

void server_close(struct server *server, struct server_connection *connection)
{
    sock_close(connection->sock);
    forget(server, connection, 0);
}

void server_abort(struct server *server, struct server_connection *connection)
{
    size_t unread = sock_abort(connection->sock);

    forget(server, connection, unread);
}

void server_finish(struct server *server, struct server_connection *connection)
{
    if (connection->state == SERVER_CHATTING) {
        connection->hurried = chat_was_kicked(&server->chat, connection->session);
    }
    if (connection->state != SERVER_FINISHING) {
        connection->state = SERVER_FINISHING;
        connection->since_ms = server->now_ms;
    }
    int result = sock_finish(connection->sock);
    if (result == LWCHAT_GONE) {
        server_abort(server, connection);
    } else if (result == LWCHAT_OK && connection->ended) {
        server_close(server, connection);
    } else if (result == LWCHAT_OK) {
        connection->state = SERVER_DRAINING;
    }
}

bool server_gives_way_before(const struct server_connection *connection,
                             const struct server_connection *other)
{
    if (other == NULL || connection->broken != other->broken) {
        return other == NULL || other->broken;
    }
    return connection->broken && (int32_t)(connection->since_ms - other->since_ms) < 0;
}

void server_mark_broken(struct server *server, struct server_connection *connection)
{
    if (!connection->broken) {
        connection->broken = true;
        connection->blocked = false;
        connection->since_ms = server->now_ms;
        server->broken++;
        if (connection->session != SERVER_NO_SESSION) {
            chat_gone(&server->chat, connection->session);
        }
    }
}

void server_limit_broken(struct server *server)
{
    struct server_connection *oldest = NULL;

    if (server->broken == 0 ||
        (server->broken <= server->most_broken && !port_reading_is_short())) {
        return;
    }
    for (unsigned i = 0; i < server->used; i++) {
        if (server->connection[i].broken &&
            server_gives_way_before(&server->connection[i], oldest)) {
            oldest = &server->connection[i];
        }
    }
    if (oldest != NULL) {
        server_abort(server, oldest);
        server->busy = true;
    }
}

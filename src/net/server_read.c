#include "port.h"
#include "server_parts.h"

/*
 * Whether input is taken now. A peer that closes its side with lines left to say must be found
 * before they are said, though the socket shows its end only after them.
 */
static bool takes_input(struct server *server, const struct server_connection *connection)
{
    struct chat *chat = &server->chat;
    unsigned session = connection->session;

    if (!chat_reads(chat, session)) {
        return false;
    }
    if (!chat_is_hasty(chat, session) || !sock_has_ended(connection->sock)) {
        return true;
    }
    chat_closed(chat, session);
    return chat_reads(chat, session);
}

static void read_chatting(struct server *server, struct server_connection *connection)
{
    enum chat_state state = chat_state(&server->chat, connection->session);

    if (connection->ended ||
        (connection->broken && state != CHAT_ACTIVE && state != CHAT_OPENING) ||
        !takes_input(server, connection)) {
        return;
    }
    int n = sock_peek(connection->sock, server->received, sizeof server->received);
    if (n > 0) {
        size_t used = chat_receive(&server->chat, connection->session, server->received, (size_t)n);
        sock_skip(connection->sock, server->received, used);
        if (LWCHAT_HTTP && chat_is_request(&server->chat, connection->session)) {
            server_http_take(server, connection);
        }
    } else if (n == 0) {
        connection->ended = chat_input_ended(&server->chat, connection->session);
    } else if (n == LWCHAT_GONE && chat_input_ended(&server->chat, connection->session)) {
        server_abort(server, connection);
    }
}

static void read_draining(struct server *server, struct server_connection *connection)
{
    int n = sock_peek(connection->sock, server->received, sizeof server->received);

    if (n > 0) {
        sock_skip(connection->sock, server->received, (size_t)n);
    } else if (n == 0) {
        server_close(server, connection);
    } else if (n == LWCHAT_GONE) {
        server_abort(server, connection);
    }
}

static void read_connection(struct server *server, struct server_connection *connection)
{
    unsigned ready = server_poll_of(server, connection)->ready;

    if (connection->rests && ready == 0) {
        return;
    }
    connection->rests = false;
    if (ready & SOCK_BROKEN) {
        server_mark_broken(server, connection);
    }
    if (server_is_request(connection)) {
        server_http_read(server, connection);
        return;
    }
    switch (connection->state) {
    case SERVER_CHATTING:
        if (connection->broken || (ready & SOCK_READABLE)) {
            read_chatting(server, connection);
        }
        break;
#if LWCHAT_PROXY
    case SERVER_PROXIED:
        if (connection->broken || (ready & SOCK_READABLE)) {
            server_proxy_read(server, connection);
        }
        break;
#endif
    case SERVER_DRAINING:
        if (connection->broken) {
            server_abort(server, connection);
        } else if (ready & SOCK_READABLE) {
            read_draining(server, connection);
        }
        break;
    default:
        break;
    }
}

/* Begins with another connection each time, so that none is always last when the log has room. */
void server_read(struct server *server)
{
    unsigned count = server->used;

    server->first = (uint16_t)(server->first + 1U < count ? server->first + 1U : 0);
    for (unsigned i = 0; i < count; i++) {
        unsigned index = server->first + i < count ? server->first + i : server->first + i - count;
        read_connection(server, &server->connection[index]);
    }
}

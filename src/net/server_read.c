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

/* @return true if something of its input is in the log now. */
static bool read_chatting(struct server *server, struct server_connection *connection)
{
    uint32_t records = chat_records(&server->chat);
    enum chat_state state = chat_state(&server->chat, connection->session);

    if (connection->ended ||
        (connection->broken && state != CHAT_ACTIVE && state != CHAT_OPENING) ||
        !takes_input(server, connection)) {
        return false;
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
    return chat_records(&server->chat) != records;
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

/* @return true if something that it says is in the log now. */
static bool read_connection(struct server *server, struct server_connection *connection)
{
    unsigned ready = server_poll_of(server, connection)->ready;

    if (connection->rests && ready == 0) {
        return false;
    }
    connection->rests = false;
    if (ready & SOCK_BROKEN) {
        server_mark_broken(server, connection);
    }
    if (server_is_request(connection)) {
        server_http_read(server, connection);
        return false;
    }
    switch (connection->state) {
    case SERVER_CHATTING:
        return (connection->broken || (ready & SOCK_READABLE)) && read_chatting(server, connection);
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
    return false;
}

/*
 * The log may have no room for all. So the next pass begins after the last connection that got some
 * of it in this one.
 */
static void read_connections(struct server *server)
{
    unsigned count = server->used;
    unsigned first = server->first < count ? server->first : 0;

    for (unsigned i = 0; i < count; i++) {
        unsigned index = first + i < count ? first + i : first + i - count;
        if (read_connection(server, &server->connection[index])) {
            server->first = (uint16_t)(index + 1);
        }
    }
}

/* The three take turns as connections do. */
void server_read(struct server *server)
{
    static void (*const read[])(struct server *) = {read_connections, server_read_console,
                                                    server_firmware_say};
    enum { SOURCES = sizeof read / sizeof read[0] };
    unsigned first = server->first_source;

    for (unsigned i = first; i < first + SOURCES; i++) {
        uint32_t records = chat_records(&server->chat);
        read[i % SOURCES](server);
        if (chat_records(&server->chat) != records) {
            server->first_source = (i + 1) % SOURCES & 3U;
        }
    }
}

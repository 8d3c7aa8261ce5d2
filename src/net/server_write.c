#include "server_parts.h"

enum {
    WRITES = 8,         /* in one pass */
    APART_MS = 5,       /* between messages that must reach a peer separately */
    APART_MOST_MS = 100 /* the same, if it does not acknowledge the previous one */
};

/* A broken connection's output is discarded, so that its remaining input is processed in order. */
static int offer(const struct server_connection *connection, const char *out, size_t bytes)
{
    return connection->broken ? (int)bytes : sock_send(connection->sock, out, bytes);
}

/*
 * Sends a connection its pending output.
 * @param writable  it was blocked, and its socket is writable again
 * @return false if the connection is gone.
 */
static bool write_chatting(struct server *server, struct server_connection *connection,
                           bool writable)
{
    struct chat *chat = &server->chat;
    unsigned session = connection->session;
    bool starves = LWCHAT_ONE_WRITE_IN_FLIGHT || connection->starved || writable;

    connection->starved = false;
    for (unsigned n = 0; n < WRITES; n++) {
        size_t bytes;
        const char *out = chat_output(chat, session, &bytes);
        if (bytes == 0) {
            return true;
        }
        int sent = offer(connection, out, bytes);
        if (sent == LWCHAT_GONE) {
            return false;
        }
        size_t taken = sent < 0 ? 0 : (size_t)sent;
        chat_taken(chat, session, taken);
        if (connection->broken) {
            server->busy = true;
            continue;
        }
        connection->tried_ms = (uint16_t)server->now_ms;
        connection->blocked = taken < bytes || LWCHAT_ONE_WRITE_IN_FLIGHT;
        connection->starved = taken == 0 && starves;
        connection->apart = chat_wants_apart(chat, session);
        if (connection->blocked || connection->apart) {
            return true;
        }
    }
    server->busy = true;
    return true;
}

uint32_t server_apart_ms(const struct server_connection *connection, uint32_t now_ms)
{
    uint16_t passed_ms = (uint16_t)((uint16_t)now_ms - connection->tried_ms);

    if (!connection->apart || connection->broken || passed_ms >= APART_MOST_MS) {
        return 0;
    }
    if (passed_ms < APART_MS) {
        return APART_MS - passed_ms;
    }
    return sock_delivered(connection->sock) ? 0 : APART_MOST_MS - passed_ms;
}

void server_write(struct server *server, struct server_connection *connection)
{
    struct chat *chat = &server->chat;
    unsigned session = connection->session;
    /* Not as the wait has left it: the socket may not have been waited for. */
    bool writable = connection->blocked && sock_is_writable(connection->sock);

    if (connection->blocked) {
        /* TCP_SNDLOWAT hides small progress, which a reader that holds the log may still make. */
        bool retry =
            connection->starved ||
            (!LWCHAT_ONE_WRITE_IN_FLIGHT &&
             (uint16_t)((uint16_t)server->now_ms - connection->tried_ms) >= SERVER_RETRY_MS);
        if (writable) {
            connection->blocked = false;
        } else if (!retry && chat_has_output(chat, session)) {
            chat_blocked(chat, session);
        }
        if (connection->blocked && !retry) {
            return;
        }
    }
    if (server_apart_ms(connection, server->now_ms) == 0 &&
        !write_chatting(server, connection, writable)) {
        server_mark_broken(server, connection);
        server->busy = true;
    }
}

/*
 * Connections that a proxy passes on, on a port of their own. Each begins with a PROXY header,
 * whose address is then the connection's; what follows is anything that the chat's port
 * understands. Nowhere else is such a header believed.
 */
#include "core/address_text.h"
#include "core/ban.h"
#include "server_parts.h"

#if LWCHAT_PROXY

enum { ACCEPTS = 16 /* in one pass */ };

int server_proxy_listen(struct server *server, const struct lwchat_config *config)
{
    server->proxy = config->proxy;
    if (config->proxy.port == 0) {
        return LWCHAT_OK;
    }
    int listener = sock_listen(config->proxy.port, LWCHAT_BACKLOG);
    server->poll[SERVER_PROXY].sock = (int16_t)(listener < 0 ? -1 : listener);
    return listener < 0 ? listener : LWCHAT_OK;
}

static struct server_proxied *header_of(struct server *server,
                                        const struct server_connection *connection)
{
    return &server->proxied[connection->header];
}

/* A free entry; NULL: all are in use. */
static struct server_proxied *free_header(struct server *server)
{
    for (unsigned i = 0; i < LWCHAT_PROXY_HEADERS; i++) {
        if (!server->proxied[i].used) {
            return &server->proxied[i];
        }
    }
    return NULL;
}

void server_proxy_await(struct server *server)
{
    server->poll[SERVER_PROXY].want =
        server->deaf || free_header(server) == NULL ? 0 : SOCK_READABLE;
}

static bool is_proxy(const struct server *server, struct lwchat_address ip)
{
    const struct lwchat_proxy *proxy = &server->proxy;

    return address_is_in(ip, proxy->network, proxy->prefix) ||
           (proxy->shared && ban_is_shared(ip, ADDRESS_BITS));
}

static void refuse(struct server *server, struct server_connection *connection)
{
    chat_tell_no_header(&server->chat, header_of(server, connection)->peer.ip);
    server_abort(server, connection);
}

void server_proxy_accept(struct server *server)
{
    const struct sock_poll *listener = &server->poll[SERVER_PROXY];
    bool waiting = listener->ready & SOCK_READABLE;
    struct server_proxied *header;

    for (unsigned n = 0; waiting && n < ACCEPTS && (header = free_header(server)) != NULL; n++) {
        int sock =
            server_has_room(server) ? sock_accept(listener->sock, &header->peer) : LWCHAT_NO_MEMORY;
        if (sock == LWCHAT_GONE) {
            continue;
        }
        if (sock < 0) {
            server_be_deaf(server, sock);
            return;
        }
        struct server_connection *connection = server_take(server, sock);
        header->used = true;
        header->bytes = 0;
        connection->header = (uint16_t)(header - server->proxied);
        connection->state = SERVER_PROXIED;
        connection->since_ms = server->now_ms;
        if (!is_proxy(server, header->peer.ip)) {
            refuse(server, connection);
        }
        server_set_backlog(server);
    }
}

/* Reads bytes up to the header's end, and no more: the rest is the connection's own. */
static enum proxy_result read_header(const struct server_connection *connection,
                                     struct server_proxied *header, struct sock_address *peer)
{
    size_t before = header->bytes, used;
    int n = sock_peek(connection->sock, header->text + before, sizeof header->text - before);

    if (n == LWCHAT_AGAIN) {
        return PROXY_MORE;
    }
    if (n <= 0) {
        return PROXY_BAD;
    }
    size_t bytes = before + (size_t)n;
    enum proxy_result result = proxy_read(header->text, bytes, peer, &used);
    if (result != PROXY_BAD) {
        header->bytes = (uint16_t)(result == PROXY_DONE ? used : bytes);
        sock_skip(connection->sock, header->text + before, header->bytes - before);
    }
    return result;
}

void server_proxy_read(struct server *server, struct server_connection *connection)
{
    struct server_proxied *header = header_of(server, connection);
    struct sock_address peer = header->peer;
    enum proxy_result result = read_header(connection, header, &peer);

    if (result == PROXY_DONE) {
        header->used = false;
        connection->proxied = true;
        server_join(server, connection, &peer, CHAT_LINES);
        server->busy = true;
    } else if (result == PROXY_BAD && header->bytes == 0 && sock_has_ended(connection->sock)) {
        server_abort(server, connection); /* it only looked whether somebody listens */
    } else if (result == PROXY_BAD) {
        refuse(server, connection);
    }
}

void server_proxy_forget(struct server *server, const struct server_connection *connection)
{
    if (connection->state == SERVER_PROXIED) {
        header_of(server, connection)->used = false;
    }
}

/* ms until it has waited for its header for too long. */
static uint32_t left_ms(const struct server *server, const struct server_connection *connection)
{
    uint32_t waited_ms = server->now_ms - connection->since_ms;

    return waited_ms >= LWCHAT_PROXY_MS ? 0 : LWCHAT_PROXY_MS - waited_ms;
}

void server_proxy_serve(struct server *server, struct server_connection *connection)
{
    if (chat_is_stopping(&server->chat)) {
        server_abort(server, connection);
    } else if (left_ms(server, connection) == 0) {
        refuse(server, connection);
    }
}

uint32_t server_proxy_prepare(struct server *server, struct server_connection *connection)
{
    server_poll_of(server, connection)->want = SOCK_READABLE;
    return left_ms(server, connection);
}

#endif

#include "server_parts.h"

enum {
    ACCEPTS = 16,   /* in one pass */
    TOLD_MS = 1000, /* for a refused peer to read the reason, when others wait to be refused */
    REFUSAL_BYTES = 128
};

/* One must be free. */
static struct server_connection *free_connection(struct server *server)
{
    struct server_connection *connection = server->connection;

    while (connection->state != SERVER_FREE) {
        connection++;
    }
    return connection;
}

#if LWCHAT_PASSWORD
/* The connection that was asked for the password first and has not given it; NULL: none was. */
static struct server_connection *find_asked(struct server *server, struct lwchat_address ip)
{
    unsigned session = chat_asked_first(&server->chat, ip);

    for (unsigned i = 0; i < server->used && session != SERVER_NO_SESSION; i++) {
        if (server->connection[i].session == session) {
            return &server->connection[i];
        }
    }
    return NULL;
}
#endif

/*
 * Frees a session in the chat: that of a connection which has received everything and only needs
 * closing, which it does without a session; otherwise that of a connection which has left and
 * reads nothing, or whose peer is gone; or that of one which has not given the password.
 */
static bool make_place(struct server *server, struct lwchat_address ip)
{
    struct server_connection *leaver = NULL;

    for (unsigned i = 0; i < server->used; i++) {
        struct server_connection *connection = &server->connection[i];
        unsigned session = connection->session;
        if (session == SERVER_NO_SESSION) {
            continue;
        }
        if (server_is_ending(connection) && chat_is_done(&server->chat, session, ip)) {
            chat_release(&server->chat, session, 0);
            connection->session = SERVER_NO_SESSION;
            connection->since_ms = server->now_ms;
            return true;
        }
        if (chat_gives_way(&server->chat, session, ip) &&
            server_gives_way_before(connection, leaver)) {
            leaver = connection;
        }
    }
#if LWCHAT_PASSWORD
    leaver = leaver == NULL ? find_asked(server, ip) : leaver;
#endif
    if (leaver != NULL) {
        server_abort(server, leaver);
    }
    return leaver != NULL;
}

/* How long a connection without a session may take to close. */
static uint32_t patience_ms(const struct server_connection *connection)
{
    return connection->hurried ? TOLD_MS : LWCHAT_GIVE_WAY_MS;
}

/*
 * Resets a connection that has received all output or has used up its time, so that the next peer
 * can be told something.
 */
static bool make_room(struct server *server)
{
    for (unsigned i = 0; i < server->used; i++) {
        struct server_connection *connection = &server->connection[i];
        if (server_is_ending(connection) && connection->session == SERVER_NO_SESSION &&
            !server_is_web(connection) &&
            (server->now_ms - connection->since_ms >= patience_ms(connection) ||
             (connection->state == SERVER_DRAINING && sock_delivered(connection->sock)))) {
            server_abort(server, connection);
            return true;
        }
    }
    return false;
}

static int join_chat(struct server *server, const struct sock_address *peer,
                     enum chat_dialect dialect)
{
    return dialect == CHAT_LINES ? chat_join(&server->chat, peer->ip, peer->port)
                                 : chat_join_as(&server->chat, peer->ip, peer->port, dialect);
}

int server_find_session(struct server *server, const struct sock_address *peer,
                        enum chat_dialect dialect)
{
    int session = join_chat(server, peer, dialect);
    struct lwchat_address ip = {.low = 0};

    if (session == LWCHAT_TOO_MANY) {
        ip = peer->ip;
    }
    if ((session == LWCHAT_NO_MEMORY || session == LWCHAT_TOO_MANY) && make_place(server, ip)) {
        session = join_chat(server, peer, dialect);
    }
    return session;
}

void server_join(struct server *server, struct server_connection *connection,
                 const struct sock_address *peer, enum chat_dialect dialect)
{
    int session = server_find_session(server, peer, dialect);

    if (session < 0) {
        char text[REFUSAL_BYTES];
        size_t bytes = chat_refusal(&server->chat, session, dialect, text, sizeof text);
        /*
         * A new connection's send buffer is empty. If memory runs out the text is lost, which
         * does not matter.
         */
        (void)sock_send(connection->sock, text, bytes);
        connection->state = SERVER_FINISHING;
        connection->since_ms = server->now_ms;
        connection->hurried = true;
        server_finish(server, connection);
        return;
    }
    connection->session = (uint16_t)session;
    connection->state = SERVER_CHATTING;
    if (connection->broken) { /* its peer has reset it since its header came */
        chat_gone(&server->chat, connection->session);
    }
}

unsigned server_places_left(const struct server *server)
{
    unsigned taken = server->taken - (LWCHAT_HTTP ? server_http_connections(server) : 0);
    unsigned most = LWCHAT_MAX_SESSIONS + LWCHAT_SPARE_CONNECTIONS;

    return taken < most ? most - taken : 0;
}

struct server_connection *server_take(struct server *server, int sock)
{
    struct server_connection *connection = free_connection(server);
    unsigned index = (unsigned)(connection - server->connection);

    *connection = (struct server_connection){.sock = (int16_t)sock, .state = SERVER_NEW};
    /* It is not waited for until it is served, which a batch may delay. */
    *server_poll_of(server, connection) = (struct sock_poll){.sock = -1};
    server->taken++;
    if (server->used <= index) {
        server->used = (uint16_t)(index + 1);
    }
    return connection;
}

/*
 * The backlog is the number of free connections, or 1, for which make_room() finds one. lwIP has
 * memory for that many; a newcomer beyond it would be reset instead of being told that the server
 * is full.
 */
void server_set_backlog(struct server *server)
{
    unsigned left = server_places_left(server);
    unsigned backlog = left == 0 ? 1 : left < LWCHAT_BACKLOG ? left : LWCHAT_BACKLOG;

    if (server->backlog != backlog) {
        server->backlog = (uint16_t)backlog;
        sock_set_backlog(server->poll[0].sock, (int)backlog);
        if (LWCHAT_IRC && server->poll[SERVER_IRC].sock >= 0) {
            sock_set_backlog(server->poll[SERVER_IRC].sock, (int)backlog);
        }
        if (LWCHAT_PROXY && server->poll[SERVER_PROXY].sock >= 0) {
            sock_set_backlog(server->poll[SERVER_PROXY].sock, (int)backlog);
        }
    }
}

bool server_has_room(struct server *server)
{
    return server_places_left(server) > 0 || make_room(server);
}

void server_be_deaf(struct server *server, int error)
{
    server->deaf = error == LWCHAT_NO_MEMORY;
    server->deaf_ms = server->now_ms;
}

static void accept_from(struct server *server, const struct sock_poll *listener,
                        enum chat_dialect dialect)
{
    bool waiting = listener->ready & SOCK_READABLE;

    for (unsigned n = 0; waiting && n < ACCEPTS; n++) {
        struct sock_address peer;
        int sock = server_has_room(server) ? sock_accept(listener->sock, &peer) : LWCHAT_NO_MEMORY;
        if (sock == LWCHAT_GONE) {
            continue;
        }
        if (sock < 0) {
            server_be_deaf(server, sock);
            return;
        }
        server_join(server, server_take(server, sock), &peer, dialect);
        server_set_backlog(server);
    }
}

void server_accept(struct server *server)
{
    accept_from(server, &server->poll[0], CHAT_LINES);
    if (LWCHAT_IRC) {
        accept_from(server, &server->poll[SERVER_IRC], CHAT_IRC);
    }
#if LWCHAT_PROXY
    server_proxy_accept(server);
#endif
}

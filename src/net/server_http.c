/*
 * Browsers: a request is read and answered with the page or a sentence, and
 * its connection is closed; or it becomes a WebSocket, which is a chatting
 * connection like any other. A request has no session before it becomes one,
 * and does not take one of the connections reserved for people.
 *
 *     accepted ---> ASKING ---> ANSWERING ---> FINISHING ...
 *                     |             |
 *     chat's port ----+             +--> CHATTING, with a WebSocket
 */
#include "core/text.h"
#include "page.h"
#include "port.h"
#include "server_parts.h"

#include <string.h>

#if LWCHAT_HTTP

enum {
    ACCEPTS = 16, /* in one pass */
    PARTS = 3,
    SWITCH_BYTES = 192,
    REFUSAL_BYTES = 128,
    SLOW_MS = 1000 /* after which an answer that is not taken may be cut short for others */
};

_Static_assert(LWCHAT_RECEIVE_BYTES >= SWITCH_BYTES, "upgrade() writes there");

/* --- Answers ------------------------------------------------------------------- */

/* In parts, which are in flash. */
struct answer {
    const char *part[PARTS];
    size_t bytes[PARTS];
};

#define CLOSE   "Connection: close\r\n"
#define TEXT    "Content-Type: text/plain; charset=utf-8\r\n" CLOSE
#define REFUSAL "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n" TEXT "\r\n"

static const struct {
    const char *head;
    struct word sentence;
} refusals[] = {
    [HTTP_BAD] = {"HTTP/1.1 400 Bad Request\r\n" TEXT "\r\n",
                  {{"This is not an HTTP/1.1 request.\n", "Ce n'est pas une requête HTTP/1.1.\n"}}},
    [HTTP_FORBIDDEN] = {"HTTP/1.1 403 Forbidden\r\n" TEXT "\r\n",
                        {{"Only the server's own page may chat, by its address or name.\n",
                          "Seule la page du serveur, par son adresse ou son nom, peut y "
                          "parler.\n"}}},
    [HTTP_NOT_FOUND] = {"HTTP/1.1 404 Not Found\r\n" TEXT "\r\n",
                        {{"There is only one page here: /\n", "Il n'y a ici qu'une page : /\n"}}},
    [HTTP_METHOD] = {"HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n" TEXT "\r\n",
                     {{"Only GET and HEAD are understood here.\n",
                       "Seuls GET et HEAD sont compris ici.\n"}}},
    [HTTP_NO_UPGRADE] = {"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n"
                         "Sec-WebSocket-Version: 13\r\nConnection: Upgrade, close\r\n"
                         "Content-Type: text/plain; charset=utf-8\r\n\r\n",
                         {{"This is for WebSocket, version 13.\n",
                           "Ceci est pour WebSocket, version 13.\n"}}},
    [HTTP_TOO_LARGE] = {"HTTP/1.1 431 Request Header Fields Too Large\r\n" TEXT "\r\n",
                        {{"The request's head is too long: 4096 bytes at most.\n",
                          "L'en-tête de la requête est trop long : 4096 octets au plus.\n"}}},
};

static void add(struct answer *answer, const char *text, size_t bytes)
{
    unsigned i = 0;

    while (answer->part[i] != NULL) {
        i++;
    }
    answer->part[i] = text;
    answer->bytes[i] = bytes;
}

static void compose(const struct server *server, const struct server_request *request,
                    struct answer *answer)
{
    static const char page[] = "HTTP/1.1 200 OK\r\n" CLOSE;
    static const char not_modified[] = "HTTP/1.1 304 Not Modified\r\n" CLOSE;

    *answer = (struct answer){.part = {NULL}};
    switch (request->answer) {
    case HTTP_PAGE:
    case HTTP_NOT_MODIFIED:
        add(answer, request->answer == HTTP_PAGE ? page : not_modified,
            request->answer == HTTP_PAGE ? sizeof page - 1 : sizeof not_modified - 1);
        add(answer, page_fields, strlen(page_fields));
        if (request->answer == HTTP_PAGE && !http_is_head(&request->http)) {
            add(answer, (const char *)page_gzip, page_gzip_bytes);
        }
        break;
    default: {
        const char *head = refusals[request->answer].head;
        const char *sentence = refusals[request->answer].sentence.text[server->config->french];
        add(answer, head, strlen(head));
        if (!http_is_head(&request->http)) {
            add(answer, sentence, strlen(sentence));
        }
        break;
    }
    }
}

/* --- Requests -------------------------------------------------------------------- */

static struct server_request *request_of(struct server *server,
                                         const struct server_connection *connection)
{
    return &server->request[connection->request];
}

/* The answer is complete: closes the connection, which has LWCHAT_END_MS to receive the rest. */
static void finish(struct server *server, struct server_connection *connection)
{
    if (server_is_request(connection)) {
        struct server_request *request = request_of(server, connection);
        request->used = false;
        connection->from = address_hash(request->peer.ip);
    }
    connection->state = SERVER_FINISHING;
    connection->since_ms = server->now_ms;
    connection->hurried = true;
    server_finish(server, connection);
}

/* Connections of browsers, and requests on the chat's port, that may be closed for the next one. */
struct leavers {
    struct server_connection *connection[2 * LWCHAT_HTTP_REQUESTS + 1];
    unsigned count;
};

/* A hash of the peer's address; enough to tell who has many connections. */
static uint16_t address_of(const struct server *server, const struct server_connection *connection)
{
    return server_is_request(connection)
               ? address_hash(server->request[connection->request].peer.ip)
               : connection->from;
}

static uint32_t since_ms(const struct server *server, const struct server_connection *connection)
{
    return server_is_request(connection) ? server->request[connection->request].since_ms
                                         : connection->since_ms;
}

static unsigned count_from(const struct server *server, const struct leavers *leavers,
                           uint16_t address)
{
    unsigned count = 0;

    for (unsigned i = 0; i < leavers->count; i++) {
        count += address_of(server, leavers->connection[i]) == address;
    }
    return count;
}

/*
 * How readily it gives way; 0: not at all. First those that have received their answer, then those
 * that have sent nothing, such as a browser's spare connection. Then, of the address that has most
 * of them, incomplete requests, and answers that are not taken.
 */
static unsigned readiness(const struct server *server, const struct server_connection *connection,
                          const struct leavers *leavers)
{
    unsigned count = count_from(server, leavers, address_of(server, connection));

    if (connection->state == SERVER_ASKING) {
        return server->request[connection->request].begun ? count : UINT16_MAX;
    }
    if (connection->state == SERVER_DRAINING && sock_delivered(connection->sock)) {
        return UINT16_MAX + 1U;
    }
    bool is_slow = server->now_ms - connection->since_ms >= SLOW_MS;
    return is_slow && count > LWCHAT_HTTP_REQUESTS / 4 ? count : 0;
}

/* The connection that is to give way, the oldest of those most ready for it; NULL: there is none.
 * With `asking`, only one whose request is being read. */
static struct server_connection *find_leaver(struct server *server, bool asking)
{
    struct server_connection *leaver = NULL;
    struct leavers leavers = {.count = 0};
    unsigned most = 0;

    for (unsigned i = 0; i < server->used; i++) {
        struct server_connection *connection = &server->connection[i];
        bool asks = connection->state == SERVER_ASKING &&
                    !(server_poll_of(server, connection)->ready & SOCK_READABLE);
        if (asks || (connection->web && server_is_ending(connection) && !asking)) {
            leavers.connection[leavers.count++] = connection;
        }
    }
    for (unsigned i = 0; i < leavers.count; i++) {
        struct server_connection *connection = leavers.connection[i];
        unsigned ready = readiness(server, connection, &leavers);
        bool older = leaver != NULL &&
                     (int32_t)(since_ms(server, connection) - since_ms(server, leaver)) < 0;
        if (ready > most || (ready > 0 && ready == most && older)) {
            most = ready;
            leaver = connection;
        }
    }
    return leaver;
}

static struct server_request *free_request(struct server *server)
{
    for (unsigned i = 0; i < LWCHAT_HTTP_REQUESTS; i++) {
        if (!server->request[i].used) {
            return &server->request[i];
        }
    }
    return NULL;
}

/*
 * Tells the peer why it is refused, and closes its connection. A new send buffer is empty, so
 * this fits if there is memory at all.
 */
static void refuse(struct server *server, struct server_connection *connection, const char *text,
                   size_t bytes)
{
    if (sock_send(connection->sock, REFUSAL, sizeof REFUSAL - 1) == (int)sizeof REFUSAL - 1) {
        (void)sock_send(connection->sock, text, bytes);
    }
    finish(server, connection);
}

static struct server_request *begin(struct server *server, struct server_connection *connection,
                                    const struct sock_address *peer)
{
    static const struct word busy = {
        {"Too many requests at once: try again.\n", "Trop de requêtes à la fois : réessayez.\n"}};
    struct server_request *request = free_request(server);
    struct server_connection *leaver = request == NULL ? find_leaver(server, true) : NULL;

    connection->from = address_hash(peer->ip);
    if (chat_is_banned(&server->chat, peer->ip)) {
        char text[REFUSAL_BYTES];
        refuse(server, connection, text,
               chat_refusal(&server->chat, LWCHAT_REFUSED, CHAT_LINES, text, sizeof text));
        return NULL;
    }
    if (leaver != NULL) {
        server_abort(server, leaver);
        request = free_request(server);
    }
    if (request == NULL) {
        const char *text = busy.text[server->config->french];
        refuse(server, connection, text, strlen(text));
        return NULL;
    }
    *request = (struct server_request){.peer = *peer, .since_ms = server->now_ms, .used = true};
#if LWCHAT_PROXY
    if (connection->proxied) {
        http_behind_proxy(&request->http);
    }
#endif
    connection->state = SERVER_ASKING;
    connection->request = (uint16_t)(request - server->request);
    return request;
}

/* --- Listening --------------------------------------------------------------------- */

/* The address of the page: the chat's port serves it too. */
static void write_page(const void *context, char *text)
{
    const struct server *server = context;
    const struct lwchat_config *config = server->config;
    char own[PORT_ADDRESS_BYTES];
    struct port_reach reach;
    size_t bytes;

    port_address(own);
    if (own[0] == '\0') {
        text[0] = '\0';
        return;
    }
    port_reach(&reach, server->poll[1].sock >= 0 ? config->http_port : config->port);
    bytes = strlen(reach.address);
    memcpy(text, reach.address, bytes + 1);
    if (reach.port != 80) {
        text[bytes++] = ':';
        bytes += text_number(text + bytes, reach.port);
        text[bytes] = '\0';
    }
}

static bool request_from(const void *context, unsigned index, struct lwchat_address *ip,
                         uint16_t *port)
{
    const struct server *server = context;

    if (index >= LWCHAT_HTTP_REQUESTS) {
        return false;
    }
    const struct server_request *request = &server->request[index];
    *ip = request->peer.ip;
    *port = request->used ? request->peer.port : 0;
    return true;
}

static unsigned cut_requests(void *context, struct lwchat_address ip, uint16_t port)
{
    struct server *server = context;
    unsigned count = 0;

    for (unsigned i = 0; i < LWCHAT_HTTP_REQUESTS; i++) {
        struct server_request *request = &server->request[i];
        if (request->used && address_is(request->peer.ip, ip) &&
            (port == 0 || request->peer.port == port)) {
            request->cut = true;
            count++;
        }
    }
    return count;
}

void server_http_start(struct server *server, const struct lwchat_config *config,
                       struct chat_config *chat_config)
{
    server->config = config;
    chat_config->page = write_page;
    chat_config->request = request_from;
    chat_config->cut_requests = cut_requests;
    chat_config->page_context = server;
}

int server_http_listen(struct server *server)
{
    const struct lwchat_config *config = server->config;

    if (config->http_port == 0 || config->http_port == config->port) {
        return LWCHAT_OK;
    }
    server->poll[1].sock = (int16_t)sock_listen(config->http_port, LWCHAT_HTTP_REQUESTS);
    return server->poll[1].sock < 0 && config->http_asked ? server->poll[1].sock : LWCHAT_OK;
}

/* --- Accepting --------------------------------------------------------------------- */

void server_http_await(struct server *server)
{
    bool full = server->web > LWCHAT_HTTP_REQUESTS && find_leaver(server, false) == NULL;

    server->poll[1].want = server->deaf || full ? 0 : SOCK_READABLE;
}

void server_http_accept(struct server *server)
{
    bool waiting = server->poll[1].ready & SOCK_READABLE;

    for (unsigned n = 0; waiting && n < ACCEPTS; n++) {
        /*
         * One connection more than requests, so that its peer can be told that there are too
         * many. Room is made only for the first: only that one is known to be waiting, and the
         * next pass handles another.
         */
        if (server->web > LWCHAT_HTTP_REQUESTS) {
            struct server_connection *leaver = n == 0 ? find_leaver(server, false) : NULL;
            if (leaver == NULL) {
                return;
            }
            server_abort(server, leaver);
        }
        struct sock_address peer;
        int sock = sock_accept(server->poll[1].sock, &peer);
        if (sock == LWCHAT_GONE) {
            continue;
        }
        if (sock < 0) {
            return;
        }
        struct server_connection *connection = server_take(server, sock);
        connection->web = true;
        server->web++;
        (void)begin(server, connection, &peer);
    }
}

static uint8_t feed(const struct server *server, struct server_request *request, const uint8_t *in,
                    size_t bytes, size_t *used)
{
    const struct http_site site = {
        .name = server->config->name,
        .etag = page_etag,
#if LWCHAT_MDNS
        .is_on_link = port_is_on_link,
#endif
    };

    return (uint8_t)http_feed(&request->http, in, bytes, &site, used);
}

void server_http_take(struct server *server, struct server_connection *connection)
{
    struct sock_address peer;
    uint16_t session = connection->session;
    size_t bytes, used;
    const char *text = chat_request(&server->chat, session, &bytes, &peer.ip, &peer.port);

    /* Released below in any case, whatever happens to the connection. */
    connection->session = SERVER_NO_SESSION;
    struct server_request *request = begin(server, connection, &peer);
    if (request != NULL) {
        request->begun = true;
        request->answer = HTTP_TOO_LARGE;
        if (text != NULL) {
            request->answer = feed(server, request, (const uint8_t *)text, bytes, &used);
        }
    }
    chat_release(&server->chat, session, 0);
    server->busy = true;
}

/* --- Reading a request ----------------------------------------------------------- */

static void decide(struct server *server, struct server_connection *connection)
{
    struct server_request *request = request_of(server, connection);

    if (request->answer != HTTP_GOES_ON) {
        connection->state = SERVER_ANSWERING;
        request->since_ms = server->now_ms;
        server->busy = true;
    }
}

void server_http_read(struct server *server, struct server_connection *connection)
{
    struct server_request *request = request_of(server, connection);
    size_t used = 0;

    if (connection->broken) {
        server_abort(server, connection);
        return;
    }
    if (connection->state == SERVER_ANSWERING) {
        return;
    }
    if (request->answer == HTTP_GOES_ON) {
        int n = sock_peek(connection->sock, server->received, sizeof server->received);
        if (n == LWCHAT_AGAIN) {
            return;
        }
        if (n <= 0) {
            server_abort(server, connection);
            return;
        }
        request->begun = true;
        request->answer = feed(server, request, server->received, (size_t)n, &used);
        sock_skip(connection->sock, server->received, used);
    }
    decide(server, connection);
}

/* --- Answering ----------------------------------------------------------------------- */

/* Sends part of an answer, all of which `sent` counts. @return whether all of the part was sent. */
static bool send_part(struct server *server, struct server_connection *connection, const char *text,
                      size_t bytes)
{
    struct server_request *request = request_of(server, connection);
    int sent = sock_send(connection->sock, text, bytes);

    if (sent == LWCHAT_GONE) {
        server_abort(server, connection);
        return false;
    }
    request->sent = (uint16_t)(request->sent + (sent < 0 ? 0 : sent));
    connection->starved = sent < 0;
    return sent == (int)bytes;
}

static void write_answer(struct server *server, struct server_connection *connection)
{
    struct server_request *request = request_of(server, connection);
    struct answer answer;
    size_t from = request->sent;

    compose(server, request, &answer);
    for (unsigned i = 0; i < PARTS && answer.part[i] != NULL; i++) {
        if (from >= answer.bytes[i]) {
            from -= answer.bytes[i];
            continue;
        }
        if (!send_part(server, connection, answer.part[i] + from, answer.bytes[i] - from)) {
            return;
        }
        from = 0;
    }
    finish(server, connection);
}

static void append(char *text, size_t *bytes, const char *more, size_t more_bytes)
{
    memcpy(text + *bytes, more, more_bytes);
    *bytes += more_bytes;
}

/* RFC 6455 section 4.2.2. @return the length of `text`, of at most SWITCH_BYTES. */
static size_t compose_switch(const struct server_request *request, char *text)
{
    static const char head[] = "HTTP/1.1 101 Switching Protocols\r\n"
                               "Upgrade: websocket\r\n"
                               "Connection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: ";
    static const char protocol[] = "\r\nSec-WebSocket-Protocol: text";
    char accept[HTTP_ACCEPT_BYTES];
    size_t bytes = 0;

    http_accept(&request->http, accept);
    append(text, &bytes, head, sizeof head - 1);
    append(text, &bytes, accept, sizeof accept);
    if (http_wants_text(&request->http)) {
        append(text, &bytes, protocol, sizeof protocol - 1);
    }
    append(text, &bytes, "\r\n\r\n", 4);
    return bytes;
}

/* Lets a browser join the chat, or tells it why it cannot. @return false if it cannot. */
static bool join(struct server *server, struct server_connection *connection)
{
    const struct server_request *request = request_of(server, connection);
    enum chat_dialect dialect =
        http_wants_text(&request->http) || !LWCHAT_JSON ? CHAT_WEBSOCKET_TEXT : CHAT_WEBSOCKET;
    int session = !connection->web || server_places_left(server) > 0
                      ? server_find_session(server, &request->peer, dialect)
                      : LWCHAT_NO_MEMORY;

    if (session < 0) {
        char *text = (char *)server->received; /* saves stack */
        refuse(server, connection, text,
               chat_refusal(&server->chat, session, dialect, text, REFUSAL_BYTES));
        return false;
    }
    connection->session = (uint16_t)session;
    server->web -= connection->web;
    connection->web = false;
    return true;
}

/*
 * It joins before it is told so, since there may be no place. While others are told of the last
 * ones that joined there may be no memory for the answer: it waits, like any other answer.
 */
static void upgrade(struct server *server, struct server_connection *connection)
{
    struct server_request *request = request_of(server, connection);
    char *text = (char *)server->received; /* its content is consumed by now; saves stack */

    if (connection->session == SERVER_NO_SESSION && !join(server, connection)) {
        return;
    }
    size_t bytes = compose_switch(request, text);
    if (send_part(server, connection, text + request->sent, bytes - request->sent)) {
        request->used = false;
        connection->state = SERVER_CHATTING;
        connection->tried_ms = (uint16_t)server->now_ms;
        server->busy = true;
    } else if (connection->state == SERVER_ANSWERING) {
        chat_blocked(&server->chat, connection->session);
    }
}

/* ms until the request times out; 0: reset it now. */
static uint32_t time_left_ms(const struct server *server,
                             const struct server_connection *connection)
{
    uint32_t passed_ms = server->now_ms - server->request[connection->request].since_ms;

    return chat_is_stopping(&server->chat) || server->request[connection->request].cut ||
                   passed_ms >= LWCHAT_HTTP_MS
               ? 0
               : LWCHAT_HTTP_MS - passed_ms;
}

void server_http_serve(struct server *server, struct server_connection *connection)
{
    if (time_left_ms(server, connection) == 0 ||
        chat_is_banned(&server->chat, request_of(server, connection)->peer.ip)) {
        server_abort(server, connection);
    } else if (connection->state == SERVER_ANSWERING &&
               request_of(server, connection)->answer == HTTP_UPGRADE) {
        upgrade(server, connection);
    } else if (connection->state == SERVER_ANSWERING) {
        write_answer(server, connection);
    }
}

uint32_t server_http_prepare(struct server *server, struct server_connection *connection)
{
    struct sock_poll *poll = server_poll_of(server, connection);
    uint32_t due_ms = time_left_ms(server, connection);

    if (connection->state == SERVER_ASKING) {
        poll->want = SOCK_READABLE;
    } else if (!connection->starved) {
        poll->want = SOCK_WRITABLE;
    } else if (due_ms > SERVER_RETRY_MS) {
        due_ms = SERVER_RETRY_MS;
    }
    return due_ms;
}

unsigned server_http_connections(const struct server *server)
{
    return server->web;
}

void server_http_forget(struct server *server, struct server_connection *connection)
{
    if (server_is_request(connection)) {
        request_of(server, connection)->used = false;
    }
    server->web -= connection->web;
}

#endif

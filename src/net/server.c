#include "server.h"

#include "core/text.h"
#include "port.h"
#include "server_parts.h"

#include <string.h>

enum {
    ASK_AGAIN_MS = 500, /* by then a peer whose SYN found no place has retransmitted it */
    NEWCOMERS =
        4, /* free connections to keep for such peers, to tell them that the server is full */
    BATCH_LINES = 4, /* lines in one pass that start a batch */
    BATCH_MS = 2,    /* longest delay of a line */
    BATCH_GAIN = 2,  /* a batch must grow by this factor to be worth its delay */
    BATCH_PAUSE = 15 /* passes without batching if it did not */
};

/*
 * On a bad link a peer's last output may be slow to arrive: a connection that has not
 * acknowledged it gets more time.
 */
static bool is_overdue(const struct server *server, const struct server_connection *connection)
{
    uint32_t waited_ms = server->now_ms - connection->since_ms;

    if (connection->broken) {
        return waited_ms >= LWCHAT_GONE_MS;
    }
    bool delivered = connection->state == SERVER_DRAINING && sock_delivered(connection->sock);

    if (waited_ms < LWCHAT_END_MS) {
        return delivered && waited_ms >= ASK_AGAIN_MS && connection->hurried &&
               connection->session == SERVER_NO_SESSION &&
               LWCHAT_MAX_CONNECTIONS - server->taken < NEWCOMERS;
    }
    if (connection->state != SERVER_DRAINING || connection->hurried || delivered) {
        return true;
    }
    return waited_ms >=
           (connection->session == SERVER_NO_SESSION ? LWCHAT_GIVE_WAY_MS : LWCHAT_STALL_MS);
}

/* Does what is due for a connection that reads a header or a request, or answers one. */
static void serve_early(struct server *server, struct server_connection *connection)
{
#if LWCHAT_PROXY
    if (connection->state == SERVER_PROXIED) {
        server_proxy_serve(server, connection);
        return;
    }
#endif
    if (LWCHAT_HTTP) {
        server_http_serve(server, connection);
    }
}

/* Sets up its poll entry. @return ms until its next deadline. */
static uint32_t prepare_early(struct server *server, struct server_connection *connection)
{
#if LWCHAT_PROXY
    if (connection->state == SERVER_PROXIED) {
        return server_proxy_prepare(server, connection);
    }
#endif
    return LWCHAT_HTTP ? server_http_prepare(server, connection) : UINT32_MAX;
}

/* Sends a connection its pending output, and closes or resets it when that is due. */
static void serve(struct server *server, struct server_connection *connection)
{
    if (connection->state == SERVER_CHATTING) {
        server_write(server, connection);
    }
    enum chat_state state = connection->session != SERVER_NO_SESSION
                                ? chat_state(&server->chat, connection->session)
                                : CHAT_FREE;
    if (state == CHAT_DEAD) {
        server_abort(server, connection);
        return;
    }
    if ((connection->state == SERVER_CHATTING && state == CHAT_ENDED) ||
        connection->state == SERVER_FINISHING) {
        server_finish(server, connection);
    }
    if (server_is_early(connection)) {
        serve_early(server, connection);
        return;
    }
    if ((server_is_ending(connection) ||
         (connection->state == SERVER_CHATTING && connection->broken)) &&
        is_overdue(server, connection)) {
        server_abort(server, connection);
    }
}

/* Sets up a connection's poll entry, and limits server->due_ms to its next deadline. */
static void prepare(struct server *server, struct server_connection *connection)
{
    struct chat *chat = &server->chat;
    struct sock_poll *poll = server_poll_of(server, connection);
    bool chatting = connection->state == SERVER_CHATTING;
    bool hurries = server_is_ending(connection) || connection->broken;
    bool rests = chatting && chat_rest(chat, connection->session);
    bool waits = chatting && !rests && (connection->blocked || connection->apart) &&
                 chat_has_output(chat, connection->session);

    poll->sock = connection->state == SERVER_FREE || connection->broken ? -1 : connection->sock;
    poll->want = 0;
    poll->ready = 0;
    if (connection->state == SERVER_DRAINING ||
        (chatting && !connection->ended && chat_reads(chat, connection->session))) {
        poll->want = SOCK_READABLE;
    }
    if (waits && connection->blocked) {
        /* Out of memory, the socket may stay writable: retry in every pass instead. */
        poll->want |= connection->starved ? 0 : SOCK_WRITABLE;
        hurries = true;
    }
    uint32_t due_ms = hurries ? SERVER_RETRY_MS : UINT32_MAX;
    if (server_is_early(connection)) {
        due_ms = prepare_early(server, connection);
    }
    if (waits && !connection->blocked) {
        due_ms = server_apart_ms(connection, server->now_ms);
    }
    if (server->due_ms > due_ms) {
        server->due_ms = due_ms;
    }
    connection->rests = rests && !hurries && poll->want == SOCK_READABLE;
}

/*
 * Memory freed by acknowledgements goes first to the connection that found
 * none before. Otherwise the first connections would always be served, and
 * the last ones never.
 */
static void serve_all(struct server *server)
{
    unsigned count = server->used;
    unsigned first = server->starved < count ? server->starved : 0;
    uint32_t records = chat_records(&server->chat);
    bool starved = false;

    server->due_ms = UINT32_MAX;
    for (unsigned i = 0; i < count; i++) {
        unsigned index = first + i < count ? first + i : first + i - count;
        struct server_connection *connection = &server->connection[index];
        if (connection->rests && chat_rest(&server->chat, connection->session)) {
            continue;
        }
        serve(server, connection);
        prepare(server, connection);
        if (connection->starved && !starved) {
            starved = true;
            server->starved = (uint16_t)index;
        }
    }
    /*
     * A person joined or left during the writes: connections written before
     * that have more output.
     */
    if (chat_records(&server->chat) != records && !chat_is_held(&server->chat)) {
        server->busy = true;
    }
}

/* --- The loop ------------------------------------------------------------ */

/*
 * The cost of a write is its frame; one more line in it costs next to
 * nothing. So if a pass reads several lines, they are kept back and the loop
 * reads again, until a pass reads none. A line or two, which is all that
 * people at keyboards send in one pass, are written at once. If waiting did
 * not yield as many lines again, the peers that would send the next lines are
 * waiting for these: then batching is suspended for some passes.
 *
 * @param came  lines received in this pass
 * @return whether to read again before anything is written.
 */
static bool gathers(struct server *server, uint32_t came)
{
    struct server_batch *batch = &server->batch;

    if (!batch->on) {
        if (came < BATCH_LINES) {
            return false;
        }
        if (batch->pause > 0) {
            batch->pause--;
            return false;
        }
        *batch =
            (struct server_batch){.since_ms = server->now_ms, .first = (uint16_t)came, .on = true};
    }
    batch->lines = (uint16_t)(batch->lines + came);
    if (came > 0 && server->now_ms - batch->since_ms < BATCH_MS && !chat_is_held(&server->chat)) {
        return true;
    }
    batch->on = false;
    if (batch->lines < BATCH_GAIN * batch->first) {
        batch->pause = BATCH_PAUSE;
    }
    return false;
}

/* Sets up the listeners' poll entries. @return the longest time that the loop may sleep, in ms. */
static uint32_t prepare_wait(struct server *server)
{
    uint32_t due_ms = chat_due(&server->chat);

    due_ms = due_ms < server->due_ms ? due_ms : server->due_ms;
    server->deaf = server->deaf && server->now_ms - server->deaf_ms < SERVER_RETRY_MS;
    if (server->deaf && due_ms > SERVER_RETRY_MS) {
        due_ms = SERVER_RETRY_MS;
    }
    server->poll[0].want = server->deaf ? 0 : SOCK_READABLE;
    if (LWCHAT_IRC) {
        server->poll[SERVER_IRC].want = server->poll[0].want;
    }
#if LWCHAT_PROXY
    server_proxy_await(server);
#endif
    if (LWCHAT_HTTP) {
        server_http_await(server);
    }
    if (server->poll[0].sock >= 0) {
        server_set_backlog(server);
    }
    if (LWCHAT_FILES && server_files_due_ms(server) < due_ms) {
        due_ms = server_files_due_ms(server);
    }
    return server->busy ? 0 : due_ms;
}

/* Appends `port` to `address` as the next argument of a sentence. @return the length of both. */
static size_t add_port(char *address, uint16_t port)
{
    size_t bytes = strlen(address) + 1;

    return bytes + text_number(address + bytes, port);
}

static void say_ready(struct server *server, uint16_t port)
{
    struct port_reach reach;
    char text[sizeof reach.address + 8];

    port_reach(&reach, port);
    memcpy(text, reach.address, sizeof reach.address);
    size_t bytes = add_port(text, reach.port);
    chat_tell_operator(&server->chat, W_READY, text, bytes);
}

#if LWCHAT_IPV6
static void tell_address6(struct server *server, struct lwchat_address address, uint16_t port)
{
    char text[ADDRESS_TEXT_BYTES + 8];

    for (unsigned i = 0; i < SERVER_TOLD6; i++) {
        if (address_is(address, server->told6[i])) {
            return;
        }
    }
    server->told6[server->next_told6] = address;
    server->next_told6 = (uint8_t)((server->next_told6 + 1) % SERVER_TOLD6);
    text[address_write(text, address)] = '\0';
    chat_tell_operator(&server->chat, W_READY, text, add_port(text, port));
}

/* IPv6 addresses become usable a second or more after the server is ready. A link-local one is not
 * told: it is of no use without the peer's name of the network. */
static void mind_address6(struct server *server, uint16_t port)
{
    unsigned changes = port_address6_changes();
    struct lwchat_address address;

    if (changes == server->changes6) {
        return;
    }
    server->changes6 = changes;
    for (unsigned i = 0; port_address6(i, &address); i++) {
        if (!address_is_link_local(address)) {
            tell_address6(server, address, port);
        }
    }
}
#endif

/* Connections do not survive a change of the address: warns all sessions ahead of one. */
static void mind_address(struct server *server, uint16_t port)
{
    char text[PORT_ADDRESS_BYTES + 8];
    bool leaves = port_leaves(text);

    if (leaves && !server->leaves) {
        bool known = text[0] != '\0';
        leaves = chat_tell_everybody(&server->chat, known ? W_MOVES : W_LEAVES, text,
                                     known ? add_port(text, port) : 0);
    }
    server->leaves = leaves;
#if LWCHAT_IPV6
    mind_address6(server, port);
#endif
}

#if LWCHAT_MDNS
static void publish(struct server *server, const struct lwchat_config *config)
{
    struct port_service service = {
        .name = config->name, .port = config->port, .people = server->published};

#if LWCHAT_HTTP
    /* The chat's port serves the page, too. */
    service.http = server->poll[1].sock >= 0 ? config->http_port : config->port;
#endif
    port_publish(&service);
}

static void publish_people(struct server *server, const struct lwchat_config *config)
{
    if (chat_people(&server->chat) != server->published) {
        server->published = (uint16_t)chat_people(&server->chat);
        publish(server, config);
    }
}
#endif

#if LWCHAT_FILES
enum { STATUS_MS = 1000 };

static void notify(struct server *server, const struct lwchat_config *config, enum port_phase phase)
{
    struct port_reach reach;
    struct words_arguments arguments = {.bytes = 0};
    char status[120];
    unsigned people = chat_people(&server->chat);

    port_reach(&reach, config->port);
    words_add_network(&arguments, reach.address, strlen(reach.address));
    words_add_number(&arguments, reach.port);
    words_add_number(&arguments, people);
    size_t bytes = words_write(status, sizeof status - 1, words_chat[W_STATUS].text[config->french],
                               arguments.text, arguments.bytes);
    status[bytes] = '\0';
    port_notify(phase, status);
    server->status_ms = server->now_ms;
    server->status_people = (uint16_t)people;
}

static void notify_people(struct server *server, const struct lwchat_config *config)
{
    if (chat_people(&server->chat) != server->status_people &&
        server->now_ms - server->status_ms >= STATUS_MS) {
        notify(server, config, PORT_BUSY);
    }
}
#endif

static void tell_people(struct server *server, const struct lwchat_config *config)
{
    (void)server;
    (void)config;
#if LWCHAT_MDNS
    publish_people(server, config);
#endif
#if LWCHAT_FILES
    notify_people(server, config);
#endif
}

static bool is_over(struct server *server, uint32_t since_ms)
{
    if (server->now_ms - since_ms >= LWCHAT_SHUTDOWN_MS) {
        return true;
    }
    return server->used == 0 && !chat_has_output(&server->chat, CHAT_OPERATOR);
}

static bool show_pool(unsigned index, struct chat_pool *pool)
{
    struct port_pool from;

    if (!port_pool(index, &from)) {
        return false;
    }
    *pool = (struct chat_pool){from.name, from.used, from.most, from.available};
    return true;
}

#if LWCHAT_JSON
static uint32_t random_id(void)
{
    uint32_t id;

    port_entropy(&id, sizeof id);
    return id;
}
#endif

/* Not inlined in server_run(), where chat_config would occupy its stack frame for good. */
static void start_chat(struct server *server, const struct lwchat_config *config)
{
    struct chat_config chat_config = {
        .name = config->name,
        .language = config->french ? WORDS_FRENCH : WORDS_ENGLISH,
        .rate = config->rate,
        .max_sessions = config->max_sessions,
        .per_address = config->per_address,
        .quiet = config->quiet,
        .pool = show_pool,
        .set_address = port_set_address,
        .address = port_address,
#if LWCHAT_IPV6
        .address6 = port_address6,
#endif
        .clock = port_clock,
#if LWCHAT_PASSWORD
        .password = config->password,
#endif
#if LWCHAT_JSON
        .start = random_id(),
#endif
    };

    memset(server, 0, sizeof *server);
    if (LWCHAT_HTTP) {
        server_http_start(server, config, &chat_config);
    }
    server_firmware_start(&chat_config);
    server->now_ms = port_now_ms();
    chat_init(&server->chat, &chat_config, server->now_ms);
}

static void stop_listening(struct server *server)
{
    for (unsigned i = 0; i < SERVER_LISTENERS; i++) {
        if (server->poll[i].sock >= 0) {
            sock_close(server->poll[i].sock);
            server->poll[i].sock = -1;
        }
    }
}

static int start_listening(struct server *server, const struct lwchat_config *config)
{
    int listener = sock_listen(config->port, LWCHAT_BACKLOG);

    for (unsigned i = 0; i < SERVER_LISTENERS; i++) {
        server->poll[i].sock = -1;
    }
    if (listener < 0) {
        return listener;
    }
    server->poll[0].sock = (int16_t)listener;
    server->backlog = LWCHAT_BACKLOG;
    if (LWCHAT_HTTP) {
        int error = server_http_listen(server);
        if (error != LWCHAT_OK) {
            stop_listening(server);
            return error;
        }
    }
#if LWCHAT_IRC
    if (config->irc_port != 0 && config->irc_port != config->port) {
        listener = sock_listen(config->irc_port, LWCHAT_BACKLOG);
        if (listener < 0 && config->irc_asked) {
            stop_listening(server);
            return listener;
        }
        server->poll[SERVER_IRC].sock = (int16_t)(listener < 0 ? -1 : listener);
    }
#endif
#if LWCHAT_PROXY
    int error = server_proxy_listen(server, config);
    if (error != LWCHAT_OK) {
        stop_listening(server);
        return error;
    }
#endif
    return LWCHAT_OK;
}

static int start_files_and_listening(struct server *server, const struct lwchat_config *config)
{
    if (LWCHAT_FILES) {
        int error = server_files_start(server, config);
        if (error != LWCHAT_OK) {
            return error;
        }
    }
    return start_listening(server, config);
}

int server_run(struct server *server, const struct lwchat_config *config)
{
    struct chat *chat = &server->chat;
    uint32_t stopping_since_ms = 0;
    bool stopping = false;

    start_chat(server, config);
    int error = start_files_and_listening(server, config);
    if (error != LWCHAT_OK) {
        return error;
    }
    if (LWCHAT_FILES) {
        server_run_commands(server, config);
    }
    server->most_broken = config->max_sessions >= 8 ? config->max_sessions / 4 : 1;
    say_ready(server, config->port);
#if LWCHAT_FILES
    notify(server, config, PORT_READY);
#endif
#if LWCHAT_MDNS
    publish(server, config);
#endif
    if (LWCHAT_HTTP) {
        chat_tell_page(chat, config->qr);
    }

    for (;;) {
        server->now_ms = port_now_ms();
        chat_begin(chat, server->now_ms);
        uint32_t records = chat_records(chat);
        if (!stopping) {
            server_accept(server);
            if (LWCHAT_HTTP) {
                server_http_accept(server);
            }
        }
        mind_address(server, config->port);
        server_read(server);
        if (!stopping) {
            tell_people(server, config);
        }
        chat_tick(chat);
        server_firmware_count(server);
        if (!stopping && (chat_is_stopping(chat) || port_stopping() || server_firmware_stops())) {
            chat_shutdown(chat);
            stopping = true;
            stopping_since_ms = server->now_ms;
            stop_listening(server);
#if LWCHAT_FILES
            port_notify(PORT_STOPPING, NULL);
#endif
#if LWCHAT_MDNS
            port_publish(NULL);
#endif
        }
        if (gathers(server, chat_records(chat) - records) && !stopping) {
            sock_wait(server->poll, (size_t)server->used + SERVER_LISTENERS, 0);
            continue;
        }
        if (LWCHAT_FILES) {
            server_files_write(server);
        }
        serve_all(server);
        server_limit_broken(server);
        server_write_console(server);
        if (stopping && is_over(server, stopping_since_ms)) {
            break;
        }
        uint32_t wait_ms = prepare_wait(server);
        if (stopping && wait_ms > SERVER_RETRY_MS) {
            wait_ms = SERVER_RETRY_MS;
        }
        server->busy = false;
        sock_wait(server->poll, (size_t)server->used + SERVER_LISTENERS, wait_ms);
    }
    while (server->used > 0) {
        server_abort(server, &server->connection[server->used - 1]);
    }
    server_firmware_end();
    if (LWCHAT_FILES) {
        server_files_end(server);
    }
    return LWCHAT_OK;
}

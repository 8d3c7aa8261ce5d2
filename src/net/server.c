#include "server.h"

#include "core/text.h"
#include "port.h"

#include <string.h>

enum {
    ACCEPTS = 16,        /* connections accepted in one pass */
    WRITES = 8,          /* writes to one connection in one pass */
    CONSOLE_READS = 16,  /* reads from the console in one pass */
    RETRY_MS = 100,      /* a blocked connection is offered something without being writable */
    TOLD_MS = 1000,      /* for who is turned away to read why, when others wait to be */
    ASK_AGAIN_MS = 500,  /* before systems ask again whose newcomers found no place */
    NEWCOMERS = 4,       /* that are to find a place then, to be told that the server is full */
    APART_MS = 5,        /* between messages that have to reach a peer apart */
    APART_MOST_MS = 100, /* the same, when it does not acknowledge the one before */
    REFUSAL_BYTES = 128
};

/* --- Connections --------------------------------------------------------- */

static struct sock_poll *poll_of(struct server *server, const struct server_connection *connection)
{
    return &server->poll[1 + (connection - server->connection)];
}

static struct server_connection *free_connection(struct server *server)
{
    for (unsigned i = 0; i < LWCHAT_MAX_CONNECTIONS; i++) {
        if (server->connection[i].state == SERVER_FREE) {
            return &server->connection[i];
        }
    }
    return NULL;
}

/* `unheard`: bytes that had come, and go with it. */
static void forget(struct server *server, struct server_connection *connection, size_t unheard)
{
    if (connection->session != SERVER_NO_SESSION) {
        chat_release(&server->chat, connection->session, unheard);
    }
    server->broken -= connection->broken;
    *connection = (struct server_connection){.state = SERVER_FREE, .sock = -1};
    server->taken--;
    /* What was so of its socket must not be taken for the next one's. */
    *poll_of(server, connection) = (struct sock_poll){.sock = -1};
    while (server->used > 0 && server->connection[server->used - 1].state == SERVER_FREE) {
        server->used--;
    }
}

static void close_connection(struct server *server, struct server_connection *connection)
{
    sock_close(connection->sock);
    forget(server, connection, 0);
}

static void abort_connection(struct server *server, struct server_connection *connection)
{
    size_t unread = sock_abort(connection->sock);

    forget(server, connection, connection->broken ? unread : 0);
}

/* Ends our side as soon as the stack takes that; then waits for the peer's end. */
static void finish(struct server *server, struct server_connection *connection)
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
        abort_connection(server, connection);
    } else if (result == LWCHAT_OK && connection->ended) {
        close_connection(server, connection);
    } else if (result == LWCHAT_OK) {
        connection->state = SERVER_DRAINING;
    }
}

static bool is_ending(const struct server_connection *connection)
{
    return connection->state == SERVER_FINISHING || connection->state == SERVER_DRAINING;
}

/* --- Coming -------------------------------------------------------------- */

/* Whether `connection` is to give way rather than `other`: it has left, or has been gone longer. */
static bool gives_way_before(const struct server_connection *connection,
                             const struct server_connection *other)
{
    if (other == NULL || connection->broken != other->broken) {
        return other == NULL || other->broken;
    }
    return connection->broken && (int32_t)(connection->since_ms - other->since_ms) < 0;
}

/*
 * Frees a place in the chat: that of a connection which has everything and only ends, which goes on
 * doing so without one; or else of a leaver that takes nothing, or of a peer that is gone.
 */
static bool make_place(struct server *server, uint32_t ip)
{
    struct server_connection *leaver = NULL;

    for (unsigned i = 0; i < server->used; i++) {
        struct server_connection *connection = &server->connection[i];
        unsigned session = connection->session;
        if (session == SERVER_NO_SESSION) {
            continue;
        }
        if (is_ending(connection) && chat_is_done(&server->chat, session, ip)) {
            chat_release(&server->chat, session, 0);
            connection->session = SERVER_NO_SESSION;
            connection->since_ms = server->now_ms;
            return true;
        }
        if (chat_gives_way(&server->chat, session, ip) && gives_way_before(connection, leaver)) {
            leaver = connection;
        }
    }
    if (leaver != NULL) {
        abort_connection(server, leaver);
    }
    return leaver != NULL;
}

/* Without a place in the chat, what a connection still does is end; so long it may take for that.
 */
static uint32_t patience_ms(const struct server_connection *connection)
{
    return connection->hurried ? TOLD_MS : LWCHAT_GIVE_WAY_MS;
}

/* Resets one that has what it was sent, or has had its time, for the next to be told something. */
static struct server_connection *make_room(struct server *server)
{
    for (unsigned i = 0; i < server->used; i++) {
        struct server_connection *connection = &server->connection[i];
        if (is_ending(connection) && connection->session == SERVER_NO_SESSION &&
            (server->now_ms - connection->since_ms >= patience_ms(connection) ||
             (connection->state == SERVER_DRAINING && sock_delivered(connection->sock)))) {
            abort_connection(server, connection);
            return connection;
        }
    }
    return NULL;
}

static int find_session(struct server *server, const struct sock_address *peer)
{
    int session = chat_join(&server->chat, peer->ip, peer->port);
    uint32_t ip = session == LWCHAT_TOO_MANY ? peer->ip : 0;

    if ((session == LWCHAT_NO_MEMORY || session == LWCHAT_TOO_MANY) && make_place(server, ip)) {
        session = chat_join(&server->chat, peer->ip, peer->port);
    }
    return session;
}

static void join(struct server *server, struct server_connection *connection,
                 const struct sock_address *peer)
{
    int session = find_session(server, peer);

    if (session < 0) {
        char text[REFUSAL_BYTES];
        size_t bytes = chat_refusal(&server->chat, session, text, sizeof text);
        /* A new connection's send buffer has room; without memory for it, it is no loss. */
        (void)sock_send(connection->sock, text, bytes);
        connection->state = SERVER_FINISHING;
        connection->since_ms = server->now_ms;
        connection->hurried = true;
        finish(server, connection);
        return;
    }
    connection->session = (uint16_t)session;
    connection->state = SERVER_CHATTING;
}

/*
 * No more may wait than there are connections for, or one, which make_room() is then for. lwIP has
 * memory for so many; a newcomer beyond would be reset instead of being told that the server is
 * full.
 */
static void set_backlog(struct server *server)
{
    unsigned left = LWCHAT_MAX_CONNECTIONS - server->taken;
    unsigned backlog = left == 0 ? 1 : left < LWCHAT_BACKLOG ? left : LWCHAT_BACKLOG;

    if (server->backlog != backlog) {
        server->backlog = (uint16_t)backlog;
        sock_set_backlog(server->poll[0].sock, (int)backlog);
    }
}

static void accept_all(struct server *server)
{
    bool waiting = server->poll[0].ready & SOCK_READABLE;

    for (unsigned n = 0; waiting && n < ACCEPTS; n++) {
        struct server_connection *connection = free_connection(server);
        if (connection == NULL) {
            connection = make_room(server);
        }
        struct sock_address peer;
        int sock = connection == NULL ? LWCHAT_NO_MEMORY : sock_accept(server->poll[0].sock, &peer);
        if (sock == LWCHAT_GONE) {
            continue;
        }
        if (sock < 0) {
            server->deaf = sock == LWCHAT_NO_MEMORY;
            server->deaf_ms = server->now_ms;
            return;
        }
        *connection = (struct server_connection){.sock = (int16_t)sock};
        server->taken++;
        join(server, connection, &peer);
        set_backlog(server);
        unsigned index = (unsigned)(connection - server->connection);
        if (connection->state != SERVER_FREE && server->used <= index) {
            server->used = (uint16_t)(index + 1);
        }
    }
}

/* --- Reading ------------------------------------------------------------- */

static void read_chatting(struct server *server, struct server_connection *connection)
{
    enum chat_state state = chat_state(&server->chat, connection->session);

    if (connection->ended || !chat_reads(&server->chat, connection->session) ||
        (connection->broken && state != CHAT_ACTIVE && state != CHAT_OPENING)) {
        return;
    }
    int n = sock_peek(connection->sock, server->received, sizeof server->received);
    if (n > 0) {
        size_t used = chat_receive(&server->chat, connection->session, server->received, (size_t)n);
        sock_skip(connection->sock, used);
    } else if (n == 0) {
        connection->ended = chat_input_ended(&server->chat, connection->session);
    } else if ((n == LWCHAT_GONE || connection->broken) &&
               chat_input_ended(&server->chat, connection->session)) {
        abort_connection(server, connection);
    }
}

static void read_draining(struct server *server, struct server_connection *connection)
{
    int n = sock_peek(connection->sock, server->received, sizeof server->received);

    if (n > 0) {
        sock_skip(connection->sock, (size_t)n);
    } else if (n == 0) {
        close_connection(server, connection);
    } else if (n == LWCHAT_GONE) {
        abort_connection(server, connection);
    }
}

static void mark_broken(struct server *server, struct server_connection *connection)
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

/* So that peers which are gone take little from those who are there. */
static void limit_broken(struct server *server)
{
    struct server_connection *oldest = NULL;

    if (server->broken == 0 ||
        (server->broken <= server->most_broken && !port_reading_is_short())) {
        return;
    }
    for (unsigned i = 0; i < server->used; i++) {
        if (server->connection[i].broken && gives_way_before(&server->connection[i], oldest)) {
            oldest = &server->connection[i];
        }
    }
    if (oldest != NULL) {
        abort_connection(server, oldest);
        server->busy = true;
    }
}

static void read_connection(struct server *server, struct server_connection *connection)
{
    int16_t ready = poll_of(server, connection)->ready;

    if (connection->rests && ready == 0) {
        return;
    }
    connection->rests = false;
    if (ready & SOCK_BROKEN) {
        mark_broken(server, connection);
    }
    switch (connection->state) {
    case SERVER_CHATTING:
        if (connection->broken || (ready & SOCK_READABLE)) {
            read_chatting(server, connection);
        }
        break;
    case SERVER_DRAINING:
        if (connection->broken) {
            abort_connection(server, connection);
        } else if (ready & SOCK_READABLE) {
            read_draining(server, connection);
        }
        break;
    default:
        break;
    }
}

/* Another connection is the first each time, so that none is always last when the log has room. */
static void read_all(struct server *server)
{
    unsigned count = server->used;

    server->first = (uint16_t)(server->first + 1U < count ? server->first + 1U : 0);
    for (unsigned i = 0; i < count; i++) {
        unsigned index = server->first + i < count ? server->first + i : server->first + i - count;
        read_connection(server, &server->connection[index]);
    }
}

/* --- Writing ------------------------------------------------------------- */

/* What a broken connection is owed goes nowhere: what it said waits behind that, in order. */
static int offer(const struct server_connection *connection, const char *out, size_t bytes)
{
    return connection->broken ? (int)bytes : sock_send(connection->sock, out, bytes);
}

/* Offers a connection what it is owed. False when it is gone. */
static bool write_chatting(struct server *server, struct server_connection *connection)
{
    struct chat *chat = &server->chat;
    unsigned session = connection->session;
    bool starves = LWCHAT_ONE_WRITE_IN_FLIGHT || connection->starved ||
                   (poll_of(server, connection)->ready & SOCK_WRITABLE);

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

/* ms until the next message may go to a peer to which each read is one. */
static uint32_t apart_ms(const struct server_connection *connection, uint32_t now_ms)
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

static void write_connection(struct server *server, struct server_connection *connection)
{
    struct chat *chat = &server->chat;
    unsigned session = connection->session;

    if (connection->blocked) {
        /* A low-water mark hides small progress, which a reader that holds the log may make. */
        bool retry = connection->starved ||
                     (!LWCHAT_ONE_WRITE_IN_FLIGHT &&
                      (uint16_t)((uint16_t)server->now_ms - connection->tried_ms) >= RETRY_MS);
        if (poll_of(server, connection)->ready & SOCK_WRITABLE) {
            connection->blocked = false;
        } else if (!retry && chat_has_output(chat, session)) {
            chat_blocked(chat, session);
        }
        if (connection->blocked && !retry) {
            return;
        }
    }
    if (chat_has_output(chat, session) && apart_ms(connection, server->now_ms) == 0 &&
        !write_chatting(server, connection)) {
        mark_broken(server, connection);
        server->busy = true;
    }
}

/* A bad wire may be slow to bring somebody's last words: who has them not is given longer. */
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

/* Offers a connection what it is owed, and ends it when it is time to. */
static void serve(struct server *server, struct server_connection *connection)
{
    if (connection->state == SERVER_CHATTING) {
        write_connection(server, connection);
    }
    if (connection->session != SERVER_NO_SESSION &&
        chat_state(&server->chat, connection->session) == CHAT_DEAD) {
        abort_connection(server, connection);
        return;
    }
    if (connection->state == SERVER_CHATTING &&
        chat_state(&server->chat, connection->session) == CHAT_ENDED) {
        finish(server, connection);
    } else if (connection->state == SERVER_FINISHING) {
        finish(server, connection);
    }
    if ((is_ending(connection) || (connection->state == SERVER_CHATTING && connection->broken)) &&
        is_overdue(server, connection)) {
        abort_connection(server, connection);
    }
}

/* Says in the poll set what a connection waits for, and how long it may. */
static void prepare(struct server *server, struct server_connection *connection)
{
    struct chat *chat = &server->chat;
    struct sock_poll *poll = poll_of(server, connection);
    bool chatting = connection->state == SERVER_CHATTING;
    bool hurries = is_ending(connection) || connection->broken;

    poll->sock = connection->state == SERVER_FREE || connection->broken ? -1 : connection->sock;
    poll->want = 0;
    poll->ready = 0;
    if (connection->state == SERVER_DRAINING ||
        (chatting && !connection->ended && chat_reads(chat, connection->session))) {
        poll->want = SOCK_READABLE;
    }
    if (chatting && connection->blocked && chat_has_output(chat, connection->session)) {
        /* Without memory, writable says nothing: it is tried again in every pass. */
        poll->want |= connection->starved ? 0 : SOCK_WRITABLE;
        hurries = true;
    }
    uint32_t due_ms = hurries ? RETRY_MS : UINT32_MAX;
    if (chatting && connection->apart && !connection->blocked &&
        chat_has_output(chat, connection->session)) {
        due_ms = apart_ms(connection, server->now_ms);
    }
    if (server->due_ms > due_ms) {
        server->due_ms = due_ms;
    }
    connection->rests =
        chatting && !hurries && poll->want == SOCK_READABLE && chat_rest(chat, connection->session);
}

/*
 * Memory that acknowledgements have freed goes first to whoever found none
 * before. Without that, the first connections would always be served, and the
 * last ones never.
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
    /* Somebody came or left while others were being written to. */
    if (chat_records(&server->chat) != records && !chat_is_held(&server->chat)) {
        server->busy = true;
    }
}

/* --- The console --------------------------------------------------------- */

static void read_console(struct server *server)
{
    struct chat *chat = &server->chat;

    for (unsigned reads = 0; chat_reads(chat, CHAT_OPERATOR); reads++) {
        if (reads == CONSOLE_READS) {
            server->busy = true; /* a file without an end must not keep the loop */
            return;
        }
        if (server->typed_used == server->typed_bytes) {
            if (server->console_ended) {
                return;
            }
            int n = port_console_read(server->typed, sizeof server->typed);
            if (n == LWCHAT_GONE) {
                server->console_ended = true;
                server->typed[0] = '\n';
                n = 1;
            } else if (n <= 0) {
                return;
            }
            server->typed_used = 0;
            server->typed_bytes = (uint16_t)n;
        }
        const uint8_t *typed = (const uint8_t *)server->typed + server->typed_used;
        size_t bytes = (size_t)(server->typed_bytes - server->typed_used);
        size_t used = chat_receive(chat, CHAT_OPERATOR, typed, bytes);
        server->typed_used = (uint16_t)(server->typed_used + used);
    }
}

static void write_console(struct server *server)
{
    struct chat *chat = &server->chat;
    bool waits = !chat_reads(chat, CHAT_OPERATOR);
    unsigned n;

    for (n = 0; n < WRITES; n++) {
        size_t bytes;
        const char *out = chat_output(chat, CHAT_OPERATOR, &bytes);
        if (bytes == 0) {
            break;
        }
        int written = port_console_write(out, bytes);
        size_t taken = written >= 0 ? (size_t)written : bytes;
        chat_taken(chat, CHAT_OPERATOR, taken);
        if (taken < bytes) {
            break;
        }
    }
    /* What was typed behind a command waited for its answer, or a line for a buffer. */
    waits = waits || server->typed_used < server->typed_bytes;
    if (n == WRITES || (waits && chat_reads(chat, CHAT_OPERATOR))) {
        server->busy = true;
    }
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

/* --- The loop ------------------------------------------------------------ */

/* Decides about the listener. @return the longest that the loop may wait. */
static uint32_t prepare_wait(struct server *server)
{
    uint32_t due_ms = chat_due(&server->chat);

    due_ms = due_ms < server->due_ms ? due_ms : server->due_ms;
    server->deaf = server->deaf && server->now_ms - server->deaf_ms < RETRY_MS;
    if (server->deaf && due_ms > RETRY_MS) {
        due_ms = RETRY_MS;
    }
    server->poll[0].want = server->deaf ? 0 : SOCK_READABLE;
    if (server->poll[0].sock >= 0) {
        set_backlog(server);
    }
    return server->busy ? 0 : due_ms;
}

/* As arguments of a sentence. @return their length. */
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

/* Connections end with the address that they came to. */
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
}

static bool is_over(struct server *server, uint32_t since_ms)
{
    if (server->now_ms - since_ms >= LWCHAT_SHUTDOWN_MS) {
        return true;
    }
    return server->used == 0 && !chat_has_output(&server->chat, CHAT_OPERATOR);
}

/* Not in server_run(), whose stack it would take for ever. */
static void start_chat(struct server *server, const struct server_config *config)
{
    struct chat_config chat_config = {
        .name = config->name,
        .language = config->language,
        .rate = config->rate,
        .max_sessions = config->max_sessions,
        .per_address = config->per_address,
        .quiet = config->quiet,
        .pool = show_pool,
        .set_address = port_set_address,
        .address = port_address,
        .clock = port_clock,
#if LWCHAT_JSON
        .start = random_id(),
#endif
    };

    memset(server, 0, sizeof *server);
    server->now_ms = port_now_ms();
    chat_init(&server->chat, &chat_config, server->now_ms);
}

int server_run(struct server *server, const struct server_config *config)
{
    struct chat *chat = &server->chat;
    uint32_t stopping_since_ms = 0;
    bool stopping = false;

    start_chat(server, config);
    int listener = sock_listen(config->port, LWCHAT_BACKLOG);
    if (listener < 0) {
        return listener;
    }
    server->poll[0].sock = listener;
    server->backlog = LWCHAT_BACKLOG;
    server->most_broken = config->max_sessions >= 8 ? config->max_sessions / 4 : 1;
    say_ready(server, config->port);

    for (;;) {
        server->now_ms = port_now_ms();
        chat_begin(chat, server->now_ms);
        if (!stopping) {
            accept_all(server);
        }
        read_all(server);
        read_console(server);
        mind_address(server, config->port);
        chat_tick(chat);
        if (!stopping && (chat_is_stopping(chat) || port_stopping())) {
            chat_shutdown(chat);
            stopping = true;
            stopping_since_ms = server->now_ms;
            sock_close(listener);
            server->poll[0].sock = -1;
        }
        serve_all(server);
        limit_broken(server);
        write_console(server);
        if (stopping && is_over(server, stopping_since_ms)) {
            break;
        }
        uint32_t wait_ms = prepare_wait(server);
        if (stopping && wait_ms > RETRY_MS) {
            wait_ms = RETRY_MS;
        }
        server->busy = false;
        sock_wait(server->poll, (size_t)server->used + 1, wait_ms);
    }
    while (server->used > 0) {
        abort_connection(server, &server->connection[server->used - 1]);
    }
    return LWCHAT_OK;
}

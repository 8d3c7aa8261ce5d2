/* Invariants that hold between two passes of the loop. */
#include "sim.h"

#include <string.h>

enum {
    MS = 1000,
    IDLE_PASSES = 50,
    HOLDS = 512,
    HOLD_SLACK_MS = 400,
    SOON_MS = 20, /* the longest sleep while the log is held */
    BATCH_MOST_MS = 2,
    STATS_PASSES = 64
};

/* How long the log was held within a minute: the newest HOLDS entries. */
struct holds {
    uint64_t until_us[HOLDS]; /* end of the first of those less than 200 ms apart */
    uint32_t us[HOLDS];
    unsigned count;
    uint64_t chain_us; /* total since the last minute without a hold */
    uint16_t port;     /* of the peer that caused them */
};

static struct holds slow_holds;                  /* by all peers that do not keep up, together */
static struct holds in_the_way[SIM_PEERS];       /* by each peer */
static struct holds alone_in_the_way[SIM_PEERS]; /* by it alone, while most have read on */
static bool is_in_the_way[SIM_PEERS];            /* since the last pass */
static bool most_waited;
static uint64_t checked_us;
static bool was_held; /* at the last pass */
static bool is_held;  /* when last looked at */

void check_begin(void)
{
    memset(&slow_holds, 0, sizeof slow_holds);
    memset(in_the_way, 0, sizeof in_the_way);
    memset(alone_in_the_way, 0, sizeof alone_in_the_way);
    checked_us = 0;
    was_held = is_held = false;
}

/* --- The loop --------------------------------------------------------------------------- */

/* Each pass must move something or sleep. */
static void check_spin(void)
{
    sim.idle_passes = sim.moved > 0 || sim.slept ? 0 : sim.idle_passes + 1;
    sim.moved = 0;
    if (sim.idle_passes > IDLE_PASSES) {
        sim_fail("the loop spins: %u passes moved nothing", IDLE_PASSES);
    }
}

/* The loop waits for the connection to take more. */
static bool is_blocked(const struct server_connection *connection)
{
    return connection->blocked || connection->apart;
}

/* Unread input may wait only for what ends by itself, and the loop must not sleep past that. */
static void check_unread(const struct server_connection *connection, const struct sim_peer *peer,
                         uint32_t timeout_ms)
{
    const struct chat *chat = &sim.server.chat;
    uint32_t rate = sim.config.rate;
    bool polled =
        sim.server.poll[SERVER_LISTENERS + (connection - sim.server.connection)].sock >= 0;

    if ((peer->arrived == 0 && !(peer->end_arrived && !connection->ended)) ||
        (polled && !sock_is_deaf(peer)) || (peer->reset ? polled : connection->blocked)) {
        return;
    }
    uint32_t most_ms = 100;
    if (peer->reset) {
        /* tried again at intervals */
    } else if (chat_is_held(chat)) {
        most_ms = SOON_MS;
    } else if (chat_state(chat, connection->session) != CHAT_ACTIVE) {
        most_ms = LWCHAT_END_MS;
    } else if (rate > 0) {
        /* A long answer, and private messages, cost up to LWCHAT_COST_MS. */
        most_ms += 1000 / rate + 2 + (peer->is_charged ? LWCHAT_COST_MS : 0);
    }
    if (timeout_ms > most_ms) {
        sim_fail("%u: has bytes to be read, and the loop sleeps %u ms", peer->port,
                 (unsigned)timeout_ms);
    }
}

static void check_connection(const struct server_connection *connection, uint32_t timeout_ms)
{
    const struct chat *chat = &sim.server.chat;
    struct sim_peer *peer = &sim_peer[connection->sock - 1];

    if (connection->state != SERVER_CHATTING) {
        return;
    }
    enum chat_state state = chat_state(chat, connection->session);
    if (state == CHAT_DEAD) {
        if (timeout_ms > 0) {
            sim_fail("%u: is to be cut, and the loop sleeps %u ms", peer->port,
                     (unsigned)timeout_ms);
        }
        return;
    }
    check_unread(connection, peer, timeout_ms);
    if (state == CHAT_OPENING || state == CHAT_ARRIVING || peer->reset) {
        return;
    }
    bool raw = chat_wants_apart(chat, connection->session);
    if (!chat_has_output(chat, connection->session)) {
        if (raw && peer->reader.line_bytes > 0) {
            /* The peer turned out to be one that gets no line ends: complete its last line. */
            oracle_show(&peer->reader, "\n", 1);
        }
        oracle_check_shown(&peer->reader, "with nothing more to show");
    } else if (!is_blocked(connection) && timeout_ms > (chat_is_held(chat) ? SOON_MS : 0)) {
        sim_fail("%u: has something to be shown, and the loop sleeps %u ms", peer->port,
                 (unsigned)timeout_ms);
    }
    if (raw && peer->kind != PEER_RAW && !foreign_is(peer) && peer->said > 0 &&
        peer->skipped >= peer->line_end && !peer->unended) {
        sim_fail("%u: ends its lines and is taken for one that does not", peer->port);
    }
}

/* --- Places ------------------------------------------------------------------------------- */

/* A request must end within its time. @return true while the connection is a browser's request. */
static bool check_request(const struct server_connection *connection)
{
#if LWCHAT_HTTP
    struct sim_peer *peer = &sim_peer[connection->sock - 1];
    const struct server_request *request = &sim.server.request[connection->request];

    if (connection->state != SERVER_ASKING && connection->state != SERVER_ANSWERING) {
        return false;
    }
    peer->let_in = true;
    if (!request->used || connection->session != SERVER_NO_SESSION) {
        sim_fail("%u: its request is not its own", peer->port);
    }
    /* After a stall of the loop, the first pass must end it. */
    if (sim.server.now_ms - request->since_ms <= LWCHAT_HTTP_MS) {
        peer->overdue_ms = 0;
    } else if (peer->overdue_ms == 0) {
        peer->overdue_ms = sim.server.now_ms;
    } else if (peer->overdue_ms != sim.server.now_ms && !sim.server.batch.on) {
        sim_fail("%u: its request has no end", peer->port);
    }
    return true;
#else
    (void)connection;
    return false;
#endif
}

/* Every connection that takes a place has a session, which the operator can name and end. */
static void check_place(const struct server_connection *connection, unsigned *connections)
{
    struct sim_peer *peer = &sim_peer[connection->sock - 1];

    if (check_request(connection)) {
        return;
    }
    if (connection->session != SERVER_NO_SESSION) {
        enum chat_state state = chat_state(&sim.server.chat, connection->session);
        peer->let_in = true;
        foreign_check(peer, state);
        connections[connection->session]++;
        if (state == CHAT_FREE) {
            sim_fail("%u: its session %u is not its own", peer->port, connection->session);
        }
        return;
    }
    /* It was turned away, or is closing with all output queued: its place is free for others. */
    uint32_t ends_ms = sim.start_ms + (uint32_t)(sim.now_us / MS) - connection->since_ms;
    /* While lines are batched, time-outs are not checked. */
    bool late = ends_ms > LWCHAT_GIVE_WAY_MS + 2 * SOON_MS && !sim.server.batch.on;
    if (connection->state == SERVER_CHATTING || late) {
        sim_fail("%u: has a connection and is nobody", peer->port);
    }
    if (!peer->let_in && peer->reader.lines == 0 && !peer->untold && !peer->reset) {
        sim_fail("%u: is turned away without a word", peer->port);
    }
}

static void check_places(const struct server *server)
{
    unsigned connections[CHAT_SESSIONS] = {0}, used = 0, open = 0;

    for (unsigned i = 0; i < LWCHAT_MAX_CONNECTIONS; i++) {
        if (server->connection[i].state != SERVER_FREE) {
            used++;
            check_place(&server->connection[i], connections);
        }
    }
    for (unsigned i = 0; i < SIM_PEERS; i++) {
        open += sim_peer[i].state == PEER_CONNECTED;
    }
    if (used != open || used > LWCHAT_MAX_CONNECTIONS) {
        sim_fail("%u connections are open, the server has %u", open, used);
    }
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        enum chat_state state = chat_state(&server->chat, i);
        if (connections[i] != (state != CHAT_FREE && state != CHAT_LEAVING)) {
            sim_fail("session %u, in state %u, has %u connections", i, state, connections[i]);
        }
    }
}

/* --- Holding ------------------------------------------------------------------------------ */

/* It has read nothing for a long time, or far less than it must to keep up. */
static bool is_slow(const struct sim_peer *peer)
{
    uint64_t full_us = sim.now_us - peer->full_us;
    uint64_t bytes_per_s = peer->drain_every_us == 0
                               ? 0
                               : peer->drain_bytes * (uint64_t)(1000 * MS) / peer->drain_every_us;

    if (peer->full_us == 0 || full_us < 500 * MS) {
        return false;
    }
    return sim.now_us - peer->took_us > 500 * MS ||
           (full_us > 3000 * MS && bytes_per_s < LWCHAT_KEEP_UP_BYTES_PER_S / 4);
}

/* @return the peer of a connection that reads the chat; NULL if it has none. */
static struct sim_peer *reads(const struct server_connection *connection)
{
    bool chats = connection->state == SERVER_CHATTING && connection->session != SERVER_NO_SESSION;

    return chats ? &sim_peer[connection->sock - 1] : NULL;
}

/* Most readers have read at least half of the log, so a hold makes them wait. */
static bool most_wait(const struct server *server)
{
    unsigned readers = 0, busy = 0;

    for (unsigned i = 0; i < server->used; i++) {
        const struct sim_peer *peer = reads(&server->connection[i]);
        if (peer != NULL) {
            bool done = !chat_has_output(&server->chat, server->connection[i].session);
            readers += done && witness_person_of(peer) != NULL;
            busy += !done && oracle_behind(&peer->reader) > LWCHAT_LOG_BYTES / 2;
        }
    }
    return 2 * busy < readers;
}

/* Every reader that is behind is slow. */
static bool all_are_slow(const struct server *server)
{
    for (unsigned i = 0; i < server->used; i++) {
        const struct sim_peer *peer = reads(&server->connection[i]);
        if (peer != NULL && chat_has_output(&server->chat, server->connection[i].session) &&
            !is_slow(peer)) {
            return false;
        }
    }
    return true;
}

/* Adds a hold that ends now. @return the sum of all holds in the last minute, in us. */
static uint64_t add_hold(struct holds *holds, uint64_t passed_us)
{
    uint64_t sum_us = 0;
    unsigned at = (holds->count + HOLDS - 1) % HOLDS;
    bool calm = holds->count == 0 || sim.now_us - holds->until_us[at] > 60000 * (uint64_t)MS;

    holds->chain_us = (calm ? 0 : holds->chain_us) + passed_us;

    if (holds->count > 0 && sim.now_us - holds->until_us[at] < 200 * (uint64_t)MS) {
        holds->us[at] += (uint32_t)passed_us;
    } else {
        at = holds->count++ % HOLDS;
        holds->until_us[at] = sim.now_us;
        holds->us[at] = (uint32_t)passed_us;
    }
    for (unsigned i = 0; i < HOLDS && i < holds->count; i++) {
        sum_us += sim.now_us - holds->until_us[i] < 60000 * (uint64_t)MS ? holds->us[i] : 0;
    }
    return sum_us;
}

static uint64_t add_peer_hold(struct holds *all, const struct sim_peer *peer, uint64_t passed_us)
{
    struct holds *own = &all[peer - sim_peer];

    if (own->port != peer->port) {
        *own = (struct holds){.port = peer->port};
    }
    return add_hold(own, passed_us);
}

/* Adds the time that has passed to each peer that was in the way meanwhile. */
static void count_holders(uint64_t passed_us)
{
    struct sim_peer *only = NULL;
    unsigned holders = 0;

    for (unsigned i = 0; i < SIM_PEERS; i++) {
        if (!is_in_the_way[i]) {
            continue;
        }
        only = &sim_peer[i];
        holders++;
        (void)add_peer_hold(in_the_way, only, passed_us);
        if (in_the_way[i].chain_us > LWCHAT_HOLD_MS_PER_MINUTE * (uint64_t)MS * 7 / 10) {
            only->reader.lossless = false; /* it may be passed over although it keeps up */
        }
    }
    /* No peer, however it behaves, may hold up all others for longer than the limit. */
    if (holders == 1 && most_waited) {
        uint64_t sum_us = add_peer_hold(alone_in_the_way, only, passed_us);
        if (sum_us > (LWCHAT_HOLD_MS_PER_MINUTE + HOLD_SLACK_MS) * (uint64_t)MS) {
            sim_fail("%u held the log for %u ms in a minute", only->port, (unsigned)(sum_us / MS));
        }
    }
}

void check_held(void)
{
    bool before = is_held;

    is_held = chat_is_held(&sim.server.chat);
    if (!is_held || before) {
        return;
    }
    for (unsigned i = 0; i < SIM_PEERS; i++) {
        if (sim_peer[i].state == PEER_CONNECTED && oracle_holds(&sim_peer[i].reader)) {
            return;
        }
    }
    sim_fail("the log is held and nobody has yet to read what is live in it");
}

/* Notes which peers are in the way until the next pass. */
static void note_holders(const struct server *server)
{
    memset(is_in_the_way, 0, sizeof is_in_the_way);
    for (unsigned i = 0; i < server->used; i++) {
        const struct sim_peer *peer = reads(&server->connection[i]);
        if (peer != NULL && oracle_holds(&peer->reader)) {
            is_in_the_way[peer - sim_peer] = true;
        }
    }
    most_waited = most_wait(server);
}

static void check_holds(const struct server *server)
{
    uint64_t passed_us = sim.now_us - checked_us;

    checked_us = sim.now_us;
    if (was_held && passed_us < 250 * MS) {
        if (all_are_slow(server) &&
            add_hold(&slow_holds, passed_us) >
                (LWCHAT_HOLD_MS_PER_MINUTE + HOLD_SLACK_MS) * (uint64_t)MS) {
            sim_fail("those who do not read held the log for more than they may in a minute");
        }
        count_holders(passed_us);
    }
    was_held = chat_is_held(&server->chat);
    note_holders(server);
}

/* The console must be told of all dropped bytes once the log has room for the notice. */
static void check_unheard(const struct chat *chat)
{
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        if (chat_state(chat, i) == CHAT_LEAVING) {
            return;
        }
    }
    if (sim.unheard > 0) {
        sim_fail("the console is not told of %zu dropped bytes", sim.unheard);
    }
}

static void check_batch(const struct server *server)
{
    static uint64_t since_us;

    if (!server->batch.on) {
        since_us = 0;
    } else if (since_us == 0) {
        since_us = sim.now_us;
    } else if (sim.now_us - since_us > BATCH_MOST_MS * MS) {
        sim_fail("lines have waited for more for %u ms", (unsigned)((sim.now_us - since_us) / MS));
    }
}

void check_pass(uint32_t timeout_ms)
{
    const struct server *server = &sim.server;

    sim.passes++;
    check_spin();
    check_places(server);
    if (sim.passes % STATS_PASSES == 0) {
        witness_check_stats();
    }
    for (unsigned i = 0; i < server->used; i++) {
        if (server->connection[i].state != SERVER_FREE) {
            check_connection(&server->connection[i], timeout_ms);
        }
    }
    if (server->typed_used < server->typed_bytes && timeout_ms > SOON_MS &&
        chat_reads(&server->chat, CHAT_OPERATOR)) {
        sim_fail("the operator has typed something, and the loop sleeps %u ms",
                 (unsigned)timeout_ms);
    }
    if (chat_has_output(&server->chat, CHAT_OPERATOR) && !seat_is_jammed() &&
        timeout_ms > (chat_is_held(&server->chat) ? SOON_MS : 0)) {
        sim_fail("the console has something to be shown, and the loop sleeps %u ms",
                 (unsigned)timeout_ms);
    }
    check_holds(server);
    check_batch(server);
    check_unheard(&server->chat);
}

void check_end(void)
{
    const struct chat *chat = &sim.server.chat;

    if (!sim.stop_asked) {
        sim_fail("the server ended and nobody had asked for it");
    }
    if (sim.now_us - sim.stop_us > (LWCHAT_SHUTDOWN_MS + 100) * (uint64_t)MS) {
        sim_fail("the server took %u ms to end", (unsigned)((sim.now_us - sim.stop_us) / MS));
    }
    for (unsigned i = 0; i < SIM_PEERS; i++) {
        if (sim_peer[i].state == PEER_CONNECTED) {
            sim_fail("%u: is left open", sim_peer[i].port);
        }
    }
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        if (chat_state(chat, i) != CHAT_FREE && chat_state(chat, i) != CHAT_LEAVING) {
            sim_fail("session %u is left", i);
        }
    }
}

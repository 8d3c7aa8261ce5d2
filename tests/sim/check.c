/* Invariants that hold between two passes of the loop. */
#include "sim.h"

#include "core/nick.h"
#include "core/session.h"

#include <string.h>

enum {
    MS = 1000,
    IDLE_PASSES = 50,
    HOLDS = 512,
    HOLD_SLACK_MS = 400,
    BURST_MS = 2000,
    BATCH_MOST_MS = 2
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
static uint32_t keep; /* gate.keep when the gate last refused entry */
static uint64_t checked_us;
static bool was_held;

void check_begin(void)
{
    memset(&slow_holds, 0, sizeof slow_holds);
    memset(in_the_way, 0, sizeof in_the_way);
    memset(alone_in_the_way, 0, sizeof alone_in_the_way);
    checked_us = 0;
    was_held = false;
}

/* --- The core's counters --------------------------------------------------------------- */

static void check_sessions(const struct chat *chat)
{
    unsigned occupied = 0, people = 0, in_room[LWCHAT_MAX_ROOMS] = {0};
    const struct log *log = &chat->log;

    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        const struct chat_session *session = &chat->session[i];
        occupied += i > 0 && session->state != CHAT_FREE;
        if (i > 0 &&
            (session->state == CHAT_ACTIVE || (session->state == CHAT_LEAVING && !session->left))) {
            people++;
            in_room[session->room]++;
            if (session->next_room != LOG_EVERY_ROOM && session->next_room != session->room) {
                in_room[session->next_room]++;
            }
        }
        if (session_reads(session)) {
            uint32_t cursor = session->place.cursor;
            if (log_before(cursor, log->first) || log_before(log->next, cursor) ||
                log_before(cursor, chat->slowest)) {
                sim_fail("session %u reads at %u, outside of the log", i, (unsigned)cursor);
            }
        }
    }
    if (occupied != chat->occupied || people != chat->people) {
        sim_fail("%u sessions in use, %u counted; %u people, %u counted", occupied, chat->occupied,
                 people, chat->people);
    }
    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        if (in_room[i] != chat->room[i].people) {
            sim_fail("%u people in room %u, %u counted", in_room[i], i, chat->room[i].people);
        }
    }
}

static void check_nicks(const struct chat *chat)
{
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        const struct chat_session *a = &chat->session[i];
        for (unsigned k = 0; k < i && a->state == CHAT_ACTIVE; k++) {
            const struct chat_session *b = &chat->session[k];
            if (b->state == CHAT_ACTIVE &&
                nick_alike(a->nick, a->nick_bytes, b->nick, b->nick_bytes)) {
                sim_fail("%.*s and %.*s are here", a->nick_bytes, a->nick, b->nick_bytes, b->nick);
            }
        }
    }
}

static void check_buffers(const struct chat *chat)
{
    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        unsigned owner = chat->buffer[i].owner;
        if (owner != BUFFER_NONE && chat->session[owner].line != i &&
            chat->session[owner].rest != i) {
            sim_fail("line buffer %u is lost: session %u does not know it", i, owner);
        }
    }
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        const struct chat_session *session = &chat->session[i];
        uint16_t of[] = {session->line, session->rest};
        for (unsigned k = 0; k < 2 && session->state != CHAT_FREE; k++) {
            if (of[k] != LOG_NOBODY && chat->buffer[of[k]].owner != i) {
                sim_fail("session %u uses line buffer %u, which is not its own", i, of[k]);
            }
        }
    }
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

/* Unread input may wait only for what ends by itself, and the loop must not sleep past that. */
static void check_unread(const struct server_connection *connection, unsigned index,
                         const struct sim_peer *peer, uint32_t timeout_ms)
{
    const struct chat *chat = &sim.server.chat;
    unsigned number = connection->session;
    const struct chat_session *session = &chat->session[number];
    uint32_t rate = sim.config.rate;

    if ((peer->arrived == 0 && !(peer->end_arrived && !connection->ended)) ||
        (sim.server.poll[SERVER_LISTENERS + index].sock >= 0 &&
         (sim.server.poll[SERVER_LISTENERS + index].want & SOCK_READABLE)) ||
        (peer->reset ? sim.server.poll[SERVER_LISTENERS + index].sock >= 0 : connection->blocked)) {
        return;
    }
    uint32_t most_ms = rate == 0 ? HELD_MS : 1000 / rate + 2;
    uint32_t ahead_ms =
        (session->allowed_us - 1000 * (sim.start_ms + (uint32_t)(sim.now_us / MS))) / MS;
    if (rate > 0 && ahead_ms > BURST_MS && ahead_ms < BURST_MS + LWCHAT_COST_MS) {
        most_ms += ahead_ms - BURST_MS; /* the cost of a long answer */
    }
    if (peer->reset) {
        most_ms = 100;
    } else if (chat_is_held(chat)) {
        most_ms = HELD_MS;
    } else if (session->waits_buffer) {
        most_ms = 100;
    } else if (session->state != CHAT_ACTIVE) {
        most_ms = LWCHAT_END_MS;
    }
    if (timeout_ms > most_ms) {
        sim_fail("%u: has bytes to be read, and the loop sleeps %u ms", peer->port,
                 (unsigned)timeout_ms);
    }
}

static void check_connection(const struct server_connection *connection, unsigned index,
                             uint32_t timeout_ms)
{
    const struct chat *chat = &sim.server.chat;
    struct sim_peer *peer = &sim_peer[connection->sock - 1];

    if (connection->state != SERVER_CHATTING) {
        return;
    }
    const struct chat_session *session = &chat->session[connection->session];
    if (session->cut) {
        if (timeout_ms > 0) {
            sim_fail("%u: is to be cut, and the loop sleeps %u ms", peer->port,
                     (unsigned)timeout_ms);
        }
        return;
    }
    check_unread(connection, index, peer, timeout_ms);
    if (session->state == CHAT_OPENING || session->state == CHAT_ARRIVING || peer->reset) {
        return;
    }
    if (!chat_has_output(chat, connection->session)) {
        if ((session->framing.flags & FRAMING_RAW) && peer->reader.line_bytes > 0) {
            /* The peer turned out to be one that gets no line ends: complete its last line. */
            oracle_show(&peer->reader, connection->session, "\n", 1);
        }
        oracle_check_shown(&peer->reader, "with nothing more to show");
    } else if (!connection->blocked && !connection->apart &&
               timeout_ms > (chat_is_held(chat) ? HELD_MS : 0)) {
        sim_fail("%u: has something to be shown, and the loop sleeps %u ms", peer->port,
                 (unsigned)timeout_ms);
    }
    if ((session->framing.flags & FRAMING_LINES) && (session->framing.flags & FRAMING_RAW)) {
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
    const struct chat_session *session = &sim.server.chat.session[connection->session];

    if (check_request(connection)) {
        return;
    }
    if (connection->session != SERVER_NO_SESSION) {
        peer->let_in = true;
        foreign_check(peer, session);
        connections[connection->session]++;
        if (session->state == CHAT_FREE || !address_is(session->ip, peer->ip) ||
            session->port != peer->port) {
            sim_fail("%u: its session %u is not its own", peer->port, connection->session);
        }
        return;
    }
    /* It was turned away, or is closing with all output queued: its place is free for others. */
    uint32_t ends_ms = sim.start_ms + (uint32_t)(sim.now_us / MS) - connection->since_ms;
    /* While lines are batched, time-outs are not checked. */
    bool late = ends_ms > LWCHAT_GIVE_WAY_MS + 2 * HELD_MS && !sim.server.batch.on;
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
        uint8_t state = server->chat.session[i].state;
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

/* Most readers that keep up have read at least half of the log, so a hold makes them wait. */
static bool most_wait(const struct chat *chat)
{
    uint32_t now_ms = sim.start_ms + (uint32_t)(sim.now_us / MS);
    unsigned readers = 0, busy = 0;

    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        const struct chat_session *session = &chat->session[i];
        bool keeps_up = session_reads(session) && pace_of(&session->pace, now_ms) == PACE_KEEPS_UP;
        readers += keeps_up;
        busy += keeps_up && chat->log.next - session->place.cursor > chat->log.bytes / 2;
    }
    return 2 * busy < readers;
}

/* Every session that is behind is slow. */
static bool all_are_slow(const struct chat *chat)
{
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        const struct chat_session *session = &chat->session[i];
        if (session_reads(session) && session->place.cursor != chat->log.next) {
            const struct sim_peer *peer = peer_of(i);
            if (peer == NULL || !is_slow(peer)) {
                return false;
            }
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

/* It has not read a live line that would be overwritten; history may be overwritten. */
static bool is_owed(const struct chat *chat, const struct chat_session *session)
{
    return session_reads(session) && log_before(session->place.cursor, keep) &&
           log_before(session->since, keep) &&
           log_before(session->place.cursor, session_limit(chat, session));
}

/* The gate is closed: some session must still have to read what would be overwritten. */
static void check_held(const struct chat *chat)
{
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        if (is_owed(chat, &chat->session[i])) {
            return;
        }
    }
    sim_fail("the log is held and nobody has yet to read what is live in it");
}

/* Notes which peers are in the way until the next pass. */
static void note_holders(const struct chat *chat)
{
    memset(is_in_the_way, 0, sizeof is_in_the_way);
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        const struct chat_session *session = &chat->session[i];
        const struct sim_peer *peer = peer_of(i);
        if (peer != NULL && is_owed(chat, session)) {
            is_in_the_way[peer - sim_peer] = true;
        }
    }
    most_waited = most_wait(chat);
}

static void check_holds(const struct chat *chat)
{
    uint64_t passed_us = sim.now_us - checked_us;

    checked_us = sim.now_us;
    if (was_held && passed_us < 250 * MS) {
        if (all_are_slow(chat) && add_hold(&slow_holds, passed_us) >
                                      (LWCHAT_HOLD_MS_PER_MINUTE + HOLD_SLACK_MS) * (uint64_t)MS) {
            sim_fail("those who do not read held the log for more than they may in a minute");
        }
        count_holders(passed_us);
    }
    was_held = chat_is_held(chat);
    note_holders(chat);
}

bool __real_gate_enter(struct chat *chat);
bool __wrap_gate_enter(struct chat *chat);

bool __wrap_gate_enter(struct chat *chat)
{
    bool knows = chat->gate.closed || chat->gate.looked;

    if (__real_gate_enter(chat)) {
        return true;
    }
    keep = chat->gate.keep;
    if (!knows) {
        check_held(chat); /* now: by the next pass a reader may have read it, or left */
    }
    return false;
}

/* The console must be told of all dropped bytes once the log has room for the notice. */
static void check_unheard(const struct chat *chat)
{
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        if (chat->session[i].state == CHAT_LEAVING) {
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
    check_sessions(&server->chat);
    check_buffers(&server->chat);
    check_places(server);
    if (sim.passes % 16 == 0) {
        check_nicks(&server->chat);
    }
    for (unsigned i = 0; i < server->used; i++) {
        if (server->connection[i].state != SERVER_FREE) {
            check_connection(&server->connection[i], i, timeout_ms);
        }
    }
    if (server->typed_used < server->typed_bytes && timeout_ms > HELD_MS &&
        chat_reads(&server->chat, CHAT_OPERATOR)) {
        sim_fail("the operator has typed something, and the loop sleeps %u ms",
                 (unsigned)timeout_ms);
    }
    if (chat_has_output(&server->chat, CHAT_OPERATOR) && !seat_is_jammed() &&
        timeout_ms > (chat_is_held(&server->chat) ? HELD_MS : 0)) {
        sim_fail("the console has something to be shown, and the loop sleeps %u ms",
                 (unsigned)timeout_ms);
    }
    check_holds(&server->chat);
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
    check_sessions(chat);
    check_buffers(chat);
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        if (chat->session[i].state != CHAT_FREE && chat->session[i].state != CHAT_LEAVING) {
            sim_fail("session %u is left", i);
        }
    }
}

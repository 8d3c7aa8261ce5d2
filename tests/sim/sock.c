/* sock.h over the scripted peers: socket n + 1 is peer n, socket 0 listens. */
#include "net/sock.h"

#include "choice.h"
#include "lwchat_error.h"
#include "sim.h"

#include "core/session.h"

#include <string.h>

/* The server counts whole milliseconds. */
enum { TOLD_US = 999 * 1000 };

static bool listening;
static uint64_t told_us; /* when the loop was told of a signal's shutdown request */

static struct sim_peer *peer_at(int sock)
{
    struct sim_peer *peer = sock >= 1 && sock <= SIM_PEERS ? &sim_peer[sock - 1] : NULL;

    if (peer == NULL || peer->state != PEER_CONNECTED) {
        sim_fail("socket %d is used and not open", sock);
    }
    return peer;
}

static const struct server_connection *connection_at(int sock)
{
    unsigned i = 0;

    while (sim.server.connection[i].sock != sock) {
        i++;
    }
    return &sim.server.connection[i];
}

static unsigned session_at(int sock)
{
    const struct server_connection *connection = connection_at(sock);

    return connection->state == SERVER_CHATTING && connection->session != SERVER_NO_SESSION
               ? connection->session
               : LOG_NOBODY;
}

/* --- Connections --------------------------------------------------------------- */

int sock_listen(uint16_t port, int backlog)
{
    (void)port;
    (void)backlog;
    listening = true;
    told_us = 0;
    return 0;
}

void sock_set_backlog(int listener, int backlog)
{
    unsigned left = LWCHAT_MAX_CONNECTIONS;

    for (unsigned i = 0; i < LWCHAT_MAX_CONNECTIONS; i++) {
        left -= sim.server.connection[i].state != SERVER_FREE;
    }
    if (listener != 0 || backlog < 1 || backlog > LWCHAT_BACKLOG ||
        (unsigned)backlog > (left == 0 ? 1 : left)) {
        sim_fail("%d may wait, and %u connections are left", backlog, left);
    }
}

int sock_accept(int listener, struct sock_address *from)
{
    if (listener != 0 || !listening) {
        sim_fail("nobody listens on socket %d", listener);
    }
    if (sim.now_us < sim.no_accept_until_us) {
        return LWCHAT_NO_MEMORY;
    }
    for (unsigned i = 0; i < SIM_PEERS; i++) {
        struct sim_peer *peer = &sim_peer[i];
        if (peer->state == PEER_CALLING && !sim_fault(sim.again_percent)) {
            peer->state = PEER_CONNECTED;
            *from = (struct sock_address){peer->ip, peer->port};
            sim.moved++;
            sim_trace("%u: accepted", peer->port);
            foreign_accepted(peer);
            return (int)i + 1;
        }
    }
    return LWCHAT_AGAIN;
}

/* A peer whose connection the server ends has been sent the whole "fin" line. */
static void check_farewell(struct sim_peer *peer)
{
    const struct chat *chat = &sim.server.chat;
    struct sim_reader *reader = &peer->reader;

    for (unsigned i = 1; i < CHAT_SESSIONS && reader->line_bytes > 0; i++) {
        if (chat->session[i].port == peer->port && (chat->session[i].framing.flags & FRAMING_RAW)) {
            oracle_show(reader, i, "\n", 1);
        }
    }
    if (reader->line_bytes > 0 || (reader->lines > 0 && !reader->fin)) {
        sim_fail("%u: its connection ends within \"%.*s\"", peer->port, (int)reader->line_bytes,
                 reader->line);
    }
}

int sock_finish(int sock)
{
    struct sim_peer *peer = peer_at(sock);

    if (peer->reset) {
        return LWCHAT_GONE;
    }
    peer->finishing_us = peer->finishing_us == 0 ? sim.now_us : peer->finishing_us;
    if (sim.now_us < sim.no_memory_until_us || sim_fault(sim.again_percent)) {
        return LWCHAT_AGAIN;
    }
    if (!peer->finished) {
        check_farewell(peer);
        foreign_finished(peer);
    }
    sim.moved += !peer->finished;
    peer->finished = true;
    /* A newcomer that is refused for lack of memory is told nothing. */
    peer->reader.fin = peer->reader.fin || peer->reader.lines == 0;
    sim_trace("%u: the server ends its side", peer->port);
    return LWCHAT_OK;
}

bool sock_delivered(int sock)
{
    return peer_at(sock)->queued == 0;
}

void sock_close(int sock)
{
    if (sock == 0) {
        listening = false;
        return;
    }
    struct sim_peer *peer = peer_at(sock);
    if (!peer->finished || !peer->ended_seen) {
        sim_fail("%u: closed before both sides had ended: that can lose its last words",
                 peer->port);
    }
    sim.moved++;
    peer_closed(peer);
}

/*
 * The rest of a line found no buffer, or kept one for too long: the connection
 * is cut rather than the line torn.
 */
static bool is_cut(unsigned session)
{
    if (session == LOG_NOBODY) {
        return false;
    }
    const struct chat_session *cut = &sim.server.chat.session[session];
    return (cut->cut) && (cut->place.offset > 0 || cut->rest != LOG_NOBODY);
}

/* The operator has ended a session that was already leaving, or had not yet joined. */
static bool is_thrown_out(int sock)
{
    const struct server_connection *connection = connection_at(sock);

    return connection->session != SERVER_NO_SESSION &&
           (sim.server.chat.session[connection->session].kicked);
}

/* A peer that gets no memory for a long time does not keep up either. */
static void excuse_refused(struct sim_peer *peer)
{
    if (peer->refused_us != 0 && sim.now_us - peer->refused_us >= 200 * (uint64_t)1000) {
        peer->reader.lossless = false;
    }
}

/* There is no place for a newcomer from this address, unless a leaving session gives way. */
static bool is_full(struct lwchat_address ip)
{
    const struct chat *chat = &sim.server.chat;
    unsigned from_there = 0;

    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        from_there +=
            chat->session[i].state != CHAT_FREE && address_is_person(chat->session[i].ip, ip);
    }
    return chat->occupied == chat->config.max_sessions ||
           (chat->config.per_address > 0 && from_there >= chat->config.per_address);
}

/* A peer that is turned away gets time to read why. */
static void check_told(int sock)
{
    const struct sim_peer *peer = peer_at(sock);
    const struct server_connection *connection = connection_at(sock);
    bool turned_away =
        connection->session == SERVER_NO_SESSION && connection->hurried && !peer->let_in;

    if (!turned_away || peer->reset || chat_is_stopping(&sim.server.chat)) {
        return;
    }
    if (peer->reader.lines == 0 && !peer->untold) {
        sim_fail("%u: turned away and reset without a word", peer->port);
    }
    if (peer->queued > 0 && sim.now_us - peer->finishing_us < TOLD_US) {
        sim_fail("%u: turned away and reset before it could read why", peer->port);
    }
}

/* A peer that leaves by itself gets what it is owed, however slowly it reads. */
static void check_patience(int sock)
{
    const struct sim_peer *peer = peer_at(sock);
    unsigned session = session_at(sock);
    uint64_t since_us = peer->took_us;

    if (peer->reset || chat_is_stopping(&sim.server.chat) || is_cut(session) ||
        is_thrown_out(sock)) {
        return;
    }
    if (session != LOG_NOBODY) {
        const struct chat_session *leaving = &sim.server.chat.session[session];
        if (leaving->state != CHAT_ENDING || (leaving->kicked)) {
            return;
        }
    } else {
        const struct server_connection *connection = connection_at(sock);
        if (!peer->finished || peer->queued == 0 || connection->hurried) {
            return;
        }
        since_us = peer->finishing_us;
    }
    /* The server counts whole milliseconds. */
    bool needed = session == LOG_NOBODY ? connection_at(sock)->session == SERVER_NO_SESSION
                                        : is_full(peer->ip);
    uint32_t patience_ms = needed ? LWCHAT_GIVE_WAY_MS : LWCHAT_STALL_MS;
    if (sim.now_us - since_us + 1000 < patience_ms * (uint64_t)1000) {
        sim_fail("%u: reset before it had all that it was owed", peer->port);
    }
}

/* Input that a peer sent before it reset its connection is heard, or dropped for a reason, and the
 * operator is told how much. */
static void note_unheard(int sock)
{
    const struct sim_peer *peer = peer_at(sock);
    const struct chat *chat = &sim.server.chat;
    unsigned number = connection_at(sock)->session;

    if (number == SERVER_NO_SESSION || !chat->session[number].closed || peer->arrived == 0) {
        return;
    }
    const struct chat_session *session = &chat->session[number];
    if (connection_at(sock)->broken && session->state == CHAT_ACTIVE && !session->cut &&
        !is_full(peer->ip) && sim.now_us - peer->reset_us < LWCHAT_GONE_MS * (uint64_t)1000 &&
        sim.server.broken <= sim.server.most_broken && sim.short_us != sim.now_us) {
        sim_fail("%u: %u bytes that it sent before its reset are dropped for no reason", peer->port,
                 (unsigned)peer->arrived);
    }
    bool known = session->state != CHAT_ARRIVING && !session->unannounced;
    sim.unheard += known ? peer->arrived : 0;
}

/* It has closed its side, with more lines left to say than others from its address are given. */
static bool gives_way(int sock)
{
    unsigned number = connection_at(sock)->session;

    return number != SERVER_NO_SESSION && sim.server.chat.session[number].closed &&
           is_full(peer_at(sock)->ip) &&
           chat_gives_way(&sim.server.chat, number, (struct lwchat_address){.low = 0});
}

size_t sock_abort(int sock)
{
    struct sim_peer *peer = peer_at(sock);
    size_t unread = peer->arrived;

    check_told(sock);
    check_patience(sock);

    note_unheard(sock);
    excuse_refused(peer);
    bool unknown = peer->reader.lines == 0 && chat_is_stopping(&sim.server.chat);
    if (peer->reader.lossless && !peer->reset && !peer->reader.fin && !unknown &&
        !is_cut(session_at(sock)) && !is_thrown_out(sock) && !gives_way(sock)) {
        sim_fail("%u: reset, though it kept up", peer->port);
    }
    sim.moved++;
    peer_closed(peer);
    return unread;
}

/* --- Data ------------------------------------------------------------------------ */

static size_t shorten(size_t bytes)
{
    return bytes > 1 && choice_in(sim.short_percent) ? choice_between(1, (uint32_t)bytes) : bytes;
}

int sock_peek(int sock, void *buffer, size_t bytes)
{
    struct sim_peer *peer = peer_at(sock);

    if (sim_fault(sim.again_percent)) {
        return LWCHAT_AGAIN;
    }
    if (peer->arrived > 0) {
        size_t n = shorten(peer->arrived < bytes ? peer->arrived : bytes);
        memcpy(buffer, peer->up, n);
        return (int)n;
    }
    if (peer->reset) {
        return LWCHAT_GONE;
    }
    if (peer->end_arrived) {
        sim.moved += !peer->ended_seen;
        peer->ended_seen = true;
        return 0;
    }
    return LWCHAT_AGAIN;
}

bool sock_has_ended(int sock)
{
    const struct sim_peer *peer = peer_at(sock);

    return peer->reset || peer->end_arrived;
}

void sock_skip(int sock, void *buffer, size_t bytes)
{
    struct sim_peer *peer = peer_at(sock);

    (void)buffer;

    if (bytes > peer->arrived) {
        sim_fail("%u: %zu bytes taken of %u", peer->port, bytes, (unsigned)peer->arrived);
    }
    sim.moved += bytes > 0;
    peer_taken(peer, bytes);
}

static bool has_room(const struct sim_peer *peer)
{
    return peer->capacity - peer->queued >= peer->low_water;
}

bool sock_is_writable(int sock)
{
    const struct sim_peer *peer = peer_at(sock);

    return !peer->reset && has_room(peer);
}

/* For an unterminated peer, a complete write is a message. */
static void show(struct sim_peer *peer, unsigned session, const char *text, size_t bytes, bool all)
{
    const struct chat_session *to = &sim.server.chat.session[session];
    bool raw = to->framing.flags & FRAMING_RAW;

    if (to->nick_bytes == 0) {
        foreign_answered(peer, text, bytes);
        return;
    }
    if (raw && peer->reader.line_bytes > 0 && to->place.offset == 0 &&
        !(to->place.owes & CHAT_OWES_REST)) {
        oracle_show(&peer->reader, session, "\n", 1);
    }
    if (raw || peer->reader.in_pieces) {
        oracle_show_message(&peer->reader, session, text, bytes, all);
    } else {
        oracle_show(&peer->reader, session, text, bytes);
    }
}

/* The connection is a browser's request. */
static bool is_answering(int sock)
{
#if LWCHAT_HTTP
    return connection_at(sock)->state == SERVER_ANSWERING;
#else
    (void)sock;
    return false;
#endif
}

/* A request on the chat's port, for which no request slot is free. */
static bool is_refusing(int sock)
{
#if LWCHAT_HTTP
    const struct server_connection *connection = connection_at(sock);

    return connection->state == SERVER_CHATTING &&
           (connection->session == SERVER_NO_SESSION ||
            chat_is_request(&sim.server.chat, connection->session));
#else
    (void)sock;
    return false;
#endif
}

int sock_send(int sock, const void *data, size_t bytes)
{
    struct sim_peer *peer = peer_at(sock);
    unsigned session = session_at(sock);

    if (peer->finished) {
        sim_fail("%u: sent to after the server ended its side", peer->port);
    }
    if (peer->reset) {
        return LWCHAT_GONE;
    }
    if (sim.now_us < sim.no_memory_until_us || sim_fault(sim.again_percent)) {
        peer->refused_us = peer->refused_us == 0 ? sim.now_us : peer->refused_us;
        peer->untold = peer->untold || session == LOG_NOBODY;
        return LWCHAT_AGAIN;
    }
    size_t free_bytes = peer->capacity - peer->queued;
    size_t n = shorten(bytes < free_bytes ? bytes : free_bytes);
    if (n < free_bytes) {
        peer->full_us = 0;
    } else if (peer->full_us == 0) {
        peer->full_us = sim.now_us;
    }
    if (n == 0) {
        return LWCHAT_AGAIN;
    }
    excuse_refused(peer);
    peer->refused_us = 0;
    peer->took_us = sim.now_us;
    sim.moved++;
    if (is_refusing(sock)) {
        foreign_refused(peer, data, n);
    } else if (is_answering(sock)) {
        foreign_answered(peer, data, n);
    } else if (session == LOG_NOBODY) {
        oracle_refuse(&peer->reader, data, n);
    } else {
        peer->let_in = true;
        show(peer, session, data, n, n == bytes);
    }
    peer->queued += (uint32_t)n;
    if (peer->gone && !peer->reset) {
        peer->reset = true;
        peer->reset_us = sim.now_us;
        peer->excused = peer->excused || peer->arrived < peer->up_bytes;
        peer->up_bytes = peer->arrived; /* nothing arrives after the reset */
    }
    return (int)n;
}

/* --- Waiting ---------------------------------------------------------------------- */

static bool is_called(void)
{
    for (unsigned i = 0; i < SIM_PEERS; i++) {
        if (sim_peer[i].state == PEER_CALLING) {
            return true;
        }
    }
    return false;
}

static uint8_t conditions(const struct sock_poll *poll)
{
    uint8_t ready = 0;

    if (poll->sock == 0) {
        return listening && is_called() ? poll->want & SOCK_READABLE : 0;
    }
    const struct sim_peer *peer = peer_at(poll->sock);
    if (peer->reset) {
        return (uint8_t)(SOCK_BROKEN | poll->want);
    }
    if (peer->arrived > 0 || peer->end_arrived) {
        ready |= SOCK_READABLE;
    }
    if (has_room(peer)) {
        ready |= SOCK_WRITABLE;
    }
    return ready & poll->want;
}

static int look(struct sock_poll *set, size_t count)
{
    int ready = 0;

    for (size_t i = 0; i < count; i++) {
        if (set[i].sock == 0 && i >= SERVER_LISTENERS) {
            sim_fail("entry %zu of the set is the listener", i);
        }
        set[i].ready = set[i].sock < 0 ? 0 : conditions(&set[i]);
        ready += set[i].ready != 0;
    }
    return ready;
}

int sock_wait(struct sock_poll *set, size_t count, uint32_t timeout_ms)
{
    uint64_t from_us = sim.now_us;
    uint64_t until_us = from_us + (uint64_t)timeout_ms * 1000;
    int ready;

    check_pass(timeout_ms);
    sim.now_us += choice_between(1, 40);
    for (;;) {
        sim_happen();
        ready = look(set, count);
        bool signal = sim.signalled && told_us == 0;
        bool due = ready > 0 || signal || seat_wakes() || sim.now_us >= until_us;
        bool early = !due && sim_fault(sim.early_percent);
        if (due || early) {
            told_us = signal ? sim.now_us : told_us;
            sim.slept = early || sim.now_us - from_us > 100;
            return ready;
        }
        sim_advance(until_us);
    }
}

/* --- Other tasks: there are none -------------------------------------------- */

void sock_lock(void)
{
}

void sock_unlock(void)
{
}

void sock_wake(void)
{
}

#include "sim.h"

#include "choice.h"
#include "speech.h"

#include <string.h>

enum { MS = 1000, S = 1000 * MS };

struct sim_peer sim_peer[SIM_PEERS];

static uint64_t call_us; /* when the next peer calls */
static uint64_t call_every_ms;
static uint16_t last_port;
static bool browsers; /* many of the peers are browsers */

/* --- Connecting ------------------------------------------------------------------ */

static void choose_reading(struct sim_peer *peer)
{
    uint32_t most = sim.config.rate == 0 ? 4000 : 1000;

    peer->capacity = choice_between(LWCHAT_SEND_BYTES, LWCHAT_SEND_BYTES + most);
    peer->low_water =
        LWCHAT_ONE_WRITE_IN_FLIGHT ? peer->capacity : choice_between(1, peer->capacity / 2);
    peer->drain_bytes = UINT32_MAX;
    switch (choice_below(12)) {
    case 0: /* never */
        peer->drain_bytes = 0;
        break;
    case 1: /* a byte a second */
        peer->drain_bytes = 1;
        peer->drain_every_us = S;
        break;
    case 2: /* slowly */
        peer->drain_bytes = choice_between(1, 300);
        peer->drain_every_us = choice_between(20, 1000) * MS;
        break;
    case 3: /* now and then */
        peer->drain_every_us = choice_between(200, 6000) * MS;
        break;
    case 4: /* all, just before it would count as slow; it also requests history */
        peer->drain_every_us = choice_between(LWCHAT_KEEP_UP_MS - 30, LWCHAT_KEEP_UP_MS + 10) * MS;
        peer->asks = true;
        break;
    case 5: /* a little faster than it must to keep up */
        peer->drain_every_us = choice_between(20, 100) * MS;
        peer->drain_bytes = 1 + (uint32_t)(LWCHAT_KEEP_UP_BYTES_PER_S * peer->drain_every_us / S *
                                           choice_between(101, 130) / 100);
        break;
    default:
        peer->drain_every_us = choice_between(50, 5000);
        peer->reader.lossless = true;
        break;
    }
}

static void choose_saying(struct sim_peer *peer)
{
    static const uint8_t kinds[] = {PEER_LF,    PEER_LF,     PEER_LF,  PEER_LF,  PEER_CRLF,
                                    PEER_CRLF,  PEER_TELNET, PEER_RAW, PEER_RAW, PEER_SILENT,
                                    PEER_PROBE, PEER_HTTP,   PEER_TLS};

    peer->kind = (enum sim_kind)kinds[choice_below(sizeof kinds)];
    if (browsers && choice_in(50)) {
        peer->kind = PEER_HTTP;
    }
    if (peer->asks) {
        peer->kind = PEER_LF;
    }
    peer->window = choice_between(40, SIM_UP_BYTES);
    switch (choice_below(8)) {
    case 0: /* a flood */
        peer->speak_every_us =
            choice_between(500, 5000) * (sim.ease > 1 && choice_in(90) ? 100 : 1);
        break;
    case 1:
    case 2:
        peer->speak_every_us = choice_between(20, 300) * MS;
        break;
    default:
        peer->speak_every_us = choice_between(300, 8000) * MS;
        break;
    }
    if (peer->asks) {
        peer->speak_every_us = peer->drain_every_us;
    } else if (peer->kind != PEER_RAW) {
        switch (choice_below(8)) {
        case 0: /* typed */
            peer->chunk = 1;
            peer->chunk_every_us = choice_between(30, 900) * MS;
            break;
        case 1:
        case 2: /* in pieces */
            peer->chunk = choice_between(1, 30);
            peer->chunk_every_us = choice_between(1, 40) * MS;
            break;
        default:
            break;
        }
    }
}

/* One of six people; with IPv6 three of them have two machines each. */
static struct lwchat_address choose_address(void)
{
    uint32_t person = choice_below(6);

#if LWCHAT_IPV6
    if (person >= 3) {
        return (struct lwchat_address){{0x20010DB8U, person, 0}, 1 + choice_below(2)};
    }
#endif
    return address_v4(0x0A010000U + person);
}

static void call(void)
{
    for (unsigned i = 0; i < SIM_PEERS; i++) {
        struct sim_peer *peer = &sim_peer[i];
        if (peer->state != PEER_ABSENT) {
            continue;
        }
        oracle_reset(&peer->reader, false);
        struct sim_reader reader = peer->reader;
        memset(peer, 0, sizeof *peer);
        peer->reader = reader;
        peer->state = PEER_CALLING;
        last_port = last_port == UINT16_MAX ? 1024 : last_port + 1;
        peer->port = last_port;
        peer->ip = choose_address();
        choose_reading(peer);
        choose_saying(peer);
        if (peer->kind == PEER_RAW && sim.config.rate == 0) {
            peer->reader.lossless = false; /* one message a write: others may talk faster */
        }
        peer->speak_us = sim.now_us + choice_below(2000) * (uint64_t)MS;
        peer->leave_us = choice_in(30)
                             ? UINT64_MAX
                             : sim.now_us + choice_between(1, 60000) * (uint64_t)MS * sim.ease;
        if (foreign_is(peer)) {
            foreign_call(peer);
        }
        sim_trace("%u: calls, kind %d, reads %d bytes every %u us%s, says every %u us in %u",
                  peer->port, peer->kind, (int)peer->drain_bytes, (unsigned)peer->drain_every_us,
                  peer->reader.lossless ? " (keeps up)" : "", (unsigned)peer->speak_every_us,
                  (unsigned)peer->chunk);
        return;
    }
}

void peer_begin(void)
{
    for (unsigned i = 0; i < SIM_PEERS; i++) {
        sim_peer[i].state = PEER_ABSENT;
    }
    call_us = 0;
    call_every_ms = choice_between(10, choice_in(50) ? 500 : 5000);
    last_port = (uint16_t)choice_between(1024, UINT16_MAX);
    browsers = LWCHAT_HTTP && choice_in(20);
}

/* --- Leaving ---------------------------------------------------------------------- */

static void end_side(struct sim_peer *peer)
{
    peer->ended = true;
    peer->chunk_us = sim.now_us;
    sim_trace("%u: ends its side", peer->port);
}

static void reset(struct sim_peer *peer)
{
    peer->reset = true;
    peer->reset_us = sim.now_us;
    if (choice_in(50)) {
        peer->arrived = 0;
    }
    peer->up_bytes = peer->arrived; /* nothing arrives after a reset */
    sim_trace("%u: resets", peer->port);
}

static void go(struct sim_peer *peer)
{
    peer->leave_us = UINT64_MAX;
    if (foreign_is(peer)) {
        foreign_go(peer);
        return;
    }
    if (peer->state != PEER_CONNECTED || peer->ended || peer->reset) {
        return;
    }
    switch (choice_below(5)) {
    case 0:
        reset(peer);
        break;
    case 1: /* the peer's program is killed */
        end_side(peer);
        peer->gone = true;
        peer->reader.lossless = false;
        break;
    case 2:
        speech_rest(peer);
        end_side(peer);
        break;
    case 3:
        end_side(peer);
        break;
    default:
        speech_leave(peer);
        break;
    }
}

void peer_closed(struct sim_peer *peer)
{
    sim_trace("%u: closed", peer->port);
    peer->state = PEER_ABSENT;
}

/* --- Events -------------------------------------------------------------------------- */

static bool has_to_arrive(const struct sim_peer *peer)
{
    return (peer->arrived < peer->up_bytes && peer->arrived < peer->window) ||
           (peer->ended && !peer->end_arrived && peer->arrived == peer->up_bytes);
}

static bool has_to_read(const struct sim_peer *peer)
{
    return peer->drain_bytes > 0 && (peer->queued > 0 || (peer->finished && !peer->ended));
}

static bool may_speak(const struct sim_peer *peer)
{
    return sim.phase == SIM_LIVELY && peer->kind != PEER_SILENT && peer->kind != PEER_PROBE &&
           !peer->ended && !peer->left && !peer->reset && speech_has_room(peer);
}

/* A segment arrives at the server's stack. */
static void arrive(struct sim_peer *peer)
{
    uint32_t n = peer->up_bytes - peer->arrived;
    uint32_t room = peer->window > peer->arrived ? peer->window - peer->arrived : 0;

    /* The first line arrives whole: in pieces, the peer would be taken for an unterminated one. */
    bool begun = peer->skipped + peer->arrived >= peer->line_end || foreign_is(peer);
    bool in_pieces = peer->chunk > 0 && begun && sim.phase == SIM_LIVELY;
    if (in_pieces && n > peer->chunk) {
        n = peer->chunk;
    }
    n = n < room ? n : room;
    peer->arrived += n;
    if (peer->ended && peer->arrived == peer->up_bytes && !peer->end_arrived) {
        peer->end_arrived = true;
    }
    peer->chunk_us = sim.now_us + (in_pieces ? peer->chunk_every_us : 100);
}

static void read_some(struct sim_peer *peer)
{
    uint32_t n = peer->drain_bytes < peer->queued ? peer->drain_bytes : peer->queued;

    peer->queued -= n;
    peer->drain_us = sim.now_us + peer->drain_every_us;
    if (peer->finished && peer->queued == 0 && !peer->ended) {
        /* At the end of its input it closes too, unless it is rude. */
        if (choice_in(sim.rude_percent)) {
            peer->drain_bytes = 0;
            return;
        }
        peer->up_bytes = peer->arrived;
        end_side(peer);
    }
}

static void happen(struct sim_peer *peer)
{
    if (sim.now_us >= peer->leave_us && sim.phase == SIM_LIVELY) {
        go(peer);
    }
    if (may_speak(peer) && sim.now_us >= peer->speak_us && foreign_is(peer)) {
        foreign_speak(peer);
    } else if (may_speak(peer) && sim.now_us >= peer->speak_us) {
        speech_next(peer);
        /* In runs at ease, people pause between bursts. */
        bool pause = sim.ease > 1 && choice_in(30);
        peer->speak_us = sim.now_us + peer->speak_every_us * (pause ? sim.ease : 1);
    }
    if (has_to_arrive(peer) && sim.now_us >= peer->chunk_us) {
        arrive(peer);
    }
    if (has_to_read(peer) && sim.now_us >= peer->drain_us) {
        read_some(peer);
    }
}

void peer_happen(void)
{
    if (sim.phase == SIM_LIVELY && sim.now_us >= call_us) {
        call();
        call_us =
            sim.now_us + choice_between(1, (uint32_t)call_every_ms * 2) * (uint64_t)MS * sim.ease;
    }
    for (unsigned i = 0; i < SIM_PEERS; i++) {
        if (sim_peer[i].state != PEER_ABSENT) {
            happen(&sim_peer[i]);
        }
    }
}

static uint64_t earlier(uint64_t a, bool applies, uint64_t b)
{
    return applies && b < a ? b : a;
}

uint64_t peer_next_us(void)
{
    bool lively = sim.phase == SIM_LIVELY;
    uint64_t next_us = lively ? call_us : UINT64_MAX;

    for (unsigned i = 0; i < SIM_PEERS; i++) {
        const struct sim_peer *peer = &sim_peer[i];
        if (peer->state == PEER_ABSENT) {
            continue;
        }
        next_us = earlier(next_us, lively, peer->leave_us);
        next_us = earlier(next_us, may_speak(peer), peer->speak_us);
        next_us = earlier(next_us, has_to_arrive(peer), peer->chunk_us);
        next_us = earlier(next_us, has_to_read(peer), peer->drain_us);
    }
    return next_us;
}

void peer_calm(void)
{
    for (unsigned i = 0; i < SIM_PEERS; i++) {
        struct sim_peer *peer = &sim_peer[i];
        if (!peer->finished) {
            peer->drain_bytes = UINT32_MAX;
        }
        peer->drain_every_us = peer->drain_every_us > 5000 ? 5000 : peer->drain_every_us;
        peer->drain_us = peer->chunk_us = sim.now_us;
    }
}

bool peer_is_quiet(void)
{
    for (unsigned i = 0; i < SIM_PEERS; i++) {
        const struct sim_peer *peer = &sim_peer[i];
        if (peer->state == PEER_CALLING ||
            (peer->state == PEER_CONNECTED && (peer->up_bytes > 0 || peer->queued > 0))) {
            return false;
        }
    }
    return true;
}

struct sim_peer *peer_of(unsigned session)
{
    uint16_t port = sim.server.chat.session[session].port;

    for (unsigned i = 0; i < SIM_PEERS; i++) {
        if (sim_peer[i].state == PEER_CONNECTED && sim_peer[i].port == port) {
            return &sim_peer[i];
        }
    }
    return NULL;
}

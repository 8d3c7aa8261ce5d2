/*
 * Peers that are not people: health checks, browsers, and TLS clients.
 * Nothing they send may be shown in the chat, however it is split and however
 * late it arrives. If they are recognizable before they are accepted, they must
 * not even get a nick.
 */
#include "sim.h"

#include "choice.h"

#include <stdio.h>
#include <string.h>

enum { MS = 1000, S = 1000 * MS };

static const char request_end[] = " HTTP/1.1\r\nHost: localhost\r\nCookie: session=evil\r\n\r\n"
                                  "/nick evil\r\nevil is said\r\n";
static const char hello[] = "\x16\x03\x01\x00\x12\x01evil\r\n/nick evil\r\nevil\n";

void foreign_call(struct sim_peer *peer)
{
    bool waits = choice_in(40);

    peer->speak_us = sim.now_us + (waits ? choice_below(2000) * (uint64_t)MS : 0);
    peer->reader.lossless = false;
    if (peer->kind == PEER_PROBE) {
        peer->leave_us = sim.now_us + (waits ? choice_below(100) * (uint64_t)MS : 0);
    }
    if (peer->chunk > 0 && choice_in(30)) { /* segments are lost and retransmitted */
        peer->chunk_every_us = choice_between(100, 1500) * (uint64_t)MS;
    }
    if (peer->window < SIM_UP_BYTES / 4) {
        peer->window = SIM_UP_BYTES / 4; /* one segment of a browser */
    }
}

void foreign_speak(struct sim_peer *peer)
{
    char text[512];
    size_t bytes;

    if (peer->kind == PEER_TLS) {
        bytes = sizeof hello - 1;
        memcpy(text, hello, bytes);
    } else {
        bool posts;
        bytes = (size_t)snprintf(text, sizeof text, "%s", choice_in(20) ? "\r\n" : "");
        posts = choice_in(50);
        bytes +=
            (size_t)snprintf(text + bytes, sizeof text - bytes, "%s /", posts ? "POST" : "GET");
        uint32_t more = choice_in(30) ? choice_below(300) : 0;
        peer->status = posts ? "HTTP/1.1 405 " : more > 0 ? "HTTP/1.1 404 " : "HTTP/1.1 200 ";
        for (; more > 0; more--) {
            text[bytes++] = 'x';
        }
        if (bytes + sizeof request_end > LWCHAT_LINE_BYTES) {
            peer->status = "HTTP/1.1 4"; /* too long for a line buffer if it arrives in pieces */
        }
        memcpy(text + bytes, request_end, sizeof request_end - 1);
        bytes += sizeof request_end - 1;
        peer->gone = LWCHAT_HTTP && choice_in(20); /* the user has left the page meanwhile */
    }
    memcpy(peer->up + peer->up_bytes, text, bytes);
    peer->up_bytes += (uint32_t)bytes;
    peer->chunk_us = sim.now_us;
    peer->left = true;
    peer->said++;
    sim_trace("%u: sends %.*s", peer->port, (int)bytes, text);
}

static bool is_nobody_yet(const struct sim_peer *peer)
{
    unsigned session = sock_session(peer);

    return session != CHAT_OPERATOR && chat_state(&sim.server.chat, session) == CHAT_OPENING;
}

void foreign_go(struct sim_peer *peer)
{
    if (peer->ended || peer->reset) {
        return;
    }
    /* It never sends the rest, and half a line may come from anyone. */
    peer->excused = peer->excused || peer->arrived < peer->up_bytes;
    if (peer->state == PEER_CONNECTED && choice_in(30)) {
        peer->reset = true;
        peer->at_once = peer->kind == PEER_PROBE && sim.again_percent == 0 && is_nobody_yet(peer);
        sim_trace("%u: resets", peer->port);
        return;
    }
    peer->up_bytes = peer->arrived;
    peer->ended = true;
    peer->chunk_us = sim.now_us;
    sim_trace("%u: ends its side", peer->port);
}

void foreign_accepted(struct sim_peer *peer)
{
    bool said_all = peer->kind != PEER_PROBE && peer->up_bytes > 0 &&
                    peer->arrived == peer->up_bytes && !peer->excused;

    peer->at_once = foreign_is(peer) && sim.again_percent == 0 &&
                    (said_all || (peer->kind == PEER_PROBE && peer->end_arrived));
}

void foreign_excuse(void)
{
    for (unsigned i = 0; i < SIM_PEERS; i++) {
        sim_peer[i].excused = true;
        sim_peer[i].at_once = false;
    }
}

void foreign_check(struct sim_peer *peer, enum chat_state state)
{
    const struct sim_person *person = foreign_is(peer) ? witness_person_of(peer) : NULL;

    if (!foreign_is(peer)) {
        return;
    }
    if (sock_is_deaf(peer)) {
        peer->at_once = false; /* its bytes are not read */
    }
    if (peer->at_once && person != NULL) {
        sim_fail("%u: is no person, and is %.*s", peer->port, person->nick_bytes, person->nick);
    }
    if (peer->kind == PEER_PROBE && state == CHAT_OPENING && peer->ended_seen) {
        sim_fail("%u: has gone, and is still to come", peer->port);
    }
}

void foreign_check_record(const char *text, size_t bytes)
{
    for (size_t i = 0; i + 4 <= bytes; i++) {
        if (memcmp(text + i, "evil", 4) == 0) {
            sim_fail("a browser's words are in the log: %.*s", (int)bytes, text);
        }
    }
}

/* --- Answers ----------------------------------------------------------------------- */

static size_t answer_to(const struct sim_peer *peer, char *answer, size_t most)
{
    char body[256];

    if (peer->kind == PEER_TLS) {
        memcpy(answer, "\x15\x03\x03\x00\x02\x02\x46", 7);
        return 7;
    }
    size_t bytes = words_write(body, sizeof body, words_chat[W_NO_PAGE].text[sim.config.french],
                               sim.config.name, strlen(sim.config.name));
    int n = snprintf(answer, most,
                     "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
                     "Connection: close\r\nContent-Length: %zu\r\n\r\n%.*s\r\n",
                     bytes + 2, (int)bytes, body);
    return (size_t)n;
}

/* With LWCHAT_HTTP a browser gets a real response; only the status line is checked here. */
static bool is_browser(const struct sim_peer *peer)
{
    return LWCHAT_HTTP && peer->kind == PEER_HTTP && foreign_is(peer) && peer->status != NULL;
}

void foreign_answered(struct sim_peer *peer, const char *text, size_t bytes)
{
    if (is_browser(peer)) {
        for (size_t i = 0; i < bytes && peer->answered < strlen(peer->status); i++) {
            if (peer->status[peer->answered++] != text[i]) {
                sim_fail("%u: is answered \"%.*s\"", peer->port, (int)bytes, text);
            }
        }
        return;
    }
    char answer[512];
    size_t all = foreign_is(peer) ? answer_to(peer, answer, sizeof answer) : 0;

    if (peer->answered + bytes > all || memcmp(answer + peer->answered, text, bytes) != 0) {
        sim_fail("%u: is answered \"%.*s\"", peer->port, (int)bytes, text);
    }
    peer->answered += (uint32_t)bytes;
}

void foreign_refused(struct sim_peer *peer, const char *text, size_t bytes)
{
#if LWCHAT_HTTP
    for (unsigned i = 0; i < LWCHAT_HTTP_REQUESTS; i++) {
        if (!sim.server.request[i].used) {
            sim_fail("%u: is refused, and there is room for its request", peer->port);
        }
    }
#endif
    peer->refused = true;
    peer->status = "HTTP/1.1 503 ";
    foreign_answered(peer, text, bytes);
}

void foreign_finished(const struct sim_peer *peer)
{
    char answer[512];

    if (is_browser(peer) && peer->answered > 0) {
        if (!peer->refused && peer->answered < strlen(peer->status)) {
            sim_fail("%u: its answer ends after %u bytes", peer->port, (unsigned)peer->answered);
        }
    } else if (foreign_is(peer) && peer->answered > 0 &&
               peer->answered != answer_to(peer, answer, sizeof answer)) {
        sim_fail("%u: its answer ends after %u bytes", peer->port, (unsigned)peer->answered);
    }
    /* Without memory it gets no answer. */
    if (peer->at_once && peer->kind != PEER_PROBE && peer->let_in && peer->answered == 0 &&
        !peer->untold) {
        sim_fail("%u: is not answered", peer->port);
    }
}

/**
 * @file
 * A simulation of the server: the real loop and core, with scripted peers, a
 * scripted console and a clock that jumps from event to event. Everything that
 * happens is determined by the choices of choice.h.
 *
 *     world.c    the clock, the order of events, and failure reports
 *     sock.c     sock.h over the peers;   port.c  port.h over the console
 *     peer.c     what peers say and read; seat.c  what the operator does
 *     foreign.c  peers that are not people
 *     oracle.c   what each reader must be shown, from the records as they are appended
 *     check.c    invariants between two passes of the loop
 */
#ifndef LWCHAT_SIM_H
#define LWCHAT_SIM_H

#include "net/server.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    SIM_PEERS = LWCHAT_MAX_CONNECTIONS + 3, /* including those waiting to be accepted */
    SIM_UP_BYTES = 2048,
    SIM_INTENTS = 64,
    SIM_ROOMS = 4, /* names that peers try */
    SIM_LINE_BYTES = 2 * LWCHAT_SHOWN_BYTES
};

/* --- world.c --------------------------------------------------------------- */

enum sim_phase {
    SIM_LIVELY,
    SIM_CALM, /* no peer says more, all peers read: everything must arrive */
    SIM_STOPPING
};

struct sim_world {
    uint64_t now_us;
    uint64_t stop_us;   /* when the shutdown was requested */
    uint64_t faults_ms; /* the millisecond in which faults are counted */
    unsigned faults;
    uint64_t no_memory_until_us;
    uint64_t no_accept_until_us;
    uint32_t start_ms; /* the first value of port_now_ms() */
    uint32_t ease;     /* how many times longer people take for everything; 1: they hurry */
    uint32_t passes;
    uint32_t idle_passes; /* consecutive passes that moved nothing and did not sleep */
    uint32_t moved;       /* things that moved since the last pass */
    enum sim_phase phase;
    bool slept; /* in the last wait */
    bool stop_asked;
    bool signalled; /* port_stopping() */
    bool trace;
    size_t unheard;    /* dropped bytes that the console has yet to be told of */
    uint64_t short_us; /* when port_reading_is_short() was last true */
    unsigned again_percent, short_percent, early_percent, rude_percent;
    struct lwchat_config config;
    struct server server;
};
extern struct sim_world sim;

/**
 * Runs one simulation to its end, with the choices that choice_begin() has set
 * up: half a minute of constant talk or, `at_ease`, about an hour with bursts
 * of talk and long silences, for as many passes of the loop. A failed check
 * prints its message and `replay`, and ends the program.
 */
void sim_run(const char *replay, bool trace, bool at_ease);

_Noreturn void sim_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void sim_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Advances the clock to the next event, at most to `limit_us`, and runs the event. */
void sim_advance(uint64_t limit_us);

/** Runs all events that are due. */
void sim_happen(void);

/** True with a probability of `percent` %, but not so often that the loop must spin. */
bool sim_fault(unsigned percent);

/** Requests a shutdown, as the operator or a signal does. */
void sim_ask_stop(void);

/* --- oracle.c: what readers must be shown ---------------------------------- */

struct sim_expected {
    uint32_t record; /* its number */
    bool counts;     /* if passed over, it counts as a missed message */
    bool old;        /* history: if passed over, it counts in a gap */
};

/** An appended record, and how it is shown. */
struct sim_record {
    uint32_t number; /* counted from 1 */
    uint32_t position;
    uint32_t generation; /* of its room */
    uint8_t kind, room;
    uint8_t prefix_bytes; /* the room, which only the console shows */
    uint8_t sender_bytes; /* the sender with its punctuation; 0: no sender */
    size_t bytes;
    char text[SIM_LINE_BYTES];
};

/** What one reader has been shown, and has yet to be shown. */
struct sim_reader {
    struct sim_expected *queue;
    uint32_t first, count, room; /* of the queue, in entries */
    struct sim_record next;      /* the first that the log still held when the line began */
    uint32_t line_bytes;
    uint32_t lines;    /* shown so far */
    uint32_t refusals; /* of telnet options, yet to be sent to it */
    bool lossless;     /* keeps up: nothing may be passed over */
    bool fin;          /* has been shown "fin" */
    /* For a peer that gets no line ends: */
    bool in_pieces;         /* the current line is shown in several messages */
    bool torn;              /* the current message is the rest of a line begun before it */
    uint32_t message_bytes; /* of the current message, so far */
    char line[SIM_LINE_BYTES];
};

void oracle_begin(void);
void oracle_end(void);

/** Resets the reader for a new peer. */
void oracle_reset(struct sim_reader *reader, bool lossless);

/** The server shows bytes to a session's reader, or to the operator's. */
void oracle_show(struct sim_reader *reader, unsigned session, const char *text, size_t bytes);

/** The same for a peer that gets no line ends; `whole`: these bytes complete the message. */
void oracle_show_message(struct sim_reader *reader, unsigned session, const char *text,
                         size_t bytes, bool whole);

/** A newcomer without a session is shown its one line. */
void oracle_refuse(struct sim_reader *reader, const char *text, size_t bytes);

/** Fails if anything that counts has yet to be shown. */
void oracle_check_shown(const struct sim_reader *reader, const char *when);

/* --- peer.c ----------------------------------------------------------------- */

enum sim_kind {
    PEER_LF,
    PEER_CRLF,
    PEER_TELNET,
    PEER_RAW,
    PEER_SILENT,
    PEER_PROBE, /* connects and leaves; this one and the following are not people */
    PEER_HTTP,
    PEER_TLS
};

enum sim_state {
    PEER_ABSENT,
    PEER_CALLING, /* waits to be accepted */
    PEER_CONNECTED
};

enum sim_intent_kind {
    INTENT_SAY,
    INTENT_ME,
    INTENT_MSG,
    INTENT_TOO_LONG,
    INTENT_COMMAND, /* says nothing */
    INTENT_LEAVE    /* nothing after it counts */
};

/** The meaning of a peer's bytes up to `end`. */
struct sim_intent {
    enum sim_intent_kind kind;
    uint32_t end; /* bytes of the stream, from its start */
    bool done;
    size_t bytes;
    char text[LWCHAT_LINE_BYTES + 8];
};

struct sim_peer {
    enum sim_state state;
    enum sim_kind kind;
    uint16_t port;
    struct lwchat_address ip;
    /* Upstream: the first `arrived` bytes of `up` have reached the server's stack. */
    uint8_t up[SIM_UP_BYTES];
    uint32_t up_bytes, arrived, window;
    uint32_t skipped;  /* bytes of the stream that the server has consumed */
    uint32_t line_end; /* bytes of the stream up to the end of its first line */
    uint32_t chunk;    /* bytes of a segment; 0: all available */
    uint64_t chunk_every_us, chunk_us;
    bool ended, end_arrived; /* it has closed its sending side */
    bool reset;              /* it has reset the connection */
    uint64_t reset_us;
    bool cut_short; /* after the reset, the beginning of a line was heard from it */
    bool gone;      /* it resets at once when something is sent */
    struct sim_intent intent[SIM_INTENTS];
    unsigned intents, first_intent; /* in use: `intents` from `first_intent` on, circular */
    char raw[SIM_UP_BYTES + 1];     /* PEER_RAW: said, but not heard yet */
    uint32_t raw_bytes;
    bool raw_lost; /* part of it was refused: resynchronize */
    bool left;     /* its last intent was to leave, or it was thrown out */
    bool thrown_out;
    unsigned said; /* messages so far */
    bool asks;     /* requests as much history as it may */
    uint64_t speak_us, speak_every_us;
    uint64_t leave_us;
    /* Downstream. */
    uint32_t queued, capacity, low_water;
    uint32_t drain_bytes; /* per read; 0: it never reads */
    uint64_t drain_us, drain_every_us;
    bool finished;         /* the server has ended its side */
    bool ended_seen;       /* the server has seen that the peer ended its side */
    uint64_t full_us;      /* since when its queue has been full; 0: it is not */
    uint64_t took_us;      /* when its queue last accepted bytes */
    uint64_t finishing_us; /* when the server began to end its side; 0: not yet */
    uint64_t refused_us;   /* since when sends to it have failed without memory; 0: they do not */
    bool let_in;           /* it has or had a session */
    bool untold;           /* turned away when there was no memory to say why */
    bool at_once;          /* not a person, and recognizable before it was accepted */
    bool excused;          /* not a person, but what it sends may pass for a person's text */
    uint32_t overdue_ms;   /* the pass in which its request ran out of time; 0: not yet */
    const char *status;    /* how the response to a browser must begin */
    uint32_t answered;     /* bytes of an answer in the peer's own protocol */
    bool refused;          /* a browser that was told there are too many requests */
    struct sim_reader reader;
};
extern struct sim_peer sim_peer[SIM_PEERS];

void peer_begin(void);
uint64_t peer_next_us(void);
void peer_happen(void);

/** All peers read fast and say no more. */
void peer_calm(void);

/** True if nothing waits to be said or read. */
bool peer_is_quiet(void);

/** @return the peer of a session; NULL if its connection is gone. */
struct sim_peer *peer_of(unsigned session);

/** A session said something: it must be the next thing that its peer said. */
void peer_heard(unsigned session, enum sim_intent_kind kind, const char *text, size_t bytes);

/** A session is told that a line it sent was too long, or dropped. */
void peer_refused(unsigned session, bool dropped);

/** The server consumed bytes. */
void peer_taken(struct sim_peer *peer, size_t bytes);

/** The server's side of the connection is closed. */
void peer_closed(struct sim_peer *peer);

/* --- foreign.c ----------------------------------------------------------------- */

static inline bool foreign_is(const struct sim_peer *peer)
{
    return peer->kind >= PEER_PROBE;
}

/** A peer that is not a person connects, sends everything it has to send, or leaves. */
void foreign_call(struct sim_peer *peer);
void foreign_speak(struct sim_peer *peer);
void foreign_go(struct sim_peer *peer);

/** The server has accepted it. */
void foreign_accepted(struct sim_peer *peer);

/** The peer is told that there are too many requests; the message may be sent only in part. */
void foreign_refused(struct sim_peer *peer, const char *text, size_t bytes);

/** The peer gets part of an answer in its own protocol; with foreign_finished() it is complete. */
void foreign_answered(struct sim_peer *peer, const char *text, size_t bytes);
void foreign_finished(const struct sim_peer *peer);

/** The peer has a session: fails if that is a person's and must not be. */
void foreign_check(struct sim_peer *peer, const struct chat_session *session);

/** Fails if a record's text contains anything that a foreign peer sent. */
void foreign_check_record(const char *text, size_t bytes);

/** The clock jumped: the silence may have completed whatever foreign peers had sent so far. */
void foreign_excuse(void);

/* --- seat.c ------------------------------------------------------------------ */

void seat_begin(void);
uint64_t seat_next_us(void);
void seat_happen(void);
void seat_calm(void);
bool seat_is_quiet(void);

/** True if the console has new input or can write again, after it was empty or full. */
bool seat_wakes(void);

/** True if the console did not accept all that the loop had to show. */
bool seat_is_jammed(void);

/** The operator said something. */
void seat_heard(const char *text, size_t bytes);

extern struct sim_reader seat_reader;

/* --- check.c ------------------------------------------------------------------ */

void check_begin(void);

/** Between two passes; the loop wants to sleep for `timeout_ms`. */
void check_pass(uint32_t timeout_ms);

/** The server has returned. */
void check_end(void);

#endif

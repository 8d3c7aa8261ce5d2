/**
 * @file
 * A simulation of the server: the real loop and core, over scripted peers, a
 * scripted console and a clock that jumps from event to event. Everything that
 * happens follows from the choices of choice.h.
 *
 *     world.c    the clock, what happens when, and the failures' words
 *     sock.c     sock.h over the peers;   port.c  port.h over the console
 *     peer.c     what peers say and read; seat.c  what the operator does
 *     foreign.c  what peers do that are no people
 *     oracle.c   what each must be shown, from the records as they are appended
 *     check.c    what must be so between two passes of the loop
 */
#ifndef LWCHAT_SIM_H
#define LWCHAT_SIM_H

#include "net/server.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    SIM_PEERS = LWCHAT_MAX_CONNECTIONS + 3, /* those who wait to be accepted included */
    SIM_UP_BYTES = 2048,
    SIM_INTENTS = 64,
    SIM_ROOMS = 4, /* names that peers try */
    SIM_LINE_BYTES = 2 * LWCHAT_SHOWN_BYTES
};

/* --- world.c --------------------------------------------------------------- */

enum sim_phase {
    SIM_LIVELY,
    SIM_CALM, /* nobody says more, everybody reads: all has to arrive */
    SIM_STOPPING
};

struct sim_world {
    uint64_t now_us;
    uint64_t stop_us;   /* when the end was asked for */
    uint64_t faults_ms; /* the millisecond in which faults are counted */
    unsigned faults;
    uint64_t no_memory_until_us;
    uint64_t no_accept_until_us;
    uint32_t start_ms; /* what port_now_ms() began with */
    uint32_t ease;     /* how many times longer people take over everything; 1: they hurry */
    uint32_t passes;
    uint32_t idle_passes; /* in which nothing moved, without a sleep between them */
    uint32_t moved;       /* things that moved since the last wait */
    enum sim_phase phase;
    bool slept; /* in the last wait */
    bool stop_asked;
    bool signalled; /* port_stopping() */
    bool trace;
    size_t unheard;    /* bytes that were dropped, and the console has still to be told of */
    uint64_t short_us; /* when port_reading_is_short() was last true */
    unsigned again_percent, short_percent, early_percent, rude_percent;
    struct server_config config;
    struct server server;
};
extern struct sim_world sim;

/**
 * Runs one simulation to its end, with choices that choice_begin() has set up:
 * half a minute full of talk, or an hour or so with bursts of talk and long
 * silences, for as many passes of the loop. A broken promise ends the program,
 * after its words and `replay`'s.
 */
void sim_run(const char *replay, bool trace, bool at_ease);

_Noreturn void sim_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void sim_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Lets time pass up to the next event, `limit_us` at most, and has it happen. */
void sim_advance(uint64_t limit_us);

/** Has everything happen that is due. */
void sim_happen(void);

/** True in `percent` of 100 cases, but not so often in one millisecond that the loop must spin. */
bool sim_fault(unsigned percent);

/** Asks for the end, as the operator or a signal does. */
void sim_ask_stop(void);

/* --- oracle.c: what readers must be shown ---------------------------------- */

struct sim_expected {
    uint32_t record; /* its number */
    bool counts;     /* passing over it is told as a missed message */
    bool old;        /* history: passing over it is told as a hole */
};

/** A record that was appended, and what it looks like. */
struct sim_record {
    uint32_t number; /* counted from 1 */
    uint32_t position;
    uint32_t generation; /* of its room */
    uint8_t kind, room;
    uint8_t prefix_bytes; /* what only the console shows: the room */
    uint8_t sender_bytes; /* what says who said it, and how; 0: nobody did */
    size_t bytes;
    char text[SIM_LINE_BYTES];
};

/** What one reader is shown, and still has to be. */
struct sim_reader {
    struct sim_expected *queue;
    uint32_t first, count, room; /* of the queue, in entries */
    struct sim_record next;      /* the first that the log still held when the line began */
    uint32_t line_bytes;
    uint32_t lines;    /* seen */
    uint32_t refusals; /* of telnet options, that it is owed */
    bool lossless;     /* keeps up: nothing may be passed over */
    bool fin;          /* has read fin */
    /* Of a peer that gets no line ends: */
    bool in_pieces;         /* the line under way comes in several messages */
    bool torn;              /* the message under way is the rest of a line that began before */
    uint32_t message_bytes; /* of it, so far */
    char line[SIM_LINE_BYTES];
};

void oracle_begin(void);
void oracle_end(void);

/** The reader is a new one. */
void oracle_reset(struct sim_reader *reader, bool lossless);

/** The server shows bytes to a session's reader, or to the operator's. */
void oracle_show(struct sim_reader *reader, unsigned session, const char *text, size_t bytes);

/** The same for a peer that gets no line ends; `whole`: the message ends with these bytes. */
void oracle_show_message(struct sim_reader *reader, unsigned session, const char *text,
                         size_t bytes, bool whole);

/** One line that a newcomer without a session reads. */
void oracle_refuse(struct sim_reader *reader, const char *text, size_t bytes);

/** Fails unless nothing that counts is still to be shown. */
void oracle_check_shown(const struct sim_reader *reader, const char *when);

/* --- peer.c ----------------------------------------------------------------- */

enum sim_kind {
    PEER_LF,
    PEER_CRLF,
    PEER_TELNET,
    PEER_RAW,
    PEER_SILENT,
    PEER_PROBE, /* from here on no people: it connects and goes */
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
    INTENT_COMMAND, /* nothing is said */
    INTENT_LEAVE    /* nothing after it counts */
};

/** Something that a peer's bytes up to `end` mean. */
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
    uint32_t ip;
    /* Up: the first `arrived` bytes of `up` are with the server's stack. */
    uint8_t up[SIM_UP_BYTES];
    uint32_t up_bytes, arrived, window;
    uint32_t skipped;  /* bytes of the stream that the server has taken */
    uint32_t line_end; /* bytes of the stream, up to its first line's end */
    uint32_t chunk;    /* bytes of a segment; 0: all there is */
    uint64_t chunk_every_us, chunk_us;
    bool ended, end_arrived; /* it has closed its sending side */
    bool reset;              /* it has reset the connection */
    uint64_t reset_us;
    bool cut_short; /* after that it was heard saying the beginning of a line */
    bool gone;      /* it resets at once when something is sent */
    struct sim_intent intent[SIM_INTENTS];
    unsigned intents, first_intent; /* in use: `intents` from `first_intent` on, circular */
    char raw[SIM_UP_BYTES + 1];     /* PEER_RAW: what it said and nobody has heard yet */
    uint32_t raw_bytes;
    bool raw_lost; /* something of it was refused: find the way again */
    bool left;     /* its last intent was to leave, or it was thrown out */
    bool thrown_out;
    unsigned said; /* messages so far */
    bool asks;     /* for old messages, as much as it may */
    uint64_t speak_us, speak_every_us;
    uint64_t leave_us;
    /* Down. */
    uint32_t queued, capacity, low_water;
    uint32_t drain_bytes; /* of one read; 0: it never reads */
    uint64_t drain_us, drain_every_us;
    bool finished;         /* the server has ended its side */
    bool ended_seen;       /* the server knows that it has ended */
    uint64_t full_us;      /* since when it has not taken all that it was offered; 0: it has */
    uint64_t took_us;      /* when it took something last */
    uint64_t finishing_us; /* when the server began to end its side; 0: not yet */
    uint64_t refused_us;   /* since when there has been no memory for it; 0: there is */
    bool let_in;           /* it has or had a session */
    bool untold;           /* turned away when there was no memory to say why */
    bool at_once;          /* no person: that showed before it was accepted */
    bool excused;          /* no person: what it sends may be taken for somebody's words */
    uint32_t overdue_ms;   /* the pass in which its request had no time left; 0: not yet */
    const char *status;    /* how a browser is to be answered */
    uint32_t answered;     /* bytes of an answer in its own words */
    bool refused;          /* a browser: it is told that there are too many */
    struct sim_reader reader;
};
extern struct sim_peer sim_peer[SIM_PEERS];

void peer_begin(void);
uint64_t peer_next_us(void);
void peer_happen(void);

/** Everybody reads fast and says no more. */
void peer_calm(void);

/** Nothing waits to be said or read any more. */
bool peer_is_quiet(void);

/** The peer of a session; NULL when its connection is gone. */
struct sim_peer *peer_of(unsigned session);

/** A session said something: it must be what its peer said next. */
void peer_heard(unsigned session, enum sim_intent_kind kind, const char *text, size_t bytes);

/** A session is told that a line of its was too long, or dropped. */
void peer_refused(unsigned session, bool dropped);

/** The server took bytes. */
void peer_taken(struct sim_peer *peer, size_t bytes);

/** The server's side of the connection is closed. */
void peer_closed(struct sim_peer *peer);

/* --- foreign.c ----------------------------------------------------------------- */

static inline bool foreign_is(const struct sim_peer *peer)
{
    return peer->kind >= PEER_PROBE;
}

/** How a peer that is no person comes, says all that it ever does, or goes. */
void foreign_call(struct sim_peer *peer);
void foreign_speak(struct sim_peer *peer);
void foreign_go(struct sim_peer *peer);

/** The server has accepted it. */
void foreign_accepted(struct sim_peer *peer);

/** There are too many browsers, and it is told so: perhaps not all of it is sent. */
void foreign_refused(struct sim_peer *peer, const char *text, size_t bytes);

/** It is answered in its own words, or all of that is said. */
void foreign_answered(struct sim_peer *peer, const char *text, size_t bytes);
void foreign_finished(const struct sim_peer *peer);

/** It has a session: fails when that is a person and must not be. */
void foreign_check(struct sim_peer *peer, const struct chat_session *session);

/** A record's text: fails when a part of what is foreign is in it. */
void foreign_check_record(const char *text, size_t bytes);

/** Time was lost, in which quiet may have ended what it had sent so far. */
void foreign_excuse(void);

/* --- seat.c ------------------------------------------------------------------ */

void seat_begin(void);
uint64_t seat_next_us(void);
void seat_happen(void);
void seat_calm(void);
bool seat_is_quiet(void);

/** The console has something for the loop, and had nothing or was full before. */
bool seat_wakes(void);

/** The console did not take all that the loop had to show. */
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

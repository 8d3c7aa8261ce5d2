/**
 * @file
 * A simulation of the server: the real loop and core, with scripted peers, a
 * scripted console and a clock that jumps from event to event. Everything that
 * happens is determined by the choices of choice.h. Of the chat it knows what the
 * functions of chat.h say, what its readers are shown, and what crosses sock.h and
 * port.h, so that the core may change inside.
 *
 *     world.c    the clock, the order of events, and failure reports
 *     sock.c     sock.h over the peers;   port.c  port.h over the console
 *     peer.c     what peers say and read; seat.c  what the operator does
 *     foreign.c  peers that are not people
 *     witness.c  what happened in the chat, as an operator who misses nothing reads it
 *     oracle.c   what each reader must therefore be shown
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
    SIM_ROOMS = 5, /* that peers try, the lobby first */
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

/* --- witness.c: what happens in the chat ------------------------------------- */

enum { SIM_NOWHERE = SIM_ROOMS }; /* no room, or all of them */

/** A room, known by its name. */
struct sim_room {
    char name[LWCHAT_ROOM_BYTES + 1];
    uint32_t generation; /* how often it was removed with its last visitor */
    unsigned people;     /* in it, or about to enter */
};
extern struct sim_room sim_room[SIM_ROOMS];

/** Somebody in the chat, from the operator's being told so until they have left. */
struct sim_person {
    struct sim_peer *peer; /* NULL: its connection is closed */
    uint16_t port;         /* 0: nobody */
    uint8_t room, next_room;
    uint8_t nick_bytes;
    char nick[LWCHAT_NICK_BYTES];
};
extern struct sim_person sim_person[LWCHAT_MAX_SESSIONS];

void witness_begin(void);

/**
 * Learns what has happened since the last call. To be called whenever the loop calls out.
 * @return how many records were appended that the console is not shown.
 */
uint32_t witness_look(void);

/** Fails if /stats does not tell what has happened. */
void witness_check_stats(void);

/** @return NULL if the peer is nobody in the chat. */
struct sim_person *witness_person_of(const struct sim_peer *peer);

/** The peer's connection is closed. */
void witness_closed(const struct sim_peer *peer);

/**
 * A private message was sent to a nick; `cut`: perhaps only the beginning of it.
 * @return false if nobody has that nick.
 */
bool witness_private(struct sim_peer *from, const char *nick, const char *text, size_t bytes,
                     bool cut);

/** The operator said something. */
void witness_operator_said(const char *text, size_t bytes);

/** A person's command to enter a room was consumed. */
void witness_goes(const struct sim_peer *peer, const char *name);

/** The chat's timers run, and may drop lines that were incomplete for too long. */
void witness_before_timers(void);
void witness_after_timers(void);

/* --- oracle.c: what readers must be shown ---------------------------------- */

enum { SIM_ANSWERS = 64 };

enum sim_record_kind { RECORD_SAID, RECORD_PRIVATE, RECORD_ECHO, RECORD_NOTICE };

/** Something that happened, and how it is shown. */
struct sim_record {
    uint32_t number; /* counted from 1 */
    uint32_t generation;
    enum sim_record_kind kind;
    uint8_t room;
    uint8_t prefix_bytes; /* the room, which only the console shows */
    uint8_t sender_bytes; /* the sender with its punctuation; 0: no sender */
    uint64_t least;       /* bytes in the log before it, at least */
    uint64_t most;        /* the same, at most */
    size_t bytes;
    char text[SIM_LINE_BYTES];
};

/** A record that a reader has yet to be shown. */
struct sim_expected {
    uint32_t record; /* its number */
    bool counts;     /* if passed over, it counts as a missed message */
};

/** The answer to a command: the first of its lines, at least, is still to be shown. */
struct sim_answer {
    const uint8_t *words; /* enum word_chat; NULL: it is the record `echo` */
    uint32_t echo;
    uint8_t count;
    bool begun; /* a line of it was shown, or none has to be */
    bool later; /* when it is shown is up to the chat */
    bool cut;   /* perhaps only its beginning is shown, or nothing */
};

/** History that a reader is to be shown: messages in its room from one record up to another. */
struct sim_history {
    uint32_t from, until;
    uint32_t certain; /* before this record, they may have been gone when it was requested */
    uint32_t generation;
    uint8_t room;
};

struct sim_peer;

/** What one reader has been shown, and has yet to be shown. */
struct sim_reader {
    struct sim_peer *peer; /* NULL: the operator */
    struct sim_expected *queue;
    uint32_t first, count, space; /* of the queue, in entries */
    struct sim_history history;
    uint8_t room; /* that it has entered last, and its generation */
    uint32_t generation;
    uint32_t asked;        /* messages of history that it has requested; 0: none */
    uint32_t asked_until;  /* up to this record; 0: not known yet */
    uint64_t asked_least;  /* bytes of the log at that time, at least */
    unsigned asked_idle;   /* passes since in which it was shown nothing */
    bool asked_maybe;      /* that may have begun, when there was none */
    uint32_t missed, hole; /* told, and not yet accounted for */
    struct sim_answer answer[SIM_ANSWERS];
    unsigned answers, first_answer; /* circular */
    uint32_t line_bytes;
    uint32_t lines;    /* shown so far */
    uint32_t refusals; /* of telnet options, yet to be sent to it */
    bool lossless;     /* keeps up: nothing may be passed over */
    bool fin;          /* has been shown "fin" */
    /* For a peer that gets no line ends: */
    bool in_pieces;         /* the current line is shown in several messages */
    bool torn;              /* the current message is the rest of a line begun before it */
    uint32_t message_bytes; /* of the current message, so far */
    uint32_t pieces_of;     /* the record shown in pieces */
    char line[SIM_LINE_BYTES];
};

void oracle_begin(void);
void oracle_end(void);

/** @return the newest record, to be filled in; its log size is that of `nick_bytes` and `bytes`. */
struct sim_record *oracle_add(enum sim_record_kind kind, size_t nick_bytes, size_t bytes);

/** Records that only one reader sees were appended. */
void oracle_add_unknown(uint32_t count);

void oracle_put(struct sim_record *record, const char *text, size_t bytes);

/** A piece of a line. */
struct sim_text {
    const char *text;
    size_t bytes;
};

/** True if `line` is the sentence, with some text for each argument; `argument` gets the first two.
 */
bool oracle_is_sentence(enum word_chat word, const char *line, size_t bytes,
                        struct sim_text *argument);

/** A reader must be shown a record. */
void oracle_expect(struct sim_reader *reader, uint32_t number);

/** A reader must be shown an answer: one or more of the sentences, or the record `echo`. */
void oracle_expect_answer(struct sim_reader *reader, struct sim_answer answer);

/** A reader leaves: what is said from now on is not for it, nor history. */
void oracle_leave(struct sim_reader *reader);

/** A reader requests up to `messages` messages of its room. */
void oracle_ask_history(struct sim_reader *reader, uint32_t messages);

/** A reader begins to read the history that it has requested, unless it has already. */
void oracle_begin_history(struct sim_reader *reader);

/** A reader begins to read up to `messages` messages in a room, from before record `until`. */
void oracle_expect_history(struct sim_reader *reader, uint8_t room, uint32_t generation,
                           uint32_t messages, uint32_t until);

/** True if the reader has yet to be shown something that the log may need to drop next. */
bool oracle_holds(const struct sim_reader *reader);

/** Bytes of the log, at most, since the first record that the reader has yet to be shown. */
uint64_t oracle_behind(const struct sim_reader *reader);

/** Resets the reader for a new peer; NULL: for the operator. */
void oracle_reset(struct sim_reader *reader, struct sim_peer *peer);

/** The server shows bytes to a reader. */
void oracle_show(struct sim_reader *reader, const char *text, size_t bytes);

/** The same for a peer that gets no line ends; `whole`: these bytes complete the message. */
void oracle_show_message(struct sim_reader *reader, const char *text, size_t bytes, bool whole);

/** Takes a line from those that the operator has yet to be shown. @return false if it is none. */
bool oracle_take(struct sim_reader *reader, const char *line, size_t bytes);

/** True if the line shown so far may be whole. */
bool oracle_is_whole(const struct sim_reader *reader);

/** A newcomer without a session is shown its one line. */
void oracle_refuse(struct sim_reader *reader, const char *text, size_t bytes);

/** Everything was shown, the reader is told: fails if something that counts was not. */
void oracle_check_shown(struct sim_reader *reader, const char *when);

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
    INTENT_COMMAND, /* says nothing; `text` is the command */
    INTENT_LEAVE    /* nothing after it counts */
};

/** The meaning of a peer's bytes up to `end`. */
struct sim_intent {
    enum sim_intent_kind kind;
    uint32_t end;  /* bytes of the stream, from its start */
    uint32_t acts; /* the same up to where it takes effect: CR ends a line before LF */
    bool done;
    char to[LWCHAT_NICK_BYTES + 1]; /* INTENT_MSG */
    size_t bytes;
    char text[LWCHAT_LINE_BYTES + 8];
};

struct sim_peer {
    enum sim_state state;
    enum sim_kind kind;
    uint16_t port;
    uint32_t ip;
    /* Upstream: the first `arrived` bytes of `up` have reached the server's stack. */
    uint8_t up[SIM_UP_BYTES];
    uint32_t up_bytes, arrived, window;
    uint32_t skipped;  /* bytes of the stream that the server has consumed */
    uint32_t heard;    /* the same, as soon as the chat has them */
    uint32_t whole;    /* the same, in whole lines */
    uint32_t line_end; /* bytes of the stream up to the end of its first line */
    bool unended;      /* it has not ended its first line */
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
    unsigned dropped; /* lines, of which it has yet to be told */
    bool raw_lost;    /* part of it was refused: resynchronize */
    bool raw_now;     /* it gets no line ends */
    bool is_charged;  /* it was answered, which counts in its rate */
    bool left;        /* its last intent was to leave, or it was thrown out */
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

/** @return the connected peer with that port; NULL if there is none. */
struct sim_peer *peer_at_port(uint16_t port);

/** It said something: it must be the next thing that it has sent. */
void peer_heard(struct sim_peer *peer, enum sim_intent_kind kind, const char *text, size_t bytes);

/** It took another nick, or has left: what it sent before that was heard. */
void peer_renamed(struct sim_peer *peer, const char *nick, size_t bytes);
void peer_left(struct sim_peer *peer);

/** The server has seen its reset: the line that it was sending may be heard in part. */
void peer_cut(struct sim_peer *peer);

/** A line that it sent was dropped, since it was incomplete for too long. */
void peer_dropped(struct sim_peer *peer);

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
void foreign_check(struct sim_peer *peer, enum chat_state state);

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

/** The chat has consumed input: what the operator said in it, up to a kick, was heard. */
void seat_heard(void);
void seat_heard_kick(const char *nick, size_t bytes);

/** True if the chat has consumed whole lines of the operator's. */
bool seat_is_between_lines(void);

extern struct sim_reader seat_reader;

/* --- sock.c -------------------------------------------------------------------- */

/** @return the session of a peer's connection; CHAT_OPERATOR if it has none. */
unsigned sock_session(const struct sim_peer *peer);

/** True if the loop does not poll the peer's connection for input. */
bool sock_is_deaf(const struct sim_peer *peer);

/* --- check.c ------------------------------------------------------------------ */

void check_begin(void);

/** If the log is held since the last call, some reader must have yet to be shown what is in it. */
void check_held(void);

/** Between two passes; the loop wants to sleep for `timeout_ms`. */
void check_pass(uint32_t timeout_ms);

/** The server has returned. */
void check_end(void);

#endif

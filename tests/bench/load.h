/**
 * @file
 * The load generator: many clients in one thread, who send lines, and check
 * every line that they get.
 *
 * A line says who sent it and which of his it is, so that whoever gets it
 * knows what it must look like, that none is missing, and when it was sent:
 *
 *     @ 0 1 0 0 2 f k q z …
 *     | |   |       filler, from sender and number
 *     | |   number of the line, 4 digits of base 64
 *     | sender, 2 digits
 *     mark
 */
#ifndef LWCHAT_BENCH_LOAD_H
#define LWCHAT_BENCH_LOAD_H

#include "histogram.h"
#include "protocol.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    LOAD_CLIENTS = 4096,
    LOAD_SENDERS = 64,
    LOAD_DEPTH = 512,             /**< lines in flight of one sender in D and E */
    LOAD_LINE_BYTES = 512,        /**< a line's end counted */
    LOAD_RING = 1024,             /**< lines of one sender that may be under way */
    LOAD_REST_BYTES = 128 * 1024, /**< ncat greets with a list of everybody in one line */
    LOAD_RECEIVE_BYTES = 256 * 1024
};

/** A line that was sent. */
struct load_line {
    uint64_t sent_ns;
    uint32_t left; /**< who have not had it yet */
    char text[LOAD_LINE_BYTES];
};

struct load_sender {
    uint32_t sent;    /**< lines */
    uint32_t done;    /**< of these, had by everybody */
    bool dirty;       /**< listed in load.dirty: it may have to send */
    bool blocked;     /**< the socket did not take all */
    uint32_t pending; /**< bytes in `out` */
    char out[LOAD_RING * 16];
    struct load_line line[LOAD_RING];
};

struct load_client {
    int fd;
    bool joined;
    uint32_t rest_bytes; /**< of a line whose end is still to come */
    char rest[LOAD_REST_BYTES];
};

/** What went wrong with lines. */
struct load_faults {
    uint64_t lost;
    uint64_t told; /**< that its reader was told were lost: "you missed N messages" */
    uint64_t repeated;
    uint64_t corrupt;
};

struct load {
    const struct protocol *protocol;
    struct sockaddr_in server;
    struct in_addr from; /**< the first client's own address; 0.0.0.0: the system chooses */
    pid_t server_pid;    /**< whose CPU and memory count; 0 for none */
    double seconds;      /**< that one scenario is measured for */
    double warm_up_seconds;
    const char *interface; /**< whose frames count; NULL for none */
    bool spin;             /**< poll without ever sleeping */
    bool by_line;          /**< each line is a write of its own */
    uint32_t depth; /**< lines in flight that each sender is to have; 0: sends by the clock */

    int epoll;
    unsigned clients;
    unsigned joined;
    uint64_t alone_kib; /**< the server's memory when the first had connected */
    uint64_t now_ns;
    uint64_t idle_ns;   /**< spent with nothing to do */
    bool idle;          /**< since now_ns */
    uint64_t heard_ns;  /**< when anything was received last */
    uint64_t delivered; /**< lines */
    uint64_t writes;    /**< calls that sent lines */
    uint64_t equal_ns;  /**< what the last `equal` lines took, which are not in the histogram yet */
    uint64_t equal;
    uint32_t text_bytes; /**< of a line, without its end */
    uint32_t mask;       /**< of the places in a ring that are used, less one */
    unsigned senders;
    unsigned people; /**< in the room */
    unsigned dirty[LOAD_SENDERS];
    unsigned dirty_count;
    struct load_faults faults;
    struct histogram histogram;
    struct load_sender sender[LOAD_SENDERS];
    struct load_client client[LOAD_CLIENTS];
    uint32_t next[LOAD_CLIENTS][LOAD_SENDERS]; /**< the line of each sender that is to come next */
    char buffer[LOAD_REST_BYTES + LOAD_RECEIVE_BYTES];
};

/** One scenario with one line size. */
struct load_cell {
    char scenario;    /**< A, B, C, D, E, O or I */
    uint32_t depth;   /**< D, E: lines in flight of each sender */
    uint32_t senders; /**< D, E: who send */
    uint32_t bytes;   /**< of a line, its end counted */
};

/** Says why on standard error and ends the program. */
_Noreturn void load_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** @return the time, in ns. */
uint64_t load_clock_ns(void);

/* --- client.c --------------------------------------------------------------- */

/** Connects `load->clients` clients and waits until all are in. */
void client_join_all(struct load *load);

/** Sends those from number `first` on out of the room. */
void client_leave(struct load *load, unsigned first);

/**
 * Waits for `timeout_ns` at most and takes what has arrived.
 * @return true when there was something.
 */
bool client_pump(struct load *load, uint64_t timeout_ns);

/** Takes what arrives until there was nothing for `quiet_ns`. */
void client_settle(struct load *load, uint64_t quiet_ns);

/** Has the system send what is written at once, or (`at_once` false) gather it, as Nagle has it. */
void client_send_at_once(const struct load *load, bool at_once);

/** Sends a line. @return false when too many of `sender` are under way. */
bool client_say(struct load *load, unsigned sender, uint64_t sent_ns);

/** Sends as many lines as `sender` may have in flight: in one write, or in one each. */
void client_fill(struct load *load, unsigned sender);

/* --- scenario.c ------------------------------------------------------------- */

/** Runs one scenario and prints its figures as one line of JSON. @return false when it stalled. */
bool scenario_run(struct load *load, struct load_cell cell);

#endif

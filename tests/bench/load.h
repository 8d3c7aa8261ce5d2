/**
 * @file
 * The load generator: many clients in one thread, which send lines and check
 * every line that they receive.
 *
 * A line contains its sender and number, so that each receiver can check its
 * text, detect missing lines, and find the time at which it was sent:
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
#include <stdio.h>
#include <sys/types.h>

enum {
    LOAD_CLIENTS = 4096,
    LOAD_SENDERS = 64,
    LOAD_DEPTH = 512,             /**< lines in flight of one sender in D and E */
    LOAD_LINE_BYTES = 512,        /**< including the line end */
    LOAD_RING = 1024,             /**< maximum of lines of one sender in flight */
    LOAD_REST_BYTES = 128 * 1024, /**< ncat greets with a list of everybody in one line */
    LOAD_RECEIVE_BYTES = 256 * 1024
};

/** A line that was sent. */
struct load_line {
    uint64_t sent_ns;
    uint32_t left; /**< clients that have not received it yet */
    char text[LOAD_LINE_BYTES];
};

struct load_sender {
    uint32_t sent;    /**< lines */
    uint32_t done;    /**< of these, received by all */
    bool dirty;       /**< listed in load.dirty: it may have to send */
    bool blocked;     /**< the socket did not accept everything */
    uint32_t pending; /**< bytes in `out` */
    char out[LOAD_RING * 16];
    struct load_line line[LOAD_RING];
};

struct load_client {
    int fd;
    bool joined;
    uint32_t rest_bytes; /**< of an incomplete line */
    char rest[LOAD_REST_BYTES];
};

/** Counts of delivery errors. */
struct load_faults {
    uint64_t lost;
    uint64_t told; /**< reported to the reader as lost: "you missed N messages" */
    uint64_t repeated;
    uint64_t corrupt;
};

struct load {
    const struct protocol *protocol;
    struct sockaddr_in server;
    struct in_addr from; /**< the first client's address; 0.0.0.0: the system chooses */
    pid_t server_pid;    /**< the process whose CPU time and memory are measured; 0: none */
    double seconds;      /**< duration of a measurement */
    double warm_up_seconds;
    const char *interface; /**< the interface whose frames are counted; NULL: none */
    bool spin;             /**< poll without ever sleeping */
    FILE *deliveries;      /**< of a measurement, each line is noted here; NULL: nowhere */
    bool by_line;          /**< each line is a separate write */
    uint32_t depth;        /**< lines that each sender keeps in flight; 0: it sends by the clock */

    int epoll;
    unsigned clients;
    unsigned joined;
    uint64_t alone_kib; /**< the server's memory after the first client connected */
    uint64_t now_ns;
    uint64_t idle_ns;   /**< spent with nothing to do */
    bool idle;          /**< since `now_ns` */
    uint64_t heard_ns;  /**< when anything was last received */
    uint64_t delivered; /**< lines */
    uint64_t writes;    /**< calls that sent lines */
    uint64_t equal_ns;  /**< latency of the last `equal` lines, not yet in the histogram */
    uint64_t equal;
    uint32_t text_bytes; /**< of a line, without the line end */
    uint32_t mask;       /**< used places of a ring, minus one */
    unsigned senders;
    unsigned people; /**< in the room */
    unsigned dirty[LOAD_SENDERS];
    unsigned dirty_count;
    struct load_faults faults;
    struct histogram histogram;
    bool measures; /**< after the warm-up, until the measurement ends */
    struct load_sender sender[LOAD_SENDERS];
    struct load_client client[LOAD_CLIENTS];
    uint32_t next[LOAD_CLIENTS][LOAD_SENDERS]; /**< the next line expected from each sender */
    char buffer[LOAD_REST_BYTES + LOAD_RECEIVE_BYTES];
};

/** One scenario with one line size. */
struct load_cell {
    char scenario;    /**< A, B, C, D, E, O or I */
    uint32_t depth;   /**< D, E: lines in flight of each sender */
    uint32_t senders; /**< D, E: number of senders */
    uint32_t bytes;   /**< of a line, including the line end */
};

/** Prints the reason on standard error and ends the program. */
_Noreturn void load_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** @return the time, in ns. */
uint64_t load_clock_ns(void);

/* --- client.c --------------------------------------------------------------- */

/** Connects `load->clients` clients and waits until all have joined. */
void client_join_all(struct load *load);

/** Makes the clients from number `first` on leave the room. */
void client_leave(struct load *load, unsigned first);

/**
 * Waits for at most `timeout_ns` and processes what has arrived.
 * @return true if there was something.
 */
bool client_pump(struct load *load, uint64_t timeout_ns);

/** Processes what arrives until there is nothing for `quiet_ns`. */
void client_settle(struct load *load, uint64_t quiet_ns);

/** Turns Nagle's algorithm off (`at_once`) or on for all clients. */
void client_send_at_once(const struct load *load, bool at_once);

/** Sends a line. @return false if too many of `sender` are in flight. */
bool client_say(struct load *load, unsigned sender, uint64_t sent_ns);

/** Sends as many lines as `sender` may have in flight: in one write, or in one write each. */
void client_fill(struct load *load, unsigned sender);

/* --- scenario.c ------------------------------------------------------------- */

/** Runs one scenario and prints its figures as one line of JSON. @return false if it stalled. */
bool scenario_run(struct load *load, struct load_cell cell);

#endif

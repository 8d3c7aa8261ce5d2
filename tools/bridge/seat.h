/**
 * @file
 * The bridge's seat in a room of a server: one connection in the JSON dialect
 * (src/dialect/README.md). What is said there goes to the broker, and what the store
 * has heard from the broker is said there.
 *
 *     DOWN -> RESOLVING -> CONNECTING -> GREETING -> ASKING -> RESUMING -> LIVE
 *                                         hello       is it     reads       says, too
 *                                                     allowed?  what it
 *                                                               missed
 */
#ifndef BRIDGE_SEAT_H
#define BRIDGE_SEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwchat_config.h"
#include "store.h"

enum { SEAT_IN_BYTES = 65536, SEAT_OUT_BYTES = 65536 };

struct bridge;
struct lookup;
struct options_address;
struct pollfd;

enum seat_state {
    SEAT_DOWN,
    SEAT_RESOLVING,
    SEAT_CONNECTING,
    SEAT_GREETING, /**< connected; waits for the greeting, or the question for the password, and
                      hello */
    SEAT_ASKING,   /**< waits until the server's operator lets it be a bridge */
    SEAT_RESUMING, /**< reads what was said since it was last there */
    SEAT_LIVE
};

/** Something said here, on its way to the broker. */
struct seat_outgoing {
    struct seat_outgoing *next;
    char server[LWCHAT_NICK_BYTES + 1]; /**< its name then */
    uint64_t start, seq, count;
    uint64_t time_s; /**< when the last was said that had been read then */
    uint64_t missed; /**< messages whose loss it reports */
    bool confirmed;  /**< it has come back from the broker, or need not */
    size_t bytes;    /**< 0: it is the bridge's own */
    char payload[];
};

struct seat {
    struct bridge *bridge;
    const struct options_address *server;
    const char *room;
    struct store_position *position;
    enum seat_state state;
    struct lookup *lookup; /**< RESOLVING: of its address */
    int socket;
    uint64_t now_ms;
    uint64_t next_ms;                   /**< when something is due: to connect, to ping */
    uint64_t heard_ms;                  /**< when it last heard from the server */
    uint64_t wait_ms;                   /**< before the next attempt */
    unsigned attempts;                  /**< addresses of the server that were tried */
    bool complained;                    /**< about what keeps it from being live */
    bool in_room;                       /**< the server has said that it is in `room` */
    char nick[LWCHAT_NICK_BYTES + 1];   /**< what the server calls it */
    char hinted[LWCHAT_NICK_BYTES + 1]; /**< the nick that the operator was told to let speak */
    bool sent_password, requested_json; /**< GREETING */

    char name[LWCHAT_NICK_BYTES + 1]; /**< the server's; "" until it is known */
    uint64_t start;                   /**< its run */

    uint64_t read_start, read_seq; /**< what was last read */
    uint64_t read_time_s;          /**< when that was said */
    uint64_t passed_s;             /**< RESUMING: what was said before was read in another run */
    uint64_t count;                /**< messages of that run */
    bool first_join;               /**< it was never here: what is old is passed over */
    uint64_t told_before;          /**< of its position, not read again yet */
    struct seat_outgoing *outbox, **outbox_end;
    struct seat_outgoing *outbox_last;
    struct seat_outgoing *unsent; /**< the first of `outbox` that the broker was not sent */
    unsigned outbox_count;
    uint64_t returned_ms; /**< when the last came back, or the first was sent */
    bool withheld;        /**< all but the first are, until that comes back */

    uint64_t sent;      /**< next message to send */
    unsigned in_flight; /**< sent and not read back */
    unsigned ping;      /**< number of the last ping */
    bool pinged;        /**< it is not answered yet */
    uint64_t pinged_at; /**< `sent` when it was sent */

    size_t in_bytes, out_bytes;
    char in[SEAT_IN_BYTES];
    char out[SEAT_OUT_BYTES];
};

void seat_open(struct seat *seat, struct bridge *bridge, const struct options_address *server,
               const char *room);

/** Connects, pings, and gives up on a server that is silent. @return ms until it is due again. */
uint64_t seat_tick(struct seat *seat, uint64_t now_ms);

/** Says what it has to poll. */
void seat_poll(const struct seat *seat, struct pollfd *poll);

/** Reads what the server has sent. `events` are poll()'s, and `now_ms` is the time after it. */
void seat_read(struct seat *seat, int events, uint64_t now_ms);

/** Sends what is to be said. */
void seat_write(struct seat *seat);

/** Sends the broker what it has not been sent. @return false if the broker takes no more. */
bool seat_publish(struct seat *seat);

/** The broker has sent back a message, perhaps one of this seat's. */
void seat_came_back(struct seat *seat, const struct store_message *message);

/** The connection to the broker was lost: what has not come back is sent again. */
void seat_publish_again(struct seat *seat);

/** Leaves the server. It sends the rest of what was said before, and closes the connection. */
void seat_leave(struct seat *seat);

/** True while the broker lacks something, or something that was said is not read back. */
bool seat_is_busy(const struct seat *seat);

void seat_close(struct seat *seat);

#endif

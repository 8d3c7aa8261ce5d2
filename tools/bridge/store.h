/**
 * @file
 * What the bridge must not forget: how far it has read each server, what it has
 * heard through the broker, and how far it has said that on each server. All of it
 * is in one journal. It does no other I/O.
 *
 *                  cursor of           cursor of
 *                  Marcel #lobby       Lucas #lobby
 *                     v                   v
 *     ... (gone)   | m | m | m | m | m | m | m |
 *                  base                         next
 *
 * A message is stored once, for all servers, until each has passed it.
 */
#ifndef BRIDGE_STORE_H
#define BRIDGE_STORE_H

#include "journal.h"

#include <stdint.h>

#include "lwchat_config.h"

enum { STORE_ID_BYTES = 16, STORE_NAME_BYTES = 160, STORE_MESSAGES = 100000, STORE_SEEN = 8192 };

enum store_kind {
    STORE_MESSAGE = 'm',
    STORE_NOTICE = 'n', /**< the bridge's own words */
    STORE_ACTION = 'a',
    STORE_PRESENCE = 'p', /**< said as an action, and not counted */
    STORE_STARTED = 's',  /**< the server has started */
    STORE_MISSED = 'l'    /**< messages are lost up to `count` */
};

/** What was said on a server, or happened to it. */
struct store_message {
    enum store_kind kind;
    const char *room;   /**< with its # */
    const char *server; /**< its name */
    uint64_t start;     /**< its run */
    uint64_t seq;       /**< in that run; only grows */
    uint64_t count;     /**< messages in that room in that run, this one and lost ones included */
    const char *from;
    const char *text;
    const char *to; /**< the only server it is for, HOST:PORT; "": all but `server` */
};

/** A server's room, in both directions. Set `changed` after modifying it. */
struct store_position {
    char at[STORE_NAME_BYTES]; /**< the server, HOST:PORT */
    char room[STORE_NAME_BYTES];
    char name[LWCHAT_NICK_BYTES + 1]; /**< the server's; "" until it is known */
    char former_name[LWCHAT_NICK_BYTES + 1];
    uint64_t start;  /**< the broker has what was said there in this run, */
    uint64_t seq;    /**< up to this number; */
    uint64_t count;  /**< so many messages; */
    uint64_t time_s; /**< when the last of them was said */
    uint64_t cursor; /**< next message to say there; those before it are said, */
    uint64_t echo;   /**< the last as this number of the run `echo_start` */
    uint64_t echo_start;
    uint64_t lost; /**< messages for it that did not fit, not yet reported there */
    uint64_t told; /**< messages that its log has lost since `seq`, reported there */
    bool used;     /**< the bridge joins it */
    bool changed;
    bool pushed; /**< the store was full, and has moved `cursor` */
};

struct store_seen {
    char room[STORE_NAME_BYTES], server[STORE_NAME_BYTES];
    uint64_t start, seq, count;
};

struct store {
    struct journal journal;
    char id[STORE_ID_BYTES + 1]; /**< of this bridge, for the broker */
    struct store_message **messages;
    size_t capacity;     /**< size of `messages` */
    uint64_t base, next; /**< messages[0] is `base` */
    struct store_position **positions;
    size_t positions_count;
    struct store_seen *seen; /**< STORE_SEEN at most, the oldest first */
    size_t seen_count;
    bool heard; /**< messages were added that are not yet on the disk */
};

/** @return NULL, or why the file cannot be used. `torn` as for journal_open(). */
const char *store_open(struct store *store, const char *path, size_t *torn);

/** The position of a server's room, to be used from now on. It remains the store's. */
struct store_position *store_position(struct store *store, const char *at, const char *room);

/**
 * Adds what came from the broker, unless it came before, and a notice of what should have come
 * before it.
 * @return false if it came before.
 */
bool store_hear(struct store *store, const struct store_message *message);

/**
 * True for the nick of a person whose messages are carried. Nobody is carried whose nick looks like
 * the one under which the bridge's own sentences are said.
 */
bool store_is_person(const char *nick, size_t bytes);

/** Adds a sentence of the bridge about the messages of `server`. `to` as in a message. */
void store_tell(struct store *store, const char *room, const char *server, const char *to,
                const char *text);

/** Sets the server's name, which may be another than the last time. */
void store_name(struct store_position *position, const char *name);

/** True if a message is to be said at that position. */
bool store_is_for(const struct store_position *position, const struct store_message *message);

/** The message with that number, from `base` on; NULL: not yet. */
const struct store_message *store_at(const struct store *store, uint64_t number);

/** Writes what has changed; what was heard is then on the disk. @return false, with errno. */
bool store_commit(struct store *store);

void store_close(struct store *store);

#endif

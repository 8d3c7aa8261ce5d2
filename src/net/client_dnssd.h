/**
 * @file
 * One-shot multicast DNS: the questions, and what the answers say of hosts (RFC 6762, section 5.1)
 * and of chat servers (RFC 6763). It sends and receives nothing: see sock_ask().
 *
 * Anybody on the link can answer, and can send anything. An answer that is torn, or whose names do
 * not end, is used up to there.
 */
#ifndef LWCHAT_CLIENT_DNSSD_H
#define LWCHAT_CLIENT_DNSSD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lwchat_address.h"

enum {
    DNSSD_NAME_BYTES = 255,                           /**< of a name at most (RFC 1035, 2.3.4) */
    DNSSD_QUESTION_BYTES = 12 + DNSSD_NAME_BYTES + 4, /**< of a packet with a question at most */
    DNSSD_ANSWER_BYTES = 1500,                        /**< of a packet with answers */
    DNSSD_SERVERS = 32,                               /**< servers at once; more are left out */
    DNSSD_SHOWN_BYTES = 48 /**< of a server's name; the rest is cut off */
};

/** Record types. */
enum dnssd_type { DNSSD_A = 1, DNSSD_PTR = 12, DNSSD_TXT = 16, DNSSD_AAAA = 28, DNSSD_SRV = 33 };

/** A domain name as packets have it, but not compressed: labels after their lengths, the last
 * empty. */
struct dnssd_name {
    uint8_t bytes; /**< 0: not known */
    uint8_t text[DNSSD_NAME_BYTES];
};

/** A server, as far as it is known. */
struct dnssd_server {
    struct lwchat_address from; /**< who answered */
    struct dnssd_name instance;
    struct dnssd_name host;
    struct lwchat_address address; /**< the best: see dnssd_find_address(); 0: not known */
    uint16_t port;
    uint16_t people;
    bool described; /**< its TXT record is known */
    bool counted;   /**< and has `people` */
    uint8_t shown_bytes;
    char shown[DNSSD_SHOWN_BYTES]; /**< its name, as clean text */
};

struct dnssd_found {
    unsigned count;
    struct dnssd_server server[DNSSD_SERVERS];
};

/** True for a name that only multicast DNS resolves: it ends in ".local" (RFC 6762, section 3). */
bool dnssd_is_local(const char *host);

/** Reads a host's name, with dots. @return false when it is not one. */
bool dnssd_read_host(struct dnssd_name *name, const char *host);

/**
 * Writes a question to `packet`, DNSSD_QUESTION_BYTES long.
 * @param id    a random number, by which answers are recognised
 * @param name  NULL: asks for servers
 * @return its length.
 */
size_t dnssd_ask(uint8_t *packet, uint16_t id, const struct dnssd_name *name, enum dnssd_type type);

/**
 * Finds a host's address in an answer: an IPv4 one if it has any, and a link-local one only if it
 * has no other.
 * @return false when it has none.
 */
bool dnssd_find_address(const uint8_t *packet, size_t bytes, uint16_t id,
                        const struct dnssd_name *host, struct lwchat_address *address);

/**
 * Adds what an answer says of servers. Servers on several links may have the same name: who
 * answered distinguishes them.
 */
void dnssd_take(struct dnssd_found *found, const uint8_t *packet, size_t bytes, uint16_t id,
                struct lwchat_address from);

/**
 * What to ask about a server that is not fully known.
 * @param round  a number that rises each time
 * @return the name to ask about, or NULL if nothing is missing.
 */
const struct dnssd_name *dnssd_missing(const struct dnssd_server *server, unsigned round,
                                       enum dnssd_type *type);

/** Removes servers that cannot be joined, and repetitions; sorts the rest by name. */
void dnssd_settle(struct dnssd_found *found);

#endif

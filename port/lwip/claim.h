/**
 * @file
 * A claim to an IPv4 address (RFC 5227): asked for with ARP before it is used,
 * and defended afterwards. No I/O and no clock: packets and the time come in,
 * and it says what is to be sent.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLAIM_MAC_BYTES = 6, CLAIM_ARP_BYTES = 28 };

enum claim_state {
    CLAIM_NONE,    /**< no address is claimed */
    CLAIM_PROBING, /**< it is asked whether somebody has it */
    CLAIM_TAKEN,   /**< somebody has: `other` */
    CLAIM_OURS     /**< it is used */
};

/** What a packet that came means. */
enum claim_news {
    CLAIM_QUIET,   /**< nothing */
    CLAIM_REFUSED, /**< somebody has the address that was asked for */
    CLAIM_CONTEST, /**< somebody uses our address: announce it once */
    CLAIM_LOST,    /**< and goes on using it: one of the two has to give way */
    CLAIM_TWIN     /**< somebody has our MAC */
};

struct claim {
    const uint8_t *mac;    /**< our own */
    uint32_t address;      /**< in network order */
    uint32_t spoke_ms;     /**< when it was last asked for, or announced */
    uint32_t contested_ms; /**< when somebody last used our address */
    uint8_t state;         /**< enum claim_state */
    uint8_t probes;        /**< sent so far */
    bool contested;
    uint8_t other[CLAIM_MAC_BYTES]; /**< who has it or uses it, too */
};

/** Begins to ask for `address`: in 250 ms it is ours, or it was taken. */
void claim_probe(struct claim *claim, uint32_t address);

/** Takes `address`, which is being announced, without asking. 0 for none. */
void claim_take(struct claim *claim, uint32_t address, uint32_t now_ms);

/** Call it with each ARP packet, for IPv4 over Ethernet, that came. */
enum claim_news claim_hear(struct claim *claim, const uint8_t packet[CLAIM_ARP_BYTES],
                           uint32_t now_ms);

/**
 * Call it when claim_due() says so.
 * @return true when something is to be sent: a probe while it is still
 *         CLAIM_PROBING, and else, once it is used, that it is ours.
 */
bool claim_turn(struct claim *claim, uint32_t now_ms);

/** Milliseconds until claim_turn() has something to do; UINT32_MAX for never. */
uint32_t claim_due(const struct claim *claim, uint32_t now_ms);

#endif

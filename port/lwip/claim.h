/**
 * @file
 * A claim to an IPv4 address (RFC 5227): probed with ARP before it is used, and
 * defended afterwards. No I/O and no clock: the caller passes packets and the time
 * in, and is told what to send.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLAIM_MAC_BYTES = 6, CLAIM_ARP_BYTES = 28 };

enum claim_state {
    CLAIM_NONE,    /**< no address is claimed */
    CLAIM_PROBING, /**< the address is being probed */
    CLAIM_TAKEN,   /**< station `other` has the address */
    CLAIM_OURS     /**< the address is in use by us */
};

/** The meaning of a received packet. */
enum claim_news {
    CLAIM_QUIET,   /**< nothing */
    CLAIM_REFUSED, /**< another station has the address that was probed */
    CLAIM_CONTEST, /**< another station uses our address: announce it once */
    CLAIM_LOST,    /**< it keeps using our address: one of the two has to give way */
    CLAIM_TWIN     /**< another station has our MAC */
};

struct claim {
    const uint8_t *mac;    /**< our own */
    uint32_t address;      /**< in network order */
    uint32_t spoke_ms;     /**< when the address was last probed or announced */
    uint32_t contested_ms; /**< when we last defended our address */
    uint8_t state;         /**< enum claim_state */
    uint8_t probes;        /**< sent so far */
    bool contested;
    uint8_t other[CLAIM_MAC_BYTES]; /**< the MAC of the other station with this address */
    bool local : 1;                 /**< the address is link-local */
    bool limited : 1;               /**< there were many conflicts: the first probe is delayed */
    bool again : 1;                 /**< it is to be announced a second time */
};

/**
 * Starts probing for `address`: 250 ms later it is CLAIM_OURS or CLAIM_TAKEN. While claim_turn() is
 * called late, it probes up to eight times.
 */
void claim_probe(struct claim *claim, uint32_t address);

/**
 * The same for a link-local address, at the pace of RFC 3927, section 9: three probes, 4 to 7 s in
 * all, 60 s more if `limited`, and a second announcement 2 s after the first. With LWCHAT_MDNS
 * only.
 */
void claim_probe_local(struct claim *claim, uint32_t address, uint32_t now_ms, bool limited);

/** Takes `address`, which the caller announces, without probing. 0 for none. */
void claim_take(struct claim *claim, uint32_t address, uint32_t now_ms);

/** Call it with each received ARP packet for IPv4 over Ethernet. */
enum claim_news claim_hear(struct claim *claim, const uint8_t packet[CLAIM_ARP_BYTES],
                           uint32_t now_ms);

/**
 * Call it when claim_due() has elapsed.
 * @return true when the caller must act: send a probe if the state is still
 *         CLAIM_PROBING, otherwise use the address and announce it, or announce it again.
 */
bool claim_turn(struct claim *claim, uint32_t now_ms);

/** Whether claim_turn() has work to do, now or later. */
bool claim_is_busy(const struct claim *claim);

/** Milliseconds until claim_turn() has work to do; UINT32_MAX for never. */
uint32_t claim_due(const struct claim *claim, uint32_t now_ms);

#endif

/**
 * @file
 * A claim to an IPv4 address (RFC 5227): asked for with ARP before it is used,
 * and defended afterwards. No I/O and no clock: frames and the time come in,
 * and it says what is to be sent.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLAIM_MAC_BYTES = 6, CLAIM_FRAME_BYTES = 60 };

enum claim_state {
    CLAIM_NONE,    /**< no address is claimed */
    CLAIM_PROBING, /**< it is asked whether somebody has it */
    CLAIM_TAKEN,   /**< somebody has: `other` */
    CLAIM_OURS     /**< it is used */
};

/** What a frame that came means. */
enum claim_news {
    CLAIM_QUIET,   /**< nothing */
    CLAIM_REFUSED, /**< somebody has the address that was asked for */
    CLAIM_CONTEST, /**< somebody uses our address: send claim_frame() once */
    CLAIM_LOST     /**< and goes on using it: one of the two has to give way */
};

struct claim {
    enum claim_state state;
    uint32_t address; /**< in network order */
    uint8_t mac[CLAIM_MAC_BYTES];
    uint8_t other[CLAIM_MAC_BYTES]; /**< who has it or uses it, too */
    unsigned probes;                /**< sent so far */
    uint32_t due_ms;                /**< while probing: when claim_turn() has something to do */
    bool contested;
    uint32_t contested_ms; /**< when somebody last used our address */
};

/** Begins to ask for `address`: in 250 ms it is ours, or it was taken. */
void claim_probe(struct claim *claim, uint32_t address, uint32_t now_ms);

/** Takes `address` without asking: somebody else has, such as a DHCP server. 0 for none. */
void claim_take(struct claim *claim, uint32_t address);

/** Call it with each frame that came. */
enum claim_news claim_hear(struct claim *claim, const uint8_t *frame, size_t bytes,
                           uint32_t now_ms);

/** Call it when claim_due() says so. @return true when claim_frame() is to be sent, which may be
 * that it is ours. */
bool claim_turn(struct claim *claim, uint32_t now_ms);

/** Milliseconds until claim_turn() has something to do; UINT32_MAX for never. */
uint32_t claim_due(const struct claim *claim, uint32_t now_ms);

/** Writes an ARP probe while it is asked for, and else an announcement. */
void claim_frame(const struct claim *claim, uint8_t frame[CLAIM_FRAME_BYTES]);

#endif

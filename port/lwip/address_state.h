/**
 * @file
 * What address.c, lease.c and address_words.c share: the state of the
 * interface's address. Private to them.
 */
#ifndef ADDRESS_STATE_H
#define ADDRESS_STATE_H

#include "address.h"
#include "claim.h"
#include "lwip/acd.h"

/** What the loop is still to see to, or to tell. */
enum {
    NEWS_CHANGED = 1,
    NEWS_CONTEST = 2,
    NEWS_LOST = 4,
    NEWS_TWIN = 8,
    NEWS_DECLINED = 16,
    NEWS_REFUSED = 32,
    NEWS_TAKEN = 64
};

struct station {
    struct netif *interface;
    const struct address_port *port;
    struct address_ways ways;

    /* All of this with the core lock. */
    struct claim claim;
    struct acd *lease; /**< what is to be told whether somebody has `leased` */
    struct pbuf *kept; /**< the frame that takes the address away */
    ip4_addr_t leased;
    uint32_t leave_ms; /**< since when those who are connected are being told */
    uint8_t origin;    /**< enum address_origin, of the address that is used */
    uint8_t tried;     /**< of the spare ones, since the default was found taken */
    uint8_t declined;  /**< leases, one after the other */
    volatile uint8_t news;
    bool wanted;   /**< a caller of address_claim() waits */
    bool checking; /**< the claim is for the lease */
    bool moving;   /**< the claim is for a spare one, while the loop goes on */
    bool leaving;

    /* The loop's. */
    bool settled, told, told_twin;
    uint32_t told_ms;
    uint32_t shown_address;   /**< what people know of, in network order */
    uint32_t refused_address; /**< which the operator wanted */
};

extern struct station station;

/** The interface's address now, in network order; 0 for none. */
static inline uint32_t address_now(void)
{
    return netif_ip4_addr(station.interface)->addr;
}

/* --- lease.c: what the DHCP client does, with the core lock -------------- */

/** As struct acd_worker's. */
void lease_check(struct acd *of, ip4_addr_t address);
void lease_forget(const struct acd *of);

/** The lease that was asked for is used, if the DHCP client still wants it. */
void lease_accept(void);

/** Somebody has the lease that was asked for: the DHCP client asks for another one. */
void lease_decline(void);

/** lwIP gets the frame that was kept, if any. @return whether there was one. */
bool lease_let_go(void);

/* --- address_words.c: what is told, without the core lock ---------------- */

/**
 * Somebody has `address`, which was wanted, and perhaps all the spare ones.
 * @param why  gets the sentence, ADDRESS_LINE_BYTES long; NULL: it is told
 */
void tell_taken(uint32_t address, const uint8_t *mac, enum address_origin from, char *why);

/** Somebody has the default: another address is used. */
void tell_passed_over(uint32_t address, const uint8_t *mac);

/** All of `what`, a set of NEWS_... */
void tell_news(unsigned what);

#endif

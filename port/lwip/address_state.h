/**
 * @file
 * The state of the interface's address, private to address.c, lease.c, local.c
 * and address_words.c.
 */
#ifndef ADDRESS_STATE_H
#define ADDRESS_STATE_H

#include "address.h"
#include "claim.h"
#include "lwchat_config.h"
#include "lwip/acd.h"

/** Events that the loop has yet to handle or report. */
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

    /* Guarded by the core lock. */
    struct claim claim;
    struct acd *lease; /**< gets the result of probing `leased` */
    struct pbuf *kept; /**< the frame that takes the lease away */
    ip4_addr_t leased;
    uint32_t leave_ms; /**< since when `leaving` */
    uint8_t origin;    /**< enum address_origin of the address in use */
    uint8_t tried;     /**< spare addresses tried since the default was found taken */
    uint8_t declined;  /**< consecutive leases declined */
    volatile uint8_t news;
    bool wanted;   /**< address_claim() is waiting */
    bool checking; /**< the claim is for the lease */
    bool moving;   /**< the claim is for a spare address, without address_claim() */
    bool leaving;  /**< connected clients are being told that the address changes */
#if LWCHAT_MDNS
    uint32_t asked_ms; /**< since when a DHCP server has not answered, while there is no address */
#endif

    /* Used only by the loop. */
    bool settled, told, told_twin;
    uint32_t told_ms;
    uint32_t shown_address;   /**< the last address reported, in network order */
    uint32_t refused_address; /**< the address that the operator requested */
};

extern struct station station;

/** The interface's address now, in network order; 0 for none. */
static inline uint32_t address_now(void)
{
    return netif_ip4_addr(station.interface)->addr;
}

/* --- local.c: link-local addresses, with the core lock held --------------- */

/** Whether an address is link-local: in 169.254/16. */
bool local_is(const ip4_addr_t *address);

/** Starts to probe the next link-local address. */
void local_try(uint32_t now_ms);

/**
 * Milliseconds until it is time for a link-local address, as there is none and no DHCP server
 * answers; UINT32_MAX for never.
 */
uint32_t local_due(uint32_t now_ms);

/** The address has changed: ARP packets are broadcast from now on, or not. */
void local_broadcasts(void);

/* --- lease.c: the DHCP client, with the core lock held ------------------- */

/** As struct acd_worker's. */
void lease_check(struct acd *of, ip4_addr_t address);
void lease_forget(const struct acd *of);

/** Accepts the probed lease, if the DHCP client is still waiting for the result. */
void lease_accept(void);

/** Declines the probed lease, which is taken: the DHCP client requests another one. */
void lease_decline(void);

/** Passes the kept frame, if any, to lwIP. @return whether there was one. */
bool lease_let_go(void);

/* --- address_words.c: messages, without the core lock -------------------- */

/**
 * Reports that `address` is taken, and for a default all the spare ones too.
 * @param why  buffer of ADDRESS_LINE_BYTES for the message; NULL shows it instead
 */
void tell_taken(uint32_t address, const uint8_t *mac, enum address_origin from, char *why);

/** Reports that the default is taken and which address replaces it. */
void tell_passed_over(uint32_t address, const uint8_t *mac);

/** Reports all of `what`, a set of NEWS_... */
void tell_news(unsigned what);

#endif

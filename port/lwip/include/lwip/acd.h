/**
 * @file
 * Replaces lwIP's header of this name, with the same functions. lwIP probes a
 * leased address for 4 to 7 s; here the port does, in the same way as any other
 * address (address.h).
 */
#ifndef LWIP_HDR_ACD_H
#define LWIP_HDR_ACD_H

#include "lwip/opt.h"

#if LWIP_IPV4 && LWIP_ACD

#include "lwip/etharp.h"
#include "lwip/ip_addr.h"
#include "lwip/netif.h"
#include "lwip/prot/acd.h"

/** lwIP requires a timer, which has no work here: it runs once a day. */
#define ACD_TMR_INTERVAL 86400000UL

typedef void (*acd_conflict_callback_t)(struct netif *netif, acd_callback_enum_t state);

/** A user of address conflict detection: lwIP's DHCP client. */
struct acd {
    acd_conflict_callback_t acd_conflict_callback;
};

/** The implementation. All functions are called with the core lock held. */
struct acd_worker {
    /** An ARP packet for IPv4 over Ethernet was received. */
    void (*hear)(const struct etharp_hdr *packet);
    /** Check whether `address` is taken, and call back `of`, now or later. */
    void (*check)(struct acd *of, ip4_addr_t address);
    /** Cancel the callback of `of`, or all callbacks when it is NULL. */
    void (*forget)(const struct acd *of);
};

/** NULL: leased addresses are used without probing. */
extern const struct acd_worker *acd_worker;

err_t acd_add(struct netif *netif, struct acd *acd, acd_conflict_callback_t callback);
void acd_remove(struct netif *netif, struct acd *acd);
err_t acd_start(struct netif *netif, struct acd *acd, ip4_addr_t address);
err_t acd_stop(struct acd *acd);
void acd_arp_reply(struct netif *netif, struct etharp_hdr *packet);
void acd_tmr(void);
void acd_network_changed_link_down(struct netif *netif);
void acd_netif_ip_addr_changed(struct netif *netif, const ip_addr_t *before, const ip_addr_t *now);

#endif

#endif

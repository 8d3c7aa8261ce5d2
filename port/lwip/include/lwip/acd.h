/**
 * @file
 * In the place of lwIP's header of this name, with its functions. lwIP asks for
 * 4 to 7 s whether somebody has an address that was leased; here the port asks,
 * as it does before it uses any other address: address.h.
 */
#ifndef LWIP_HDR_ACD_H
#define LWIP_HDR_ACD_H

#include "lwip/opt.h"

#if LWIP_IPV4 && LWIP_ACD

#include "lwip/etharp.h"
#include "lwip/ip_addr.h"
#include "lwip/netif.h"
#include "lwip/prot/acd.h"

/** lwIP wants a timer, which has nothing to do here: it comes once a day. */
#define ACD_TMR_INTERVAL 86400000UL

typedef void (*acd_conflict_callback_t)(struct netif *netif, acd_callback_enum_t state);

/** A user of lwIP's, which is its DHCP client. */
struct acd {
    acd_conflict_callback_t acd_conflict_callback;
};

/** What does the work. All is called with the core lock held. */
struct acd_worker {
    /** An ARP packet for IPv4 over Ethernet has come. */
    void (*hear)(const struct etharp_hdr *packet);
    /** `of` is to be told, now or later, whether somebody has `address`. */
    void (*check)(struct acd *of, ip4_addr_t address);
    /** `of` is not to be told any more; NULL: nobody is. */
    void (*forget)(const struct acd *of);
};

/** NULL: what was leased is used without asking. */
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

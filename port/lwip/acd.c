/* Forwards lwIP's address conflict detection to acd_worker. Compiled with lwIP's files. */
#include "lwip/acd.h"

#if LWIP_IPV4 && LWIP_ACD

const struct acd_worker *acd_worker;

err_t acd_add(struct netif *netif, struct acd *acd, acd_conflict_callback_t callback)
{
    (void)netif;
    acd->acd_conflict_callback = callback;
    return ERR_OK;
}

void acd_remove(struct netif *netif, struct acd *acd)
{
    (void)netif;
    (void)acd_stop(acd);
}

err_t acd_start(struct netif *netif, struct acd *acd, ip4_addr_t address)
{
    if (acd_worker != NULL) {
        acd_worker->check(acd, address);
    } else {
        acd->acd_conflict_callback(netif, ACD_IP_OK);
    }
    return ERR_OK;
}

err_t acd_stop(struct acd *acd)
{
    if (acd_worker != NULL) {
        acd_worker->forget(acd);
    }
    return ERR_OK;
}

void acd_arp_reply(struct netif *netif, struct etharp_hdr *packet)
{
    (void)netif;
    if (acd_worker != NULL) {
        acd_worker->hear(packet);
    }
}

void acd_tmr(void)
{
}

void acd_network_changed_link_down(struct netif *netif)
{
    (void)netif;
    (void)acd_stop(NULL);
}

void acd_netif_ip_addr_changed(struct netif *netif, const ip_addr_t *before, const ip_addr_t *now)
{
    (void)netif;
    (void)before;
    (void)now;
}

#endif

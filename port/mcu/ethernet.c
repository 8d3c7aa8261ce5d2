#include "ethernet.h"
#include "address.h"
#include "board.h"
#include "entropy.h"
#include "os.h"

#include "lwip/etharp.h"
#include "lwip/stats.h"
#include "lwip/tcpip.h"
#include "netif/ethernet.h"

#include <string.h>

/* Bytes of the shortest frame, including lwIP's padding but not the FCS. */
#define SHORTEST (60 + ETH_PAD_SIZE)

_Static_assert(PBUF_POOL_BUFSIZE >= SHORTEST, "lwipopts.h: one buffer must hold a short frame");

uint16_t ethernet_low_water;

/*
 * While half of the heap is free, a connection is writable with one write in
 * flight. Otherwise it is writable only once that is acknowledged, so that a
 * stalled reader holds no more than one write. The second write keeps a busy
 * chat fast: a peer delays the acknowledgement of a single segment by 40 ms, but
 * acknowledges two at once.
 */
static void set_low_water(void)
{
    bool ample = lwip_stats.mem.used < MEM_SIZE / 2;

    ethernet_low_water = (uint16_t)(TCP_SND_BUF - 1 - (ample ? LWCHAT_SEND_BYTES : 0));
}

/* lwIP reads the headers of a short frame without checking its length. */
static void pad(struct pbuf *frame)
{
    if (frame->tot_len < SHORTEST) {
        memset((uint8_t *)frame->payload + frame->len, 0, SHORTEST - frame->len);
        frame->len = SHORTEST;
        frame->tot_len = SHORTEST;
    }
}

static void give(struct pbuf *frame, struct netif *netif)
{
    pad(frame);
    if (address_keeps(frame)) {
        return;
    }
    if (netif->input(frame, netif) != ERR_OK) {
        (void)pbuf_free(frame);
    }
    set_low_water();
}

unsigned ethernet_feed(struct netif *netif)
{
    struct pbuf *frame;
    unsigned count = 0;

    LOCK_TCPIP_CORE();
    while (count < ETHERNET_BATCH && (frame = board_ethernet_receive()) != NULL) {
        count++;
        give(frame, netif);
    }
    UNLOCK_TCPIP_CORE();
    if (count != 0) {
        port_wake();
    }
    return count;
}

static err_t output(struct netif *netif, struct pbuf *frame)
{
    (void)netif;
    set_low_water();
    return board_ethernet_send(frame) ? ERR_OK : ERR_IF;
}

err_t ethernet_init(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->output = etharp_output;
    netif->linkoutput = output;
    netif->mtu = 1500;
    netif->hwaddr_len = ETH_HWADDR_LEN;
    netif->flags =
        NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
#if LWCHAT_MDNS
    netif->flags |= NETIF_FLAG_IGMP; /* board_ethernet_start() lets all multicast pass */
#endif
    board_ethernet_start(netif->hwaddr);
    for (unsigned at = 0; at < ETH_HWADDR_LEN; at++) {
        entropy_stir(netif->hwaddr[at]);
    }
    return os_start_frames(netif);
}

#include "ethernet.h"
#include "address.h"
#include "board.h"
#include "entropy.h"
#include "incoming.h"
#include "os.h"

#include "lwip/etharp.h"
#include "lwip/memp.h"
#include "lwip/stats.h"
#include "lwip/tcp.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcpip.h"
#include "netif/ethernet.h"

#include <string.h>

/*
 * Buffers that payload may not use. Unread bytes stay in PBUF_POOL; without this
 * reserve they would leave no buffer for the acknowledgements that free send
 * memory of other connections.
 */
#define RESERVE 4
/* With fewer buffers free, connections that already have unread bytes get no more payload. */
#define SCARCE (PBUF_POOL_SIZE / 2)

/* With more buffers than this in use, closed connections may keep none: port_reading_is_short(). */
#define SHORT (PBUF_POOL_SIZE / 4)

/* The buffers that one connection's window takes in full segments. */
#define SEGMENT_BUFFERS(bytes)                                                                     \
    ((SIZEOF_ETH_HDR + IP_HLEN + TCP_HLEN + (bytes) + PBUF_POOL_BUFSIZE - 1) / PBUF_POOL_BUFSIZE)
#define WINDOW_BUFFERS                                                                             \
    (TCP_WND / TCP_MSS * SEGMENT_BUFFERS(TCP_MSS) +                                                \
     (TCP_WND % TCP_MSS != 0) * SEGMENT_BUFFERS(TCP_WND % TCP_MSS))

_Static_assert(WINDOW_BUFFERS < SHORT, "lwipopts.h: what a peer that is gone has sent must fit");

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

static unsigned buffers_free(void)
{
    const struct stats_mem *pool = lwip_stats.memp[MEMP_PBUF_POOL];
    return (unsigned)(pool->avail - pool->used);
}

bool ethernet_is_short(void)
{
    return PBUF_POOL_SIZE - buffers_free() > SHORT;
}

/* The connection whose payload is to be refused; NULL when the frame may pass unchanged. */
static struct tcp_pcb *to_refuse(const struct pbuf *frame)
{
    unsigned left = buffers_free();
    const struct tcp_hdr *tcp;

    if (left >= SCARCE) {
        return NULL;
    }
    struct tcp_pcb *pcb = incoming_find(frame, &tcp);
    bool holds_some = pcb != NULL && pcb->rcv_wnd < TCP_WND;
    return left < RESERVE || holds_some ? pcb : NULL;
}

static bool is_active(const struct tcp_pcb *wanted)
{
    const struct tcp_pcb *pcb = tcp_active_pcbs;

    while (pcb != NULL && pcb != wanted) {
        pcb = pcb->next;
    }
    return pcb != NULL;
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

/*
 * Passes a frame to lwIP. When there is no room for its payload, the window is
 * closed for that frame: lwIP still processes the acknowledgement, which frees
 * send memory, and the peer retransmits the payload.
 */
static void give(struct pbuf *frame, struct netif *netif)
{
    pad(frame);
    if (address_keeps(frame)) {
        return;
    }
    struct tcp_pcb *refused = to_refuse(frame);
    tcpwnd_size_t window = 0;

    if (refused != NULL) {
        window = refused->rcv_wnd;
        refused->rcv_wnd = 0;
    }
    if (netif->input(frame, netif) != ERR_OK) {
        (void)pbuf_free(frame);
    }
    if (refused != NULL && is_active(refused)) {
        refused->rcv_wnd = window;
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

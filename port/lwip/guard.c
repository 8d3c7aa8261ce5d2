#include "guard.h"
#include "incoming.h"

#include "lwip/memp.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/ethernet.h"
#include "lwip/stats.h"
#include "netif/ethernet.h"

_Static_assert(LWIP_STATS != 0 && MEMP_STATS != 0 && !MEMP_MEM_MALLOC,
               "lwipopts.h: the guard counts buffers: MEMP_STATS must be 1, MEMP_MEM_MALLOC 0");
_Static_assert(!(LWIP_IPV4 && IP_REASSEMBLY),
               "lwipopts.h: IP_REASSEMBLY must be 0: the pieces of a packet pass by the guard");
_Static_assert(!(LWIP_IPV6 && LWIP_IPV6_REASS),
               "lwipopts.h: LWIP_IPV6_REASS must be 0: the pieces of a packet pass by the guard");

/*
 * Buffers that payload may not use. Unread bytes stay in PBUF_POOL; without this
 * reserve they would leave no buffer for the acknowledgements that free send
 * memory of other connections.
 */
#define RESERVE 4
/* With fewer buffers free, connections that already have unread bytes get no more payload. */
#define SCARCE (PBUF_POOL_SIZE / 2)
/*
 * With fewer, the others get it only in frames of one buffer: full segments of a few peers would
 * use up the rest. Above, they may pass, or pastes would wait behind everybody's single lines.
 */
#define SCARCER (PBUF_POOL_SIZE / 4)

/* With more buffers than this in use, closed connections may keep none: port_reading_is_short(). */
#define SHORT (PBUF_POOL_SIZE / 4)

/* The buffers that one connection's window takes in full segments. */
#define SEGMENT_BUFFERS(bytes)                                                                     \
    ((SIZEOF_ETH_HDR + IP_HLEN + TCP_HLEN + (bytes) + PBUF_POOL_BUFSIZE - 1) / PBUF_POOL_BUFSIZE)
#define WINDOW_BUFFERS                                                                             \
    (TCP_WND / TCP_MSS * SEGMENT_BUFFERS(TCP_MSS) +                                                \
     (TCP_WND % TCP_MSS != 0) * SEGMENT_BUFFERS(TCP_WND % TCP_MSS))

_Static_assert(WINDOW_BUFFERS < SHORT, "lwipopts.h: what a peer that is gone has sent must fit");

static unsigned buffers_free(void)
{
    const struct stats_mem *pool = lwip_stats.memp[MEMP_PBUF_POOL];
    return (unsigned)(pool->avail - pool->used);
}

bool guard_is_short(void)
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
    if (left < RESERVE || (left < SCARCER && frame->next != NULL)) {
        return pcb;
    }
    return pcb != NULL && pcb->rcv_wnd < TCP_WND ? pcb : NULL;
}

static bool is_active(const struct tcp_pcb *wanted)
{
    const struct tcp_pcb *pcb = tcp_active_pcbs;

    while (pcb != NULL && pcb != wanted) {
        pcb = pcb->next;
    }
    return pcb != NULL;
}

/*
 * The window is closed for the frame: lwIP still processes the acknowledgement, which frees send
 * memory, and the peer retransmits the payload.
 */
static err_t refuse(struct pbuf *frame, struct netif *netif, struct tcp_pcb *pcb)
{
    tcpwnd_size_t window = pcb->rcv_wnd;

    pcb->rcv_wnd = 0;
    err_t result = ethernet_input(frame, netif);
    if (is_active(pcb)) {
        pcb->rcv_wnd = window;
    }
    return result;
}

err_t guard_input(struct pbuf *frame, struct netif *netif)
{
    struct tcp_pcb *pcb = to_refuse(frame);

    return pcb == NULL ? ethernet_input(frame, netif) : refuse(frame, netif, pcb);
}

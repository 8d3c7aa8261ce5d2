#include "incoming.h"

#include <stdbool.h>
#include <stdint.h>

#include "lwip/ip.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/ethernet.h"

/* A TCP segment: where it is, and who sent it. */
struct incoming {
    unsigned at;    /* of the TCP header, in bytes */
    unsigned bytes; /* with the TCP header */
    const struct ip_hdr *v4;
#if LWIP_IPV6
    const struct ip6_hdr *v6;
#endif
};

static const void *payload_at(const struct pbuf *frame, unsigned at)
{
    return (const uint8_t *)frame->payload + at;
}

/* The header is at the start of the frame, which has at least the bytes of a short one. */
static bool read_v4(const struct pbuf *frame, struct incoming *segment)
{
    const struct ip_hdr *ip = payload_at(frame, SIZEOF_ETH_HDR);
    unsigned ip_bytes = IPH_HL_BYTES(ip);

    segment->v4 = ip;
    segment->at = SIZEOF_ETH_HDR + ip_bytes;
    segment->bytes = lwip_ntohs(IPH_LEN(ip)) - ip_bytes;
    return IPH_PROTO(ip) == IP_PROTO_TCP && lwip_ntohs(IPH_LEN(ip)) > ip_bytes;
}

#if LWIP_IPV6
/* Whether lwIP skips such a header, of at least 8 bytes, to what follows. */
static bool is_extension(uint8_t header)
{
    return header == IP6_NEXTH_HOPBYHOP || header == IP6_NEXTH_DESTOPTS ||
           header == IP6_NEXTH_ROUTING || header == IP6_NEXTH_FRAGMENT;
}

/* lwIP drops a packet whose extension headers or TCP header are not all in the first buffer. */
static bool read_v6(const struct pbuf *frame, struct incoming *segment)
{
    const struct ip6_hdr *ip = payload_at(frame, SIZEOF_ETH_HDR);
    unsigned at = SIZEOF_ETH_HDR + IP6_HLEN;
    unsigned end = at + IP6H_PLEN(ip);
    uint8_t header = IP6H_NEXTH(ip);

    while (is_extension(header) && at + 8 <= frame->len) {
        const uint8_t *extension = payload_at(frame, at);
        at += header == IP6_NEXTH_FRAGMENT ? 8U : 8U * (1U + extension[1]);
        header = extension[0];
    }
    segment->v6 = ip;
    segment->at = at;
    segment->bytes = end > at ? end - at : 0;
    return header == IP6_NEXTH_TCP;
}

static bool is_from(const struct tcp_pcb *pcb, const struct incoming *segment)
{
    const uint32_t *word = ip_2_ip6(&pcb->remote_ip)->addr;

    if (segment->v6 == NULL || !IP_IS_V6_VAL(pcb->remote_ip)) {
        return segment->v4 != NULL && IP_IS_V4_VAL(pcb->remote_ip) &&
               ip_2_ip4(&pcb->remote_ip)->addr == segment->v4->src.addr;
    }
    return word[3] == segment->v6->src.addr[3] && word[2] == segment->v6->src.addr[2] &&
           word[1] == segment->v6->src.addr[1] && word[0] == segment->v6->src.addr[0];
}
#else
static bool is_from(const struct tcp_pcb *pcb, const struct incoming *segment)
{
    return ip_2_ip4(&pcb->remote_ip)->addr == segment->v4->src.addr;
}
#endif

static bool read_segment(const struct pbuf *frame, struct incoming *segment)
{
    const struct eth_hdr *eth = frame->payload;

    if (frame->len < SIZEOF_ETH_HDR + IP_HLEN + TCP_HLEN) {
        return false;
    }
    if (eth->type == PP_HTONS(ETHTYPE_IP)) {
        return read_v4(frame, segment);
    }
#if LWIP_IPV6
    return eth->type == PP_HTONS(ETHTYPE_IPV6) && read_v6(frame, segment);
#else
    return false;
#endif
}

struct tcp_pcb *incoming_find(const struct pbuf *frame, const struct tcp_hdr **tcp)
{
    struct incoming segment = {.at = 0};

    if (!read_segment(frame, &segment) || frame->len < segment.at + TCP_HLEN) {
        return NULL;
    }
    *tcp = payload_at(frame, segment.at);
    if (segment.bytes <= TCPH_HDRLEN_BYTES(*tcp) || (TCPH_FLAGS(*tcp) & TCP_RST) != 0) {
        return NULL;
    }
    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next) {
        if (pcb->remote_port == lwip_ntohs((*tcp)->src) &&
            pcb->local_port == lwip_ntohs((*tcp)->dest) && is_from(pcb, &segment)) {
            return pcb;
        }
    }
    return NULL;
}

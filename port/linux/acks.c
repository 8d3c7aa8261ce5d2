#include "acks.h"

#include <string.h>

#include "lwip/def.h"
#include "lwip/prot/ethernet.h"
#include "lwip/prot/ip.h"
#include "lwip/prot/ip4.h"
#include "lwip/prot/tcp.h"

static bool is_before(uint32_t number, uint32_t other)
{
    return (int32_t)(number - other) < 0;
}

static struct pbuf *give_up(struct acks *acks, unsigned at)
{
    struct pbuf *frame = acks->slots[at].frame;

    acks->slots[at].frame = NULL;
    acks->held -= frame != NULL;
    return frame;
}

static void drop(struct acks *acks, unsigned at)
{
    struct pbuf *frame = give_up(acks, at);

    if (frame != NULL) {
        (void)pbuf_free(frame);
    }
}

bool acks_hold(struct acks *acks, struct pbuf *frame, bool may_wait, struct pbuf **before)
{
    const struct eth_hdr *ethernet = frame->payload;
    const struct ip_hdr *ip = (const void *)((const uint8_t *)frame->payload + SIZEOF_ETH_HDR);
    const struct tcp_hdr *tcp = (const void *)((const uint8_t *)ip + IP_HLEN);
    uint32_t ports;

    *before = NULL;
    if (frame->len < SIZEOF_ETH_HDR + IP_HLEN + TCP_HLEN ||
        ethernet->type != PP_HTONS(ETHTYPE_IP) || IPH_PROTO(ip) != IP_PROTO_TCP ||
        IPH_HL_BYTES(ip) != IP_HLEN) {
        return false;
    }
    memcpy(&ports, tcp, sizeof ports);
    uint32_t number = lwip_ntohl(tcp->ackno);
    unsigned at = (lwip_ntohs(tcp->dest) ^ lwip_ntohl(ip->dest.addr)) % ACKS_SLOTS;
    bool known = acks->slots[at].to == ip->dest.addr && acks->slots[at].ports == ports;
    bool bare = TCPH_FLAGS(tcp) == TCP_ACK &&
                frame->tot_len == SIZEOF_ETH_HDR + IP_HLEN + TCPH_HDRLEN_BYTES(tcp);

    if (!known && !bare) {
        return false;
    }
    if (!known) {
        *before = give_up(acks, at);
        acks->slots[at].to = ip->dest.addr;
        acks->slots[at].ports = ports;
    } else if (bare && number == acks->slots[at].number) {
        *before = give_up(acks, at);
        return false;
    } else if (!is_before(number, acks->slots[at].number)) {
        drop(acks, at);
    } else if (!bare) {
        return false; /* sent again: what is held says more */
    } else {
        *before = give_up(acks, at); /* a new connection with the ports of an old one */
    }
    acks->slots[at].number = number;
    if (!bare || !may_wait) {
        return false;
    }
    pbuf_ref(frame);
    acks->slots[at].frame = frame;
    acks->held++;
    return true;
}

struct pbuf *acks_take(struct acks *acks)
{
    struct pbuf *frame = NULL;

    for (unsigned at = 0; at < ACKS_SLOTS && frame == NULL && acks->held > 0; at++) {
        frame = give_up(acks, at);
    }
    return frame;
}

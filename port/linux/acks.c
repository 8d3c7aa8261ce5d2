#include "acks.h"

#include <string.h>

#include "lwip/def.h"
#include "lwip/priv/tcp_priv.h"
#include "outgoing.h"

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
    struct outgoing segment;
    uint32_t ports;

    *before = NULL;
    if (!outgoing_read(frame, &segment)) {
        return false;
    }
    memcpy(&ports, segment.tcp, sizeof ports);
    uint32_t to = segment.ip->dest.addr;
    uint32_t number = lwip_ntohl(segment.tcp->ackno);
    unsigned at = (lwip_ntohs(segment.tcp->dest) ^ lwip_ntohl(to)) % ACKS_SLOTS;
    bool known = acks->slots[at].to == to && acks->slots[at].ports == ports;
    bool bare = segment.flags == TCP_ACK && segment.data_bytes == 0;

    if (!known && !bare) {
        return false;
    }
    if (!known) {
        *before = give_up(acks, at);
        acks->slots[at].to = to;
        acks->slots[at].ports = ports;
    } else if (bare && number == acks->slots[at].number) {
        *before = give_up(acks, at);
        return false;
    } else if (TCP_SEQ_GEQ(number, acks->slots[at].number)) {
        drop(acks, at);
    } else if (!bare) {
        return false; /* a retransmission: the held one acknowledges more */
    } else {
        *before = give_up(acks, at); /* a new connection that reuses the ports of an old one */
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

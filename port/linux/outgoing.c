#include "outgoing.h"

#include <string.h>

#include "lwip/def.h"
#include "lwip/ip.h"

bool outgoing_read(const struct pbuf *frame, struct outgoing *segment)
{
    const uint8_t *bytes = frame->payload;
    const uint8_t type[] = {0x08, 0x00};

    segment->ip = (const struct ip_hdr *)(const void *)(bytes + OUTGOING_IP_AT);
    segment->tcp = (const struct tcp_hdr *)(const void *)(bytes + OUTGOING_TCP_AT);
    if (frame->len < OUTGOING_TCP_AT + TCP_HLEN || memcmp(bytes + 12, type, sizeof(type)) != 0 ||
        bytes[OUTGOING_IP_AT] != 0x45 || IPH_PROTO(segment->ip) != IP_PROTO_TCP) {
        return false;
    }
    segment->header_bytes = OUTGOING_TCP_AT + TCPH_HDRLEN_BYTES(segment->tcp);
    if (frame->len < segment->header_bytes ||
        frame->tot_len != OUTGOING_IP_AT + (size_t)lwip_ntohs(IPH_LEN(segment->ip))) {
        return false;
    }
    segment->data_bytes = frame->tot_len - segment->header_bytes;
    segment->number = lwip_ntohl(segment->tcp->seqno);
    segment->flags = TCPH_FLAGS(segment->tcp);
    return true;
}

#include "bundle.h"

#include <string.h>

#include "lwip/def.h"
#include "lwip/inet_chksum.h"
#include "lwip/ip.h"
#include "outgoing.h"

enum {
    IP_AT = OUTGOING_IP_AT,
    TCP_AT = OUTGOING_TCP_AT,
    /* Bytes of one frame at most: lwIP and IP use a 16-bit length. */
    MOST_BYTES = 60000
};

_Static_assert(sizeof(((struct bundle *)0)->header) >= TCP_AT + 60, "bundle.h: header");

/* Adds a reference to the data of `frame`. */
static bool refer(struct bundle *bundle, struct pbuf *frame, const struct outgoing *segment)
{
    size_t skip = segment->header_bytes;
    int count = bundle->count;

    for (const struct pbuf *piece = frame; piece != NULL; piece = piece->next) {
        if (piece->len > skip) {
            if (count > BUNDLE_PIECES) {
                return false;
            }
            bundle->pieces[count].iov_base = (uint8_t *)piece->payload + skip;
            bundle->pieces[count].iov_len = piece->len - skip;
            count++;
        }
        skip = 0;
    }
    bundle->count = count;
    pbuf_ref(frame);
    bundle->frames[bundle->segments++] = frame;
    bundle->data_bytes += segment->data_bytes;
    bundle->next = segment->number + (uint32_t)segment->data_bytes;
    return true;
}

bool bundle_start(struct bundle *bundle, struct pbuf *frame)
{
    struct outgoing segment;

    if (!outgoing_read(frame, &segment)) {
        return false;
    }
    bundle->data_bytes = 0;
    bundle->count = 1;
    if (!refer(bundle, frame, &segment)) {
        return false;
    }
    memcpy(bundle->header, frame->payload, segment.header_bytes);
    bundle->pieces[0].iov_base = bundle->header;
    bundle->pieces[0].iov_len = segment.header_bytes;
    bundle->header_bytes = segment.header_bytes;
    bundle->segment_bytes = segment.data_bytes;
    bundle->complete = (segment.flags & ~(TCP_ACK | TCP_PSH)) != 0 || segment.data_bytes == 0;
    return true;
}

/* Whether two headers differ at most in lengths, checksums, IP identification, sequence number and
 * flags. */
static bool alike(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    const size_t ip_end = IP_AT + 2, flags_at = IP_AT + 6, sum_at = IP_AT + 10,
                 addresses_at = IP_AT + 12, number_at = TCP_AT + 4, ack_at = TCP_AT + 8,
                 window_at = TCP_AT + 14, options_at = TCP_AT + 18;

    return memcmp(a, b, ip_end) == 0 &&
           memcmp(a + flags_at, b + flags_at, sum_at - flags_at) == 0 &&
           memcmp(a + addresses_at, b + addresses_at, number_at - addresses_at) == 0 &&
           memcmp(a + ack_at, b + ack_at, 5) == 0 && memcmp(a + window_at, b + window_at, 2) == 0 &&
           memcmp(a + options_at, b + options_at, bytes - options_at) == 0;
}

bool bundle_add(struct bundle *bundle, struct pbuf *frame)
{
    struct outgoing segment;

    if (bundle->segments == 0 || bundle->complete || !outgoing_read(frame, &segment) ||
        segment.number != bundle->next || segment.data_bytes == 0 ||
        segment.data_bytes > bundle->segment_bytes ||
        segment.header_bytes != bundle->header_bytes ||
        (segment.flags & ~(TCP_ACK | TCP_PSH)) != 0 ||
        bundle->header_bytes + bundle->data_bytes + segment.data_bytes > MOST_BYTES ||
        !alike(bundle->header, frame->payload, segment.header_bytes) ||
        !refer(bundle, frame, &segment)) {
        return false;
    }
    /* A PSH of the last segment applies to the whole bundle. */
    bundle->header[TCP_AT + 13] |= segment.flags & TCP_PSH;
    bundle->complete =
        segment.data_bytes < bundle->segment_bytes || bundle->segments == BUNDLE_SEGMENTS;
    return true;
}

void bundle_finish(struct bundle *bundle)
{
    struct ip_hdr *ip = (struct ip_hdr *)(void *)(bundle->header + IP_AT);
    struct tcp_hdr *tcp = (struct tcp_hdr *)(void *)(bundle->header + TCP_AT);
    size_t bytes = bundle->header_bytes - TCP_AT + bundle->data_bytes;
    ip4_addr_t from, to;

    if (bundle->segments > 1) {
        IPH_LEN_SET(ip, lwip_htons((u16_t)(IP_HLEN + bytes)));
        IPH_CHKSUM_SET(ip, 0);
        IPH_CHKSUM_SET(ip, inet_chksum(ip, IP_HLEN));
    }
    ip4_addr_copy(from, ip->src);
    ip4_addr_copy(to, ip->dest);
    tcp->chksum = (u16_t)~inet_chksum_pseudo(NULL, IP_PROTO_TCP, (u16_t)bytes, &from, &to);
}

void bundle_clear(struct bundle *bundle)
{
    for (unsigned i = 0; i < bundle->segments; i++) {
        (void)pbuf_free(bundle->frames[i]);
    }
    bundle->segments = 0;
}

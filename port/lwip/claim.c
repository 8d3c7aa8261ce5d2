#include "claim.h"

#include <string.h>

#include "lwchat_config.h"

enum {
    /* RFC 5227 waits for seconds, to suit slow networks; a neighbour answers within 1 ms. */
    PROBES = 2,
    PROBE_EVERY_MS = 125,
    /* A turn that is later than this comes from a machine that is too busy to have read the answer.
     */
    LATE_MS = 2 * PROBE_EVERY_MS,
    MOST_PROBES = 8,
    /* RFC 3927, section 9, for link-local addresses, of which many stations try the same ones. */
    LOCAL_PROBES = 3,         /* PROBE_NUM */
    LOCAL_WAIT_MS = 1000,     /* PROBE_WAIT */
    LOCAL_LEAST_MS = 1000,    /* PROBE_MIN */
    LOCAL_MOST_MS = 2000,     /* PROBE_MAX */
    LOCAL_FREE_MS = 2000,     /* ANNOUNCE_WAIT */
    LOCAL_AGAIN_MS = 2000,    /* ANNOUNCE_INTERVAL */
    LOCAL_LIMITED_MS = 60000, /* RATE_LIMIT_INTERVAL */
    /* RFC 5227, DEFEND_INTERVAL: answering every packet could cause a storm. */
    DEFEND_MS = 10000,
    /* How long our own packets may be looped back by the network. */
    ECHO_MS = 1000,
    /* Offsets in an ARP packet. */
    OPERATION = 6,
    SENDER_MAC = 8,
    SENDER_IP = 14,
    TARGET_IP = 24
};

static const uint8_t no_address[4];

void claim_probe(struct claim *claim, uint32_t address)
{
    claim_take(claim, address, 0);
    claim->state = CLAIM_PROBING;
    claim->probes = 0;
}

void claim_take(struct claim *claim, uint32_t address, uint32_t now_ms)
{
    claim->state = address != 0 ? CLAIM_OURS : CLAIM_NONE;
    claim->address = address;
    claim->contested = false;
    claim->spoke_ms = now_ms;
    claim->local = claim->again = false;
}

void claim_probe_local(struct claim *claim, uint32_t address, uint32_t now_ms, bool limited)
{
    claim_probe(claim, address);
    claim->spoke_ms = now_ms;
    claim->local = true;
    claim->limited = limited;
}

/* 0 to `most`: a number that differs among stations, addresses and probes. */
static uint32_t vary(const struct claim *claim, uint32_t most)
{
    uint32_t number = claim->address ^ claim->probes;

    for (unsigned i = 0; i < CLAIM_MAC_BYTES; i++) {
        number = (number ^ claim->mac[i]) * 16777619U;
    }
    return (number >> 8) % (most + 1);
}

static uint32_t local_pause_ms(const struct claim *claim)
{
    if (claim->state == CLAIM_OURS) {
        return LOCAL_AGAIN_MS;
    }
    if (claim->probes == 0) {
        return (claim->limited ? LOCAL_LIMITED_MS : 0) + vary(claim, LOCAL_WAIT_MS);
    }
    return claim->probes < LOCAL_PROBES
               ? LOCAL_LEAST_MS + vary(claim, LOCAL_MOST_MS - LOCAL_LEAST_MS)
               : LOCAL_FREE_MS;
}

/* From what was sent last, or from the beginning, to the next step. */
static uint32_t pause_ms(const struct claim *claim)
{
    if (LWCHAT_MDNS && claim->local) {
        return local_pause_ms(claim);
    }
    return claim->probes == 0 ? 0 : PROBE_EVERY_MS;
}

static bool has_probed(const struct claim *claim, uint32_t now_ms)
{
    bool late = claim->probes > 0 && now_ms - claim->spoke_ms >= LATE_MS;

    if (LWCHAT_MDNS && claim->local) {
        return claim->probes == LOCAL_PROBES;
    }
    return claim->probes >= PROBES && (!late || claim->probes == MOST_PROBES);
}

/* The probed address is free. */
static void win(struct claim *claim, uint32_t now_ms)
{
    bool local = claim->local;

    claim_take(claim, claim->address, now_ms);
    claim->local = claim->again = local;
}

static bool is_at(const uint8_t *packet, unsigned place, const struct claim *claim)
{
    return memcmp(packet + place, &claim->address, sizeof(claim->address)) == 0;
}

static bool has_no_sender(const uint8_t *packet)
{
    return memcmp(packet + SENDER_IP, no_address, sizeof(no_address)) == 0;
}

/*
 * Whether a packet from our MAC is our own, looped back: lwIP's ARP requests and
 * replies may be at any time, probes and announcements only for ECHO_MS.
 */
static bool is_echo(const struct claim *claim, const uint8_t *packet, uint32_t now_ms)
{
    return claim->state == CLAIM_PROBING || now_ms - claim->spoke_ms < ECHO_MS ||
           (is_at(packet, SENDER_IP, claim) && !is_at(packet, TARGET_IP, claim));
}

enum claim_news claim_hear(struct claim *claim, const uint8_t packet[CLAIM_ARP_BYTES],
                           uint32_t now_ms)
{
    bool used, asked_for;

    if (claim->state != CLAIM_PROBING && claim->state != CLAIM_OURS) {
        return CLAIM_QUIET;
    }
    if (memcmp(packet + SENDER_MAC, claim->mac, CLAIM_MAC_BYTES) == 0) {
        return is_echo(claim, packet, now_ms) ? CLAIM_QUIET : CLAIM_TWIN;
    }
    used = is_at(packet, SENDER_IP, claim);
    /* Another station may be probing for it at the same time. */
    asked_for =
        packet[OPERATION + 1] == 1 && has_no_sender(packet) && is_at(packet, TARGET_IP, claim);
    if (!used && !(asked_for && claim->state == CLAIM_PROBING)) {
        return CLAIM_QUIET;
    }
    memcpy(claim->other, packet + SENDER_MAC, CLAIM_MAC_BYTES);
    if (claim->state == CLAIM_PROBING) {
        claim->state = CLAIM_TAKEN;
        return CLAIM_REFUSED;
    }
    if (claim->contested && now_ms - claim->contested_ms < DEFEND_MS) {
        return CLAIM_LOST;
    }
    claim->contested = true;
    claim->contested_ms = now_ms;
    claim->spoke_ms = now_ms;
    return CLAIM_CONTEST;
}

bool claim_turn(struct claim *claim, uint32_t now_ms)
{
    if (claim_due(claim, now_ms) > 0) {
        return false;
    }
    if (claim->state == CLAIM_OURS) {
        claim->again = false;
    } else if (has_probed(claim, now_ms)) {
        win(claim, now_ms);
    } else {
        claim->probes++;
        claim->spoke_ms = now_ms;
    }
    return true;
}

bool claim_is_busy(const struct claim *claim)
{
    return claim->state == CLAIM_PROBING ||
           (LWCHAT_MDNS && claim->again && claim->state == CLAIM_OURS);
}

uint32_t claim_due(const struct claim *claim, uint32_t now_ms)
{
    uint32_t passed_ms = now_ms - claim->spoke_ms;

    if (!claim_is_busy(claim)) {
        return UINT32_MAX;
    }
    return passed_ms >= pause_ms(claim) ? 0 : pause_ms(claim) - passed_ms;
}

#include "claim.h"

#include <string.h>

enum {
    /* RFC 5227 waits for seconds, for networks of its time; a neighbour answers in 1 ms. */
    PROBES = 2,
    PROBE_EVERY_MS = 125,
    /* RFC 5227, DEFEND_INTERVAL: an answer to each frame could become a storm. */
    DEFEND_MS = 10000,
    /* Where things stand in an Ethernet frame with an ARP packet. */
    TYPE = 12,
    OPERATION = 20,
    SENDER_MAC = 22,
    SENDER_IP = 28,
    TARGET_IP = 38,
    ARP_FRAME_BYTES = 42
};

static const uint8_t arp_head[] = {8, 6, 0, 1, 8, 0, 6, 4, 0};
static const uint8_t no_address[4];

void claim_probe(struct claim *claim, uint32_t address, uint32_t now_ms)
{
    claim_take(claim, address);
    claim->state = CLAIM_PROBING;
    claim->probes = 0;
    claim->due_ms = now_ms;
}

void claim_take(struct claim *claim, uint32_t address)
{
    claim->state = address != 0 ? CLAIM_OURS : CLAIM_NONE;
    claim->address = address;
    claim->contested = false;
}

static bool is_arp(const uint8_t *frame, size_t bytes)
{
    return bytes >= ARP_FRAME_BYTES && memcmp(frame + TYPE, arp_head, sizeof(arp_head)) == 0;
}

enum claim_news claim_hear(struct claim *claim, const uint8_t *frame, size_t bytes, uint32_t now_ms)
{
    bool used, asked_for;

    if ((claim->state != CLAIM_PROBING && claim->state != CLAIM_OURS) || !is_arp(frame, bytes) ||
        memcmp(frame + SENDER_MAC, claim->mac, CLAIM_MAC_BYTES) == 0) {
        return CLAIM_QUIET;
    }
    used = memcmp(frame + SENDER_IP, &claim->address, sizeof(claim->address)) == 0;
    /* Somebody else may be asking for it at the same time. */
    asked_for = frame[OPERATION + 1] == 1 &&
                memcmp(frame + SENDER_IP, no_address, sizeof(no_address)) == 0 &&
                memcmp(frame + TARGET_IP, &claim->address, sizeof(claim->address)) == 0;
    if (!used && !(asked_for && claim->state == CLAIM_PROBING)) {
        return CLAIM_QUIET;
    }
    memcpy(claim->other, frame + SENDER_MAC, CLAIM_MAC_BYTES);
    if (claim->state == CLAIM_PROBING) {
        claim->state = CLAIM_TAKEN;
        return CLAIM_REFUSED;
    }
    if (claim->contested && now_ms - claim->contested_ms < DEFEND_MS) {
        return CLAIM_LOST;
    }
    claim->contested = true;
    claim->contested_ms = now_ms;
    return CLAIM_CONTEST;
}

bool claim_turn(struct claim *claim, uint32_t now_ms)
{
    if (claim_due(claim, now_ms) > 0) {
        return false;
    }
    if (claim->probes == PROBES) {
        claim_take(claim, claim->address);
    } else {
        claim->probes++;
        claim->due_ms = now_ms + PROBE_EVERY_MS;
    }
    return true;
}

uint32_t claim_due(const struct claim *claim, uint32_t now_ms)
{
    if (claim->state != CLAIM_PROBING) {
        return UINT32_MAX;
    }
    return (int32_t)(claim->due_ms - now_ms) > 0 ? claim->due_ms - now_ms : 0;
}

void claim_frame(const struct claim *claim, uint8_t frame[CLAIM_FRAME_BYTES])
{
    memset(frame, 0, CLAIM_FRAME_BYTES);
    memset(frame, 0xFF, CLAIM_MAC_BYTES);
    memcpy(frame + CLAIM_MAC_BYTES, claim->mac, CLAIM_MAC_BYTES);
    memcpy(frame + TYPE, arp_head, sizeof(arp_head));
    frame[OPERATION + 1] = 1;
    memcpy(frame + SENDER_MAC, claim->mac, CLAIM_MAC_BYTES);
    if (claim->state == CLAIM_OURS) {
        memcpy(frame + SENDER_IP, &claim->address, sizeof(claim->address));
    }
    memcpy(frame + TARGET_IP, &claim->address, sizeof(claim->address));
}

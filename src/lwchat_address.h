/**
 * @file
 * The address of a peer: IPv4, and with LWCHAT_IPV6 also IPv6. Without it an
 * address is its 32 bits, and costs no more than that.
 */
#ifndef LWCHAT_ADDRESS_H
#define LWCHAT_ADDRESS_H

#include "lwchat_config.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * In host byte order: 192.168.7.2 is 0xC0A80702. All zeros: no address. With
 * LWCHAT_IPV6 an IPv4 address is ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that a
 * peer has one address, whichever listener it reached. A link-local address has no
 * zone: there is one interface.
 */
struct lwchat_address {
#if LWCHAT_IPV6
    uint32_t high[3];
#endif
    uint32_t low; /**< an IPv4 address, or the last 32 bits */
};

enum {
    ADDRESS_BITS = 8 * sizeof(struct lwchat_address),
    ADDRESS_V4_BITS = ADDRESS_BITS - 32 /**< before those of an IPv4 address */
};

static inline struct lwchat_address address_v4(uint32_t ip)
{
#if LWCHAT_IPV6
    return (struct lwchat_address){{0, 0, 0xFFFF}, ip};
#else
    return (struct lwchat_address){ip};
#endif
}

#if LWCHAT_IPV6
/** Reads the 16 bytes of an IPv6 address in network byte order, as headers and sockets have it. */
static inline struct lwchat_address address_read_v6(const void *from)
{
    const uint8_t *byte = from;
    uint32_t word[4];

    for (unsigned i = 0; i < 4; i++, byte += 4) {
        word[i] =
            (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
    }
    return (struct lwchat_address){{word[0], word[1], word[2]}, word[3]};
}

/** Writes such bytes. */
static inline void address_put_v6(void *to, struct lwchat_address address)
{
    const uint32_t word[4] = {address.high[0], address.high[1], address.high[2], address.low};
    uint8_t *byte = to;

    for (unsigned i = 0; i < 16; i++) {
        byte[i] = (uint8_t)(word[i / 4] >> (24 - 8 * (i % 4)));
    }
}
#endif

static inline bool address_is_v4(struct lwchat_address address)
{
#if LWCHAT_IPV6
    return address.high[0] == 0 && address.high[1] == 0 && address.high[2] == 0xFFFF;
#else
    (void)address;
    return true;
#endif
}

static inline bool address_is(struct lwchat_address a, struct lwchat_address b)
{
#if LWCHAT_IPV6
    return a.low == b.low && a.high[2] == b.high[2] && a.high[1] == b.high[1] &&
           a.high[0] == b.high[0];
#else
    return a.low == b.low;
#endif
}

static inline bool address_is_none(struct lwchat_address address)
{
    return address_is(address, (struct lwchat_address){.low = 0});
}

static inline bool address_is_loopback(struct lwchat_address address)
{
    return address_is_v4(address) ? address.low >> 24 == 127
                                  : address_is(address, (struct lwchat_address){.low = 1});
}

/** True for fe80::/10 (RFC 4291 section 2.5.6). */
static inline bool address_is_link_local(struct lwchat_address address)
{
#if LWCHAT_IPV6
    return address.high[0] >> 22 == 0xFE80 >> 6;
#else
    (void)address;
    return false;
#endif
}

/**
 * What stands for the person behind an address: the address itself, or the /64 of an IPv6
 * address, in which a machine picks addresses as it likes (RFC 8981). A link-local address stands
 * for itself: all machines on the link share that /64.
 */
static inline struct lwchat_address address_person(struct lwchat_address address)
{
#if LWCHAT_IPV6
    if (!address_is_v4(address) && !address_is_link_local(address)) {
        address.high[2] = address.low = 0;
    }
#endif
    return address;
}

/** True when both stand for the same person. */
static inline bool address_is_person(struct lwchat_address a, struct lwchat_address b)
{
    return address_is(address_person(a), address_person(b));
}

/** 16 bits of what stands for the person, in which most people differ. */
static inline uint16_t address_hash(struct lwchat_address address)
{
#if LWCHAT_IPV6
    address = address_person(address);
    if (!address_is_v4(address)) {
        uint32_t hash = address.low ^ address.high[2] ^ address.high[1] ^ address.high[0];
        return (uint16_t)(hash ^ hash >> 16);
    }
#endif
    return (uint16_t)address.low;
}

#endif

/**
 * @file
 * Banned addresses and networks.
 */
#ifndef LWCHAT_BAN_H
#define LWCHAT_BAN_H

#include "lwchat_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A list of IPv4 networks in host byte order; all zeros: empty. */
struct bans {
    uint32_t network[LWCHAT_MAX_BANS];
    uint8_t prefix[LWCHAT_MAX_BANS]; /**< bits; 32 is one address */
    uint16_t count;
};

/** True when a ban covers the address. */
bool ban_covers(const struct bans *bans, uint32_t ip);

/** True when the network contains the address; a prefix of 32 is one address. */
bool ban_is_in(uint32_t ip, uint32_t network, uint8_t prefix);

/** @return the index of exactly this ban; LWCHAT_NOT_FOUND. */
int ban_find(const struct bans *bans, uint32_t network, uint8_t prefix);

/** @return 0, also when the ban exists already; LWCHAT_NO_MEMORY when the list is full. */
int ban_add(struct bans *bans, uint32_t network, uint8_t prefix);

/** Removes the ban at `place`, an index from ban_find(). */
void ban_remove(struct bans *bans, int place);

/** Writes ADDR, or ADDR/PREFIX with a prefix under 32. @return its length, at most 18. */
size_t ban_write(char *out, uint32_t network, uint8_t prefix);

#endif

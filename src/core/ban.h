/**
 * @file
 * Banned addresses and networks.
 */
#ifndef LWCHAT_BAN_H
#define LWCHAT_BAN_H

#include "address_text.h"

/** A list of networks; all zeros: empty. */
struct bans {
    struct lwchat_address network[LWCHAT_MAX_BANS];
    uint8_t prefix[LWCHAT_MAX_BANS]; /**< bits; ADDRESS_BITS is one address */
    uint16_t count;
};

/** True when a ban covers the address. */
bool ban_covers(const struct bans *bans, struct lwchat_address ip);

/** @return the index of exactly this ban; LWCHAT_NOT_FOUND. */
int ban_find(const struct bans *bans, struct lwchat_address network, uint8_t prefix);

/** @return 0, also when the ban exists already; LWCHAT_NO_MEMORY when the list is full. */
int ban_add(struct bans *bans, struct lwchat_address network, uint8_t prefix);

/** Removes the ban at `place`, an index from ban_find(). */
void ban_remove(struct bans *bans, int place);

/** True when it would lock out everybody on a user-mode network. */
static inline bool ban_is_shared(struct lwchat_address network, uint8_t prefix)
{
#if LWCHAT_IPV6
    if (address_is_in((struct lwchat_address)LWCHAT_SHARED_ADDRESS6, network, prefix)) {
        return true;
    }
#endif
    return address_is_in(address_v4(LWCHAT_SHARED_ADDRESS), network, prefix);
}

#endif

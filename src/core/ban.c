#include "ban.h"

#include "lwchat_error.h"

bool ban_covers(const struct bans *bans, struct lwchat_address ip)
{
    for (unsigned i = 0; i < bans->count; i++) {
        if (address_is_in(ip, bans->network[i], bans->prefix[i])) {
            return true;
        }
    }
    return false;
}

int ban_find(const struct bans *bans, struct lwchat_address network, uint8_t prefix)
{
    for (unsigned i = 0; i < bans->count; i++) {
        if (address_is(bans->network[i], network) && bans->prefix[i] == prefix) {
            return (int)i;
        }
    }
    return LWCHAT_NOT_FOUND;
}

int ban_add(struct bans *bans, struct lwchat_address network, uint8_t prefix)
{
    if (ban_find(bans, network, prefix) >= 0) {
        return LWCHAT_OK;
    }
    if (bans->count == LWCHAT_MAX_BANS) {
        return LWCHAT_NO_MEMORY;
    }
    bans->network[bans->count] = network;
    bans->prefix[bans->count] = prefix;
    bans->count++;
    return LWCHAT_OK;
}

void ban_remove(struct bans *bans, int place)
{
    bans->count--;
    bans->network[place] = bans->network[bans->count];
    bans->prefix[place] = bans->prefix[bans->count];
}

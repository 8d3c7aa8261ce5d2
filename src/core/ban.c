#include "ban.h"

#include "lwchat_error.h"
#include "text.h"

bool ban_is_in(uint32_t ip, uint32_t network, uint8_t prefix)
{
    return ((ip ^ network) & text_netmask(prefix)) == 0;
}

bool ban_covers(const struct bans *bans, uint32_t ip)
{
    for (unsigned i = 0; i < bans->count; i++) {
        if (ban_is_in(ip, bans->network[i], bans->prefix[i])) {
            return true;
        }
    }
    return false;
}

int ban_find(const struct bans *bans, uint32_t network, uint8_t prefix)
{
    for (unsigned i = 0; i < bans->count; i++) {
        if (bans->network[i] == network && bans->prefix[i] == prefix) {
            return (int)i;
        }
    }
    return LWCHAT_NOT_FOUND;
}

int ban_add(struct bans *bans, uint32_t network, uint8_t prefix)
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

size_t ban_write(char *out, uint32_t network, uint8_t prefix)
{
    size_t bytes = text_address(out, network);

    if (prefix < 32) {
        out[bytes++] = '/';
        bytes += text_number(out + bytes, prefix);
    }
    return bytes;
}

#include "ban.h"

#include "lwchat_error.h"
#include "text.h"

bool ban_is_in(uint32_t ip, uint32_t network, uint8_t prefix)
{
    return ((ip ^ network) & text_netmask(prefix)) == 0;
}

bool ban_covers(const struct chat *chat, uint32_t ip)
{
    for (unsigned i = 0; i < chat->bans; i++) {
        if (ban_is_in(ip, chat->ban[i], chat->ban_prefix[i])) {
            return true;
        }
    }
    return false;
}

int ban_find(const struct chat *chat, uint32_t network, uint8_t prefix)
{
    for (unsigned i = 0; i < chat->bans; i++) {
        if (chat->ban[i] == network && chat->ban_prefix[i] == prefix) {
            return (int)i;
        }
    }
    return LWCHAT_NOT_FOUND;
}

int ban_add(struct chat *chat, uint32_t network, uint8_t prefix)
{
    if (ban_find(chat, network, prefix) >= 0) {
        return LWCHAT_OK;
    }
    if (chat->bans == LWCHAT_MAX_BANS) {
        return LWCHAT_NO_MEMORY;
    }
    chat->ban[chat->bans] = network;
    chat->ban_prefix[chat->bans] = prefix;
    chat->bans++;
    return LWCHAT_OK;
}

void ban_remove(struct chat *chat, int place)
{
    chat->bans--;
    chat->ban[place] = chat->ban[chat->bans];
    chat->ban_prefix[place] = chat->ban_prefix[chat->bans];
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

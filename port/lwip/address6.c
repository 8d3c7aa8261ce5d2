#include "address6.h"

#if LWIP_IPV6
#include <string.h>

#include "lwip/ethip6.h"
#include "lwip/ip6_addr.h"
#include "lwip/nd6.h"

/* Places in the interface's list: the first is the link-local one. */
enum { GIVEN = 1 };

_Static_assert(LWIP_IPV6_NUM_ADDRESSES > GIVEN + 1, "lwipopts.h: a router's prefix needs a place");

static struct netif *interface;
static bool in_use_at_once, told_taken;
static volatile unsigned changes;

static bool is_for_a_host(const ip6_addr_t *address)
{
    return !ip6_addr_isany(address) && !ip6_addr_isloopback(address) &&
           !ip6_addr_ismulticast(address) && !ip6_addr_islinklocal(address) &&
           !ip6_addr_isipv4mappedipv6(address);
}

bool address6_read(const char *text, ip6_addr_t *address)
{
    static const char prefix[] = "/64";
    char copy[IP6ADDR_STRLEN_MAX];
    const char *slash = strchr(text, '/');
    size_t bytes = slash == NULL ? strlen(text) : (size_t)(slash - text);

    if (bytes >= sizeof(copy) || (slash != NULL && strcmp(slash, prefix) != 0) ||
        memchr(text, '%', bytes) != NULL || memchr(text, ':', bytes) == NULL) {
        return false;
    }
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    return ip6addr_aton(copy, address) != 0 && is_for_a_host(address);
}

void address6_start(struct netif *netif, bool alone)
{
    interface = netif;
    in_use_at_once = alone;
    netif->output_ip6 = ethip6_output;
    netif->flags |= NETIF_FLAG_MLD6;
    netif_create_ip6_linklocal_address(netif, 1);
    if (alone) {
        netif_ip6_addr_set_state(netif, 0, IP6_ADDR_PREFERRED);
    } else {
        netif_set_ip6_autoconfig_enabled(netif, 1);
    }
}

void address6_give(const ip6_addr_t *address)
{
    if (ip6_addr_eq(address, netif_ip6_addr(interface, GIVEN)) &&
        ip6_addr_isvalid(netif_ip6_addr_state(interface, GIVEN))) {
        return;
    }
    told_taken = false;
    netif_ip6_addr_set_state(interface, GIVEN, IP6_ADDR_INVALID);
    netif_ip6_addr_set(interface, GIVEN, address);
    netif_ip6_addr_set_valid_life(interface, GIVEN, IP6_ADDR_LIFE_STATIC);
    netif_ip6_addr_set_state(interface, GIVEN,
                             in_use_at_once ? IP6_ADDR_PREFERRED : IP6_ADDR_TENTATIVE);
    nd6_clear_destination_cache();
}

bool address6_show(unsigned index, struct lwchat_address *address)
{
    for (s8_t i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
        const uint32_t *word = netif_ip6_addr(interface, i)->addr;

        if (ip6_addr_isvalid(netif_ip6_addr_state(interface, i)) && index-- == 0) {
#if LWCHAT_IPV6
            for (unsigned w = 0; w < 3; w++) {
                address->high[w] = lwip_ntohl(word[w]);
            }
#endif
            address->low = lwip_ntohl(word[3]);
            return true;
        }
    }
    return false;
}

unsigned address6_changes(void)
{
    return changes;
}

void address6_changed(void)
{
    changes++;
}

bool address6_is_taken(void)
{
    bool taken = !told_taken && ip6_addr_isduplicated(netif_ip6_addr_state(interface, GIVEN));

    told_taken = told_taken || taken;
    return taken;
}
#endif

#include "address6.h"

#if LWIP_IPV6
#include <string.h>

#include "lwchat_error.h"
#include "lwip/ethip6.h"
#include "lwip/ip6_addr.h"
#include "lwip/nd6.h"
#include "lwip/tcpip.h"

_Static_assert(LWIP_IPV6_NUM_ADDRESSES > 2, "lwipopts.h: a router's prefix needs a place");

static struct netif *interface;
static s8_t given; /* place of the given address; 0, which is the link-local one's: there is none */
static bool in_use_at_once, told_taken;
static volatile unsigned changes;

static bool is_for_a_host(const ip6_addr_t *address)
{
    return !ip6_addr_isany(address) && !ip6_addr_isloopback(address) &&
           !ip6_addr_ismulticast(address) && !ip6_addr_islinklocal(address) &&
           !ip6_addr_isipv4mappedipv6(address);
}

/* lwIP's parser stops at what it does not know, and takes groups of any length. */
static bool is_spelled_right(const char *text)
{
    size_t digits = 0;

    for (; *text != '\0'; text++) {
        digits = *text == ':' || *text == '.' ? 0 : digits + 1;
        if (digits > 4 || strchr("0123456789abcdefABCDEF:.", *text) == NULL) {
            return false;
        }
    }
    return true;
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
    return is_spelled_right(copy) && ip6addr_aton(copy, address) != 0 && is_for_a_host(address);
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

/* A free place, as one may have a router's address, or else the last. */
static s8_t find_place(void)
{
    s8_t place = 1;

    while (place < LWIP_IPV6_NUM_ADDRESSES - 1 &&
           !ip6_addr_isinvalid(netif_ip6_addr_state(interface, place))) {
        place++;
    }
    return place;
}

void address6_give(const ip6_addr_t *address)
{
    if (given > 0 && ip6_addr_eq(address, netif_ip6_addr(interface, given)) &&
        ip6_addr_isvalid(netif_ip6_addr_state(interface, given))) {
        return;
    }
    if (given == 0) {
        given = find_place();
    }
    told_taken = false;
    netif_ip6_addr_set_state(interface, given, IP6_ADDR_INVALID);
    netif_ip6_addr_set(interface, given, address);
    netif_ip6_addr_set_valid_life(interface, given, IP6_ADDR_LIFE_STATIC);
    netif_ip6_addr_set_state(interface, given,
                             in_use_at_once ? IP6_ADDR_PREFERRED : IP6_ADDR_TENTATIVE);
    nd6_clear_destination_cache();
}

int address6_set(const char *text)
{
    ip6_addr_t address;

    if (!address6_read(text, &address)) {
        return LWCHAT_BAD_ARGUMENT;
    }
    LOCK_TCPIP_CORE();
    address6_give(&address);
    UNLOCK_TCPIP_CORE();
    return LWCHAT_OK;
}

bool address6_show(unsigned index, struct lwchat_address *address)
{
    for (s8_t i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
        if (ip6_addr_isvalid(netif_ip6_addr_state(interface, i)) && index-- == 0) {
            *address = address_read_v6(netif_ip6_addr(interface, i)->addr);
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
    bool taken =
        given > 0 && !told_taken && ip6_addr_isduplicated(netif_ip6_addr_state(interface, given));

    told_taken = told_taken || taken;
    return taken;
}
#endif

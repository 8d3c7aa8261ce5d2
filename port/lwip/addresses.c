#include "addresses.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lwchat_error.h"
#include "lwip/def.h"
#include "lwip/dhcp.h"
#include "lwip/prot/dhcp.h"

const char addresses_auto[] = "auto";

enum { PREFIX_MOST = 32, LINK_OF_TWO = 31 /* RFC 3021: both addresses are hosts' */ };

/* lwIP's parser also accepts octal, hexadecimal and fewer than four numbers. */
static bool read_address(const char *text, ip4_addr_t *address)
{
    char decimal[IP4ADDR_STRLEN_MAX];

    return ip4addr_aton(text, address) != 0 &&
           ip4addr_ntoa_r(address, decimal, (int)sizeof(decimal)) != NULL &&
           strcmp(text, decimal) == 0;
}

/* @return 1 to 32; 0 when it is not a prefix length. */
static unsigned read_prefix(const char *text)
{
    unsigned prefix = 0;

    for (; *text >= '0' && *text <= '9' && prefix <= PREFIX_MOST; text++) {
        prefix = prefix * 10 + (unsigned)(*text - '0');
    }
    return *text == '\0' && prefix <= PREFIX_MOST ? prefix : 0;
}

static bool is_for_a_host(const struct addresses *addresses, unsigned prefix)
{
    uint32_t address = lwip_ntohl(ip4_addr_get_u32(&addresses->address));
    uint32_t hosts = ~lwip_ntohl(ip4_addr_get_u32(&addresses->mask));
    uint32_t network = address >> 24;
    uint32_t host = address & hosts;

    return network != 0 && network != 127 && network < 224 &&
           (prefix >= LINK_OF_TWO || (host != 0 && host != hosts));
}

bool addresses_read(struct addresses *addresses, const char *address, const char *gateway)
{
    char text[IP4ADDR_STRLEN_MAX];
    const char *slash = strchr(address, '/');
    size_t bytes = slash != NULL ? (size_t)(slash - address) : sizeof(text);
    unsigned prefix = slash != NULL ? read_prefix(slash + 1) : 0;

    if (prefix == 0 || bytes >= sizeof(text)) {
        return false;
    }
    memcpy(text, address, bytes);
    text[bytes] = '\0';
    ip4_addr_set_u32(&addresses->mask, lwip_htonl(UINT32_MAX << (PREFIX_MOST - prefix)));
    ip4_addr_set_zero(&addresses->gateway);
    return read_address(text, &addresses->address) && is_for_a_host(addresses, prefix) &&
           (gateway == NULL || read_address(gateway, &addresses->gateway));
}

static unsigned prefix_of(const ip4_addr_t *mask)
{
    unsigned bits = 0;

    for (uint32_t rest = lwip_ntohl(ip4_addr_get_u32(mask)); rest != 0; rest <<= 1) {
        bits++;
    }
    return bits;
}

void addresses_write(const struct netif *netif, char *text, size_t bytes)
{
    char whole[2 * IP4ADDR_STRLEN_MAX + 4];
    unsigned prefix = prefix_of(netif_ip4_netmask(netif));
    char *end = whole;

    if (!ip4_addr_isany(netif_ip4_addr(netif))) {
        (void)ip4addr_ntoa_r(netif_ip4_addr(netif), whole, IP4ADDR_STRLEN_MAX);
        end += strlen(whole);
        *end++ = '/';
        if (prefix >= 10) {
            *end++ = (char)('0' + prefix / 10);
        }
        *end++ = (char)('0' + prefix % 10);
        if (!ip4_addr_isany(netif_ip4_gw(netif))) {
            *end++ = ' ';
            (void)ip4addr_ntoa_r(netif_ip4_gw(netif), end, IP4ADDR_STRLEN_MAX);
            end += strlen(end);
        }
    }
    *end++ = '\0';
    if ((size_t)(end - whole) > bytes) {
        end = whole + 1;
        whole[0] = '\0';
    }
    memcpy(text, whole, (size_t)(end - whole));
}

int addresses_ask(struct netif *netif)
{
    const struct dhcp *dhcp = netif_dhcp_data(netif);

    if (dhcp != NULL && dhcp->state != DHCP_STATE_OFF) {
        dhcp_network_changed_link_up(netif);
        return LWCHAT_OK;
    }
    return dhcp_start(netif) == ERR_OK ? LWCHAT_OK : LWCHAT_NO_MEMORY;
}

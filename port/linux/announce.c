#include "announce.h"

#include <stdarg.h>
#include <stdio.h>

#include "lwchat_config.h"
#include "lwip/dhcp.h"
#include "lwip/tcpip.h"
#include "reason.h"

enum { TEXT_BYTES = 128 };

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void tell(const char *format, ...)
{
    char line[TEXT_BYTES + 32];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    port_complain(line);
}

static void tell_wire(const struct wire *wire, const struct port_config *config)
{
    char text[TEXT_BYTES];
    struct port_reach reach = {.port = config->serve};

    wire->describe(text, sizeof(text));
    tell(SAY("network: %s", "réseau : %s"), text);
    if (config->serve != 0 && wire->reach(&reach)) {
        tell(SAY("forwarded: %s port %u", "transmis : %s port %u"), reach.address, reach.port);
    }
}

static unsigned prefix_of(const ip4_addr_t *mask)
{
    unsigned bits = 0;

    for (uint32_t rest = lwip_ntohl(mask->addr); rest != 0; rest <<= 1) {
        bits++;
    }
    return bits;
}

static void tell_lease(const struct netif *interface)
{
    const struct dhcp *dhcp = netif_dhcp_data(interface);
    char server[IP4ADDR_STRLEN_MAX];

    (void)ip4addr_ntoa_r(ip_2_ip4(&dhcp->server_ip_addr), server, (int)sizeof(server));
    tell(SAY("lease: %lu s from %s", "bail : %lu s de %s"), (unsigned long)dhcp->offered_t0_lease,
         server);
}

static void tell_addresses(const struct netif *interface)
{
    const uint8_t *station = interface->hwaddr;
    char address[IP4ADDR_STRLEN_MAX];
    char gateway[IP4ADDR_STRLEN_MAX];

    tell(SAY("station: %02x:%02x:%02x:%02x:%02x:%02x", "station : %02x:%02x:%02x:%02x:%02x:%02x"),
         station[0], station[1], station[2], station[3], station[4], station[5]);
    LOCK_TCPIP_CORE();
    (void)ip4addr_ntoa_r(netif_ip4_addr(interface), address, (int)sizeof(address));
    (void)ip4addr_ntoa_r(netif_ip4_gw(interface), gateway, (int)sizeof(gateway));
    tell(SAY("address: %s/%u", "adresse : %s/%u"), address,
         prefix_of(netif_ip4_netmask(interface)));
    tell(SAY("gateway: %s", "routeur : %s"),
         ip4_addr_isany(netif_ip4_gw(interface)) ? SAY("none", "aucun") : gateway);
    if (dhcp_supplied_address(interface) != 0) {
        tell_lease(interface);
    }
    UNLOCK_TCPIP_CORE();
    tell(SAY("mtu: %u bytes", "mtu : %u octets"), interface->mtu);
}

static void tell_sizes(void)
{
    tell(SAY("room: %u connections, each with a window of %u and a send buffer of %u bytes",
             "place : %u connexions, chacune avec une fenêtre de %u et un tampon d'envoi de %u "
             "octets"),
         (unsigned)LWCHAT_MAX_CONNECTIONS, (unsigned)TCP_WND, (unsigned)TCP_SND_BUF);
    tell(SAY("memory: a heap of %lu KiB and a log of %lu KiB",
             "mémoire : un tas de %lu Kio et un journal de %lu Kio"),
         (unsigned long)MEM_SIZE / 1024, (unsigned long)LWCHAT_LOG_BYTES / 1024);
}

void announce(const struct wire *wire, const struct netif *interface,
              const struct port_config *config)
{
    tell_wire(wire, config);
    tell_addresses(interface);
    tell_sizes();
}

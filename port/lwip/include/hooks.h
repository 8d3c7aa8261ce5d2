/**
 * @file
 * Hooks that lwIP calls: LWIP_HOOK_FILENAME of all ports.
 */
#ifndef HOOKS_H
#define HOOKS_H

#include "tcp_isn.h"

/* A DHCPDECLINE must contain the server identifier (RFC 2131, table 5); lwIP omits it. */
#define LWIP_HOOK_DHCP_APPEND_OPTIONS(netif, dhcp, state, message, type, bytes)                    \
    do {                                                                                           \
        if ((type) == DHCP_DECLINE) {                                                              \
            *(bytes) = dhcp_option(*(bytes), (message)->options, DHCP_OPTION_SERVER_ID, 4);        \
            *(bytes) =                                                                             \
                dhcp_option_long(*(bytes), (message)->options,                                     \
                                 lwip_ntohl(ip4_addr_get_u32(ip_2_ip4(&(dhcp)->server_ip_addr)))); \
        }                                                                                          \
    } while (0)

/* RFC 3927, section 2.6.2: from a link-local address all destinations are on the link. */
#if LWCHAT_MDNS
#define LWIP_HOOK_ETHARP_GET_GW(netif, destination)                                                \
    (ip4_addr_islinklocal(netif_ip4_addr(netif)) ? (destination) : NULL)
#endif

#endif

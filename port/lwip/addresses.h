/**
 * @file
 * An interface's addresses, as people write them. Shared by all ports.
 */
#ifndef ADDRESSES_H
#define ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>

#include "lwip/ip4_addr.h"
#include "lwip/netif.h"

/** The addresses of an interface. */
struct addresses {
    ip4_addr_t address;
    ip4_addr_t mask;
    ip4_addr_t gateway; /**< 0.0.0.0 for none */
};

/**
 * Reads "ADDR/PREFIX" and "ADDR", each address as four decimal numbers.
 *
 * @param gateway  NULL for none
 * @return false when one of them is not written so, or when no host may have
 *         the first (RFC 1122, section 3.2.1.3): an address of this network,
 *         loopback, multicast, or a network's own or its broadcast address.
 */
bool addresses_read(struct addresses *addresses, const char *address, const char *gateway);

/** As port_address(), for one interface. Call it with the core lock held. */
void addresses_write(const struct netif *netif, char *text, size_t bytes);

/**
 * Has the interface's DHCP client ask, from the start or once more. The address
 * stays until there is an answer. Call it with the core lock held.
 * @return 0, or LWCHAT_NO_MEMORY.
 */
int addresses_ask(struct netif *netif);

/** The word in place of "ADDR/PREFIX" that means addresses_ask(). */
extern const char addresses_dhcp[];

#endif

/**
 * @file
 * An interface's addresses in text form. Shared by all ports.
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
 * Parses `address` as "ADDR/PREFIX" and `gateway` as "ADDR", each with four decimal
 * numbers.
 *
 * @param gateway  NULL for none
 * @return false when either is malformed, or when no host may have the address
 *         (RFC 1122, section 3.2.1.3): it is in 0.0.0.0/8, loopback, multicast or
 *         reserved, or it is the network's own or its broadcast address.
 */
bool addresses_read(struct addresses *addresses, const char *address, const char *gateway);

/** As port_address(), for one interface. Call it with the core lock held. */
void addresses_write(const struct netif *netif, char *text, size_t bytes);

/**
 * Starts the interface's DHCP client, or has it ask again. The address stays until
 * there is an answer. Call it with the core lock held.
 * @return 0, or LWCHAT_NO_MEMORY.
 */
int addresses_ask(struct netif *netif);

/** The word that requests address_ask() in place of "ADDR/PREFIX". */
extern const char addresses_auto[];

#endif

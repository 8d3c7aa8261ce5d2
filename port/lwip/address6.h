/**
 * @file
 * The interface's IPv6 addresses: a link-local one made from the MAC, those made from the
 * prefixes that routers announce (RFC 4862), and one that is given. lwIP looks whether another
 * machine has an address for a second before it uses it. Shared by all ports.
 *
 * The functions are called with the core lock held, unless noted otherwise.
 */
#ifndef ADDRESS6_H
#define ADDRESS6_H

#include <stdbool.h>

#include "lwchat_address.h"
#include "lwip/netif.h"

#if LWIP_IPV6
/**
 * Parses "ADDR/64" or "ADDR".
 * @return false when it is malformed, or when no host may have it for its own: it is unspecified,
 *         loopback, multicast, link-local or IPv4-mapped (RFC 4291 section 2.4), or its network is
 *         not a /64, as lwIP assumes.
 */
bool address6_read(const char *text, ip6_addr_t *address);

/**
 * Starts with an interface that is up. Sets its output function and flag.
 * @param alone  no router and no other machine is on the network: the address is used at once
 */
void address6_start(struct netif *interface, bool alone);

/** Sets the given address, in place of an earlier one. */
void address6_give(const ip6_addr_t *address);

/**
 * Parses an address and sets it. Called without the core lock.
 * @return 0, or LWCHAT_BAD_ARGUMENT.
 */
int address6_set(const char *text);

/** As port_address6(). */
bool address6_show(unsigned index, struct lwchat_address *address);

/** Changes with the addresses. Called from the loop, without the core lock. */
unsigned address6_changes(void);

/** Counts a change: to be called by the interface's status callback. */
void address6_changed(void);

/** True when another machine has the given address; told once. */
bool address6_is_taken(void);
#endif

#endif

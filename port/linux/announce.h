/**
 * @file
 * What --verbose prints once the network is up.
 */
#ifndef ANNOUNCE_H
#define ANNOUNCE_H

#include "lwip/netif.h"
#include "wire.h"

/**
 * Prints with port_complain(), one line each: the wire, the MAC, the IP addresses,
 * the lease, the MTU, and the sizes that were built in.
 */
void announce(const struct wire *wire, const struct netif *interface,
              const struct port_config *config);

#endif

/**
 * @file
 * What --verbose tells once the network is up.
 */
#ifndef ANNOUNCE_H
#define ANNOUNCE_H

#include "lwip/netif.h"
#include "wire.h"

/**
 * Tells with port_complain(), one line each: the wire, the station's address,
 * the network addresses, the lease, the MTU, and the sizes that were built in.
 */
void announce(const struct wire *wire, const struct netif *interface,
              const struct port_config *config);

#endif

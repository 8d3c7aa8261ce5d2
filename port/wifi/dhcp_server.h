/**
 * @file
 * A DHCP server (RFC 2131) for a board that is an access point: it gives the addresses that follow
 * its own. It is the only one on its link, so it also grants an address that it does not remember,
 * if that is free: clients keep theirs when the board restarts.
 *
 * At the limit of DHCP_SERVER_LEASES a newcomer gets the address that was declined the longest ago,
 * if there is one, or else no answer until a lease ends.
 */
#ifndef DHCP_SERVER_H
#define DHCP_SERVER_H

#include "lwip/netif.h"

/** Clients that can have an address at once; 1 to 100. Each takes 22 bytes. */
#ifndef DHCP_SERVER_LEASES
#define DHCP_SERVER_LEASES 16
#endif

/** Minutes that a lease lasts; clients ask again after half of them. */
#ifndef DHCP_SERVER_LEASE_MIN
#define DHCP_SERVER_LEASE_MIN 120
#endif

/**
 * Starts it on an interface that is up and has the first address of its network, such as
 * 192.168.4.1/24. It also names this address as router and name server, which phones expect. Takes
 * a UDP PCB and a system time-out of lwIP. Call it once, with the core lock held.
 *
 * @return ERR_OK; ERR_MEM or ERR_USE if lwIP has no PCB, or its port 67 is taken; ERR_VAL if the
 *         network is too small for the leases.
 */
err_t dhcp_server_start(struct netif *netif);

#endif

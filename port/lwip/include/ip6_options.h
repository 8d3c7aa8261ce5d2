/**
 * @file
 * lwIP's options for IPv6, if LWCHAT_IPV6 is set. The lwipopts.h of all ports includes this.
 */
#ifndef IP6_OPTIONS_H
#define IP6_OPTIONS_H

#define LWIP_IPV6 LWCHAT_IPV6

/*
 * All peers may be on the LAN, and use IPv6; the routers need entries, too. One packet of each
 * neighbour waits for its address; TCP sends the rest again. An entry is used until another takes
 * its place.
 */
#define LWIP_ND6_NUM_ROUTERS 3
#if LWCHAT_ND6_NARROW /* without nd6-indices.patch */
#define LWIP_ND6_NUM_NEIGHBORS    127
#define LWIP_ND6_NUM_DESTINATIONS 127
#else
#define LWIP_ND6_NUM_NEIGHBORS    (MEMP_NUM_TCP_PCB + LWIP_ND6_NUM_ROUTERS)
#define LWIP_ND6_NUM_DESTINATIONS (MEMP_NUM_TCP_PCB + 1)
#endif
#define LWIP_ND6_QUEUEING 0
/* They search the table for each acknowledgement. */
#define LWIP_ND6_TCP_REACHABILITY_HINTS 0

/* The link-local address, a given one, and those of routers' prefixes. */
#define LWIP_IPV6_NUM_ADDRESSES 5
/* Each address has a group; so has mDNS. */
#define MEMP_NUM_MLD6_GROUP (LWIP_IPV6_NUM_ADDRESSES + 2)
#define LWIP_IPV6_FRAG      0
#define LWIP_IPV6_REASS     0

#define IP6_STATS   0
#define ICMP6_STATS 0
#define ND6_STATS   0
#define MLD6_STATS  0

#endif

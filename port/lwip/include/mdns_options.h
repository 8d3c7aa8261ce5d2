/**
 * @file
 * lwIP's options for its mDNS responder, if LWCHAT_MDNS is set. The lwipopts.h of all ports
 * includes this.
 */
#ifndef MDNS_OPTIONS_H
#define MDNS_OPTIONS_H

#define LWIP_IGMP           LWCHAT_MDNS
#define LWIP_MDNS_RESPONDER LWCHAT_MDNS
#if LWCHAT_MDNS
#define LWIP_MDNS_SEARCH  0
#define MDNS_MAX_SERVICES (1 + LWCHAT_HTTP)
/* Queries that are continued in another packet. Each keeps its packet for 0.5 s. */
#define MDNS_MAX_STORED_PKTS 2
/* All records take about 450 bytes, and those of five IPv6 addresses as much again; lwIP reckons
 * without the compression of names. */
#define MDNS_OUTPUT_PACKET_SIZE        (1024 + 384 * LWIP_IPV6)
#define LWIP_NUM_NETIF_CLIENT_DATA     1
#define LWIP_NETIF_EXT_STATUS_CALLBACK 1
#define LWIP_SOCKET_MAX_MEMBERSHIPS    1
#define MEMP_NUM_IGMP_GROUP            2 /* all systems, and mDNS */
#endif

/*
 * Timers: probing and publish.c's; over IPv4 and IPv6, two kinds of delayed answers and three
 * pauses between answers; those of continued queries. Without a free one lwIP would never answer
 * again.
 */
#define MDNS_TIMERS   (LWCHAT_MDNS * (2 + 5 * (1 + LWIP_IPV6) + 2))
#define MDNS_UDP_PCBS LWCHAT_MDNS

#endif

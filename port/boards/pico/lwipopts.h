/**
 * @file
 * lwIP for 120 connections in 264 KiB of RAM.
 */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#include "board_config.h"

/* Connections, one waiting to be accepted, and the listener. LWCHAT_HTTP and LWCHAT_IRC each add a
 * listener, and one more waiting, which PORT_PLACES includes. DHCP and DNS use the UDP PCBs. */
#define MEMP_NUM_NETCONN        (PORT_PLACES + 2 + LWCHAT_HTTP + LWCHAT_IRC)
#define MEMP_NUM_TCP_PCB        (PORT_PLACES + 1)
#define MEMP_NUM_TCP_PCB_LISTEN (1 + LWCHAT_HTTP + LWCHAT_IRC)
#define MEMP_NUM_UDP_PCB        (2 + MDNS_UDP_PCBS)
/* Twice the backlog: a peer that leaves before it is accepted still occupies an entry. */
#define DEFAULT_ACCEPTMBOX_SIZE   (2 * LWCHAT_BACKLOG)
#define DEFAULT_TCP_RECVMBOX_SIZE 4
/* All peers may be on the LAN; the router needs one entry more. */
#define ARP_TABLE_SIZE (MEMP_NUM_TCP_PCB + 1)

/* Sending: as on lm3s6965evb, a session has one write in flight, or two while there is room. With
 * IPv6 a write takes 20 bytes more. */
#define TCP_MSS          1460
#define TCP_SND_BUF      (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define MEMP_NUM_TCP_SEG (2 * LWCHAT_MAX_SESSIONS)
#define MEM_SIZE         ((36 + 4 * LWCHAT_IPV6) * 1024)

/* Receiving: separate from the memory used for sending. */
#define TCP_WND           (2 * TCP_MSS)
#define PBUF_POOL_SIZE    128
#define PBUF_POOL_BUFSIZE 256

#include "lwipopts_shared.h"

#define LWIP_DNS            1
#define DNS_TABLE_SIZE      2
#define DNS_MAX_NAME_LENGTH 128

#endif

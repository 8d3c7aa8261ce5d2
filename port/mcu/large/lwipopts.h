/**
 * @file
 * lwIP for 120 connections, in 512 KiB of RAM with all else.
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

/* Sending: each session has one write of LWCHAT_SEND_BYTES in flight. IPv6 takes 18 KiB elsewhere.
 */
#define TCP_MSS          1460
#define TCP_SND_BUF      (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define MEMP_NUM_TCP_SEG (3 * LWCHAT_MAX_SESSIONS)
#define MEM_SIZE         ((160 - 4 * LWCHAT_IPV6) * 1024)

/* Receiving: separate from the memory used for sending. */
#define TCP_WND           (2 * TCP_MSS)
#define PBUF_POOL_SIZE    320
#define PBUF_POOL_BUFSIZE 256

#include "lwipopts_shared.h"

#define LWIP_DNS            1
#define DNS_TABLE_SIZE      2
#define DNS_MAX_NAME_LENGTH 128

#endif

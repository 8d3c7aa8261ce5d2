/**
 * @file
 * lwIP for 64 connections in 64 KiB of RAM. port/README.md gives the cost of a
 * connection.
 */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#include "board_config.h"

/* Connections, one waiting to be accepted, and the listener. LWCHAT_HTTP adds a listener, and one
 * more waiting, which PORT_PLACES includes. DHCP and DNS use the UDP PCBs. */
#define MEMP_NUM_NETCONN        (PORT_PLACES + 2 + LWCHAT_HTTP)
#define MEMP_NUM_TCP_PCB        (PORT_PLACES + 1)
#define MEMP_NUM_TCP_PCB_LISTEN (1 + LWCHAT_HTTP)
#define MEMP_NUM_UDP_PCB        2
/* Twice the backlog: a peer that leaves before it is accepted still occupies an entry. */
#define DEFAULT_ACCEPTMBOX_SIZE   (2 * LWCHAT_BACKLOG)
#define DEFAULT_TCP_RECVMBOX_SIZE 3
/* All peers may be on the LAN; the router needs one entry more. */
#define ARP_TABLE_SIZE (MEMP_NUM_TCP_PCB + 1)

/*
 * Sending: a session has one write of LWCHAT_SEND_BYTES in flight, or two while
 * half of the heap is free. 16 stalled readers hold 6 to 9 KB of the heap.
 */
#define TCP_MSS          536
#define TCP_SND_BUF      (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define MEMP_NUM_TCP_SEG (LWCHAT_MAX_SESSIONS + 32)
#define MEM_SIZE         12080

/*
 * Receiving: small buffers, so that a short frame wastes little. They are
 * separate from the memory used for sending. A full segment with its headers
 * fills five, and the rest of a window a sixth, so that one connection's window
 * takes less than a quarter of the pool.
 */
#define TCP_WND           (TCP_MSS + 72)
#define PBUF_POOL_SIZE    30
#define PBUF_POOL_BUFSIZE 128

#include "lwipopts_shared.h"

#define LWIP_DNS            1
#define DNS_TABLE_SIZE      1
#define DNS_MAX_NAME_LENGTH 64

#endif

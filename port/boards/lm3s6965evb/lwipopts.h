/**
 * @file
 * lwIP for 64 connections in 64 KiB of RAM. What a connection costs is in
 * port/README.md.
 */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#include "FreeRTOSConfig.h"
#include "lwchatopts.h"

/* Connections, one that waits for a place, and the listener; with the page another of both, and
 * one that waits more. A lease and a name server take the UDP ones. */
#define MEMP_NUM_NETCONN        (PORT_PLACES + 2 + LWCHAT_HTTP)
#define MEMP_NUM_TCP_PCB        (PORT_PLACES + 1)
#define MEMP_NUM_TCP_PCB_LISTEN (1 + LWCHAT_HTTP)
#define MEMP_NUM_UDP_PCB        2
/* Twice the backlog: who has left again before it was accepted still has its place. */
#define DEFAULT_ACCEPTMBOX_SIZE   (2 * LWCHAT_BACKLOG)
#define DEFAULT_TCP_RECVMBOX_SIZE 3
/* Everybody may sit on the same LAN, and some are behind the router. */
#define ARP_TABLE_SIZE (MEMP_NUM_TCP_PCB + 1)

/*
 * Sending: one write of LWCHAT_SEND_BYTES is in flight for a session, and two
 * while half of the heap is free. 16 readers that stall hold 6 to 9 KB of it.
 */
#define TCP_MSS          328
#define TCP_SND_BUF      1072
#define TCP_SND_QUEUELEN 8
#define MEMP_NUM_TCP_SEG (LWCHAT_MAX_SESSIONS + 32)
#define MEM_SIZE         12288

/*
 * Receiving: small buffers, so that a short frame takes no more than it
 * needs. They are apart from the memory that sending takes. A full segment
 * with its headers fills three, and a window less than a quarter of all.
 */
#define TCP_WND           (2 * TCP_MSS)
#define PBUF_POOL_SIZE    30
#define PBUF_POOL_BUFSIZE 128

#include "lwipopts_shared.h"

#define LWIP_DNS            1
#define DNS_TABLE_SIZE      1
#define DNS_MAX_NAME_LENGTH 64

#endif

/**
 * @file
 * lwIP for 120 connections in 512 KiB of RAM.
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
#define DEFAULT_TCP_RECVMBOX_SIZE 4
/* Everybody may sit on the same LAN, and some are behind the router. */
#define ARP_TABLE_SIZE (MEMP_NUM_TCP_PCB + 1)

/* Sending: one write of LWCHAT_SEND_BYTES is in flight for each session. */
#define TCP_MSS          1460
#define TCP_SND_BUF      (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define MEMP_NUM_TCP_SEG (3 * LWCHAT_MAX_SESSIONS)
#define MEM_SIZE         (160 * 1024)

/* Receiving, apart from the memory that sending takes. */
#define TCP_WND           (2 * TCP_MSS)
#define PBUF_POOL_SIZE    320
#define PBUF_POOL_BUFSIZE 256

#include "lwipopts_shared.h"

#define LWIP_DNS            1
#define DNS_TABLE_SIZE      2
#define DNS_MAX_NAME_LENGTH 128

#endif

/**
 * @file
 * lwIP on a PC: every session can fill its windows without taking memory from
 * another. Memory that is never touched costs nothing here.
 *
 *     received frames   the port's own frames (frames.h)   -> unread data
 *     MEM_SIZE          lwIP's heap                        -> what is being sent
 *     MEMP_*            lwIP's pools                       -> connections, segments
 */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#include "arch/sys_arch.h"
#include "heap.h"
#include "ip6_options.h"
#include "lwchat_config.h"
#include "mdns_options.h"

#ifndef LWCHAT_EXACT_MEMORY
#define LWCHAT_EXACT_MEMORY 0
#endif

/* --- System --------------------------------------------------------------- */

#define NO_SYS                        0
#define SYS_LIGHTWEIGHT_PROT          1
#define LWIP_TCPIP_CORE_LOCKING       1
#define LWIP_TCPIP_CORE_LOCKING_INPUT 0
#define LWIP_ASSERT_CORE_LOCKED()     sys_check_core_locking()

/* --- Sockets -------------------------------------------------------------- */

#define LWIP_NETCONN                1
#define LWIP_SOCKET                 1
#define LWIP_COMPAT_SOCKETS         0
#define LWIP_POSIX_SOCKETS_IO_NAMES 0
#define LWIP_SOCKET_SELECT          0
#define LWIP_SOCKET_POLL            1
#define LWIP_NETCONN_SEM_PER_THREAD 1
#define LWIP_SO_SNDTIMEO            1
#define LWIP_TCP_KEEPALIVE          1
#define SO_REUSE                    1

/* In messages; each received segment of a connection is one. */
#define TCPIP_MBOX_SIZE           64
#define DEFAULT_TCP_RECVMBOX_SIZE 512
/* Twice the backlog: a peer that leaves before it is accepted still occupies an entry. */
#define DEFAULT_ACCEPTMBOX_SIZE (2 * LWCHAT_BACKLOG)
/* Answers of multicast DNS, which arrive at once. */
#define DEFAULT_UDP_RECVMBOX_SIZE 64

/* --- TCP ------------------------------------------------------------------ */

/* Full segments in a send buffer: see MEMP_NUM_TCP_SEG. */
#define PORT_SEND_SEGMENTS 27

#define TCP_MSS            1460
#define LWIP_WND_SCALE     1
#define TCP_RCV_SCALE      2
#define TCP_WND            (64 * TCP_MSS)
#define TCP_SND_BUF        (PORT_SEND_SEGMENTS * TCP_MSS)
#define TCP_SND_QUEUELEN   (2 * PORT_SEND_SEGMENTS)
#define TCP_SNDLOWAT       (TCP_SND_BUF / 2)
#define TCP_SNDQUEUELOWAT  (TCP_SND_QUEUELEN / 2)
#define TCP_LISTEN_BACKLOG 1
#define TCP_QUEUE_OOSEQ    1
/* Out-of-order segments of one connection. */
#define TCP_OOSEQ_MAX_PBUFS 6
/*
 * A tick of 50 ms instead of 250: acknowledgements are delayed at most that long,
 * so a peer without NODELAY can send 20 times a second, and recovery from a loss
 * takes 0.3 s instead of 1.5.
 */
#define TCP_TMR_INTERVAL 50
/* The initial RTO of RFC 6298, 2.1; lwIP's default is 3 s. */
#define LWIP_TCP_RTO_TIME 1000
/*
 * Retransmissions, each after twice the time of the one before: the ninth and last
 * is sent after about 2 minutes on a fast network, so that several remain after a
 * link was down for 10 s. A peer that is silent for 90 s is given up before that:
 * see LWCHAT_KEEPALIVE_IDLE_S.
 */
#define TCP_MAXRTX    9
#define TCP_SYNMAXRTX 5
#define TCP_MSL       10000UL
/* Hash chains for finding a segment's connection, more than connections: tcp-pcb-hash.patch. */
#define TCP_PCB_HASH_SIZE 2048

/* --- Memory --------------------------------------------------------------- */

/* TCP connections at once; more than sockets, as closed ones linger. */
#define MEMP_NUM_TCP_PCB        (LWCHAT_MAX_CONNECTIONS + 256)
#define MEMP_NUM_TCP_PCB_LISTEN 4
/* Connections that wait to be accepted need one each, or lwIP would reset them. */
#define MEMP_NUM_NETCONN       (LWCHAT_MAX_CONNECTIONS + 3 + LWCHAT_BACKLOG)
#define MEMP_NUM_UDP_PCB       (4 + MDNS_UDP_PCBS)
#define MEMP_NUM_NETBUF        (DEFAULT_UDP_RECVMBOX_SIZE + 4)
#define MEMP_NUM_SYS_TIMEOUT   (16 + MDNS_TIMERS)
#define MEMP_NUM_TCPIP_MSG_API 16

/*
 * All segments that every connection may hold at once, however short they are:
 * unacknowledged ones, the FIN, and those received out of order; and a SYN-ACK for
 * each connection that is being opened. With fewer, many peers that vanish at once
 * would keep all others from being sent to.
 */
#define PORT_HTTP_SEGMENTS       16 /* the page, and the segments of a request */
#define PORT_CONNECTION_SEGMENTS (TCP_SND_QUEUELEN + 1 + TCP_OOSEQ_MAX_PBUFS)
#define MEMP_NUM_TCP_SEG                                                                           \
    ((LWCHAT_MAX_SESSIONS + LWCHAT_SPARE_CONNECTIONS) * PORT_CONNECTION_SEGMENTS +                 \
     LWCHAT_HTTP * LWCHAT_HTTP_REQUESTS * PORT_HTTP_SEGMENTS + MEMP_NUM_TCP_PCB)
#if MEMP_NUM_TCP_SEG > 65535
#error "lwipopts.h: lwIP counts a pool in 16 bits: lower PORT_SEND_SEGMENTS or LWCHAT_MAX_SESSIONS"
#endif
/* Received frames are in frames.c's buffers; lwIP itself needs few of these. */
#define PBUF_POOL_SIZE 64
#define MEMP_NUM_PBUF  1024

/*
 * All send buffers full, with headers and bookkeeping for each segment, and 1 MiB
 * for acknowledgements, ARP, DHCP and DNS.
 */
#define PORT_SEGMENT_BYTES (TCP_MSS + 160)
#define MEM_SIZE           (LWCHAT_MAX_CONNECTIONS * PORT_SEND_SEGMENTS * PORT_SEGMENT_BYTES + 1024 * 1024)
#define MEM_ALIGNMENT      8

#if MEM_SIZE < LWCHAT_MAX_CONNECTIONS * TCP_SND_BUF
#error                                                                                             \
    "lwipopts.h: MEM_SIZE must hold every send buffer, or readers that stall starve the others: raise it or lower TCP_SND_BUF"
#endif

/*
 * lwIP's own heap searches its blocks linearly for one that is large enough: 200
 * stalled readers with 200 small blocks each keep a processor fully busy. So the
 * heap is malloc's, and MEM_SIZE only says how much the send buffers can use.
 *
 * For sanitizers every buffer comes from malloc() itself, at its exact size, so
 * that an overrun by one byte is detected.
 */
#if LWCHAT_EXACT_MEMORY
#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 1
#else
#define MEM_CUSTOM_ALLOCATOR 1
#define MEM_CUSTOM_MALLOC    heap_take
#define MEM_CUSTOM_CALLOC    calloc
#define MEM_CUSTOM_FREE      heap_give
#endif

/* --- Network -------------------------------------------------------------- */

#define LWIP_IPV4 1
#define LWIP_ARP  1
/* All peers may be on the LAN; the router needs one entry more. */
#define ARP_TABLE_SIZE (MEMP_NUM_TCP_PCB + 1)
/* Queue packets while ARP resolves an address; all entries may have expired at once. */
#define ARP_QUEUEING       1
#define ARP_QUEUE_LEN      16
#define MEMP_NUM_ARP_QUEUE (ARP_TABLE_SIZE * ARP_QUEUE_LEN)
#define IP_FORWARD         0
#define IP_REASSEMBLY      0
#define IP_FRAG            0
#define LWIP_ICMP          1
#define LWIP_RAW           0
#define LWIP_UDP           1
#define LWIP_TCP           1
#define LWIP_DHCP          1
/* With port/lwip/acd.c, which takes 250 ms. */
#define LWIP_ACD                   1
#define LWIP_DHCP_DOES_ACD_CHECK   1
#define LWIP_DNS                   1
#define LWIP_HAVE_LOOPIF           0
#define LWIP_NETIF_LOOPBACK        0
#define LWIP_NETIF_TX_SINGLE_PBUF  0
#define LWIP_NETIF_STATUS_CALLBACK 1
#define LWIP_SUPPORT_CUSTOM_PBUF   1
/* On the user-mode network the port adds "localhost" for the machine it runs on. */
#define DNS_LOCAL_HOSTLIST            1
#define DNS_LOCAL_HOSTLIST_IS_DYNAMIC 1
#define MEMP_NUM_LOCALHOSTLIST        1

/* --- Checksums ------------------------------------------------------------ */

/* A TAP may leave TCP checksums to the kernel: see offloads() in wire.h. */
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1

/* --- Safety --------------------------------------------------------------- */

/* Unpredictable initial sequence numbers (RFC 6528). hooks.h also defines a DHCP hook. */
#define LWIP_HOOK_FILENAME "hooks.h"
#define LWIP_HOOK_TCP_ISN  lwip_hook_tcp_isn

/* --- Statistics ----------------------------------------------------------- */

#define LWIP_STATS         1
#define LWIP_STATS_DISPLAY 0
#define LWIP_STATS_LARGE   1
#define LINK_STATS         0
#define ETHARP_STATS       0
#define IP_STATS           0
#define ICMP_STATS         0
#define UDP_STATS          0
#define TCP_STATS          0
#define SYS_STATS          0
#define MEM_STATS          (!LWCHAT_EXACT_MEMORY)
#define MEMP_STATS         (!LWCHAT_EXACT_MEMORY)

#endif

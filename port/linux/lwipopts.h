/**
 * @file
 * lwIP on a PC: every session can fill its windows without taking anything
 * from another. Memory that nobody touches costs nothing here.
 *
 *     received frames   the port's own frames (frames.h)   -> unread data
 *     MEM_SIZE          lwIP's heap                        -> what is being sent
 *     MEMP_*            lwIP's pools                       -> connections, segments
 */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#include "arch/sys_arch.h"
#include "lwchat_config.h"

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

/* Messages; one of a connection is what came in a segment. */
#define TCPIP_MBOX_SIZE           64
#define DEFAULT_TCP_RECVMBOX_SIZE 512
/* Twice the backlog: who has left again before it was accepted still has its place. */
#define DEFAULT_ACCEPTMBOX_SIZE   (2 * LWCHAT_BACKLOG)
#define DEFAULT_UDP_RECVMBOX_SIZE 8

/* --- TCP ------------------------------------------------------------------ */

/* Full segments that a send buffer holds: see MEMP_NUM_TCP_SEG. */
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
 * A tick of 50 ms, not 250: an acknowledgement waits at most that long, so a
 * peer without NODELAY can send 20 times a second, and a loss is mended in
 * 0.3 s instead of 1.5.
 */
#define TCP_TMR_INTERVAL 50
/* RFC 6298, 2.1, before the round trip has been measured; lwIP has 3 s. */
#define LWIP_TCP_RTO_TIME 1000
/*
 * Retransmissions. Each waits twice as long as the one before: the ninth is
 * the last, after about 2 minutes on a fast network, so that a link that is
 * lost for 10 s leaves several that may get through. Whoever is silent for 90
 * s is given up before: see LWCHAT_KEEPALIVE_IDLE_S.
 */
#define TCP_MAXRTX    9
#define TCP_SYNMAXRTX 5
#define TCP_MSL       10000UL
/* Chains to find the connection of a segment in, more than connections: tcp-pcb-hash.patch. */
#define TCP_PCB_HASH_SIZE 2048

/* --- Memory --------------------------------------------------------------- */

/* TCP connections at once; some more than sockets, as a closed one lingers. */
#define MEMP_NUM_TCP_PCB        (LWCHAT_MAX_CONNECTIONS + 256)
#define MEMP_NUM_TCP_PCB_LISTEN 2
/* Those that wait to be accepted have one each, or lwIP would reset them without a word. */
#define MEMP_NUM_NETCONN       (LWCHAT_MAX_CONNECTIONS + 2 + LWCHAT_BACKLOG)
#define MEMP_NUM_UDP_PCB       4
#define MEMP_NUM_NETBUF        4
#define MEMP_NUM_SYS_TIMEOUT   16
#define MEMP_NUM_TCPIP_MSG_API 16

/*
 * All that every connection may hold at once, however short its segments are:
 * what was sent and not acknowledged, the end, and what came out of order; and
 * an answer to everybody who is still asking for a connection. With fewer, a
 * crowd that vanishes would keep everybody else from being written to.
 */
#define PORT_HTTP_SEGMENTS       16 /* the page, and what a request came in */
#define PORT_CONNECTION_SEGMENTS (TCP_SND_QUEUELEN + 1 + TCP_OOSEQ_MAX_PBUFS)
#define MEMP_NUM_TCP_SEG                                                                           \
    ((LWCHAT_MAX_SESSIONS + LWCHAT_SPARE_CONNECTIONS) * PORT_CONNECTION_SEGMENTS +                 \
     LWCHAT_HTTP * LWCHAT_HTTP_REQUESTS * PORT_HTTP_SEGMENTS + MEMP_NUM_TCP_PCB)
#if MEMP_NUM_TCP_SEG > 65535
#error "lwipopts.h: lwIP counts a pool in 16 bits: lower PORT_SEND_SEGMENTS or LWCHAT_MAX_SESSIONS"
#endif
/* Received frames are the port's: this one serves lwIP's small needs. */
#define PBUF_POOL_SIZE 64
#define MEMP_NUM_PBUF  1024

/*
 * Every send buffer full, each segment with its headers and bookkeeping; and
 * 1 MiB for acknowledgements, ARP, DHCP and DNS.
 */
#define PORT_SEGMENT_BYTES (TCP_MSS + 160)
#define MEM_SIZE           (LWCHAT_MAX_CONNECTIONS * PORT_SEND_SEGMENTS * PORT_SEGMENT_BYTES + 1024 * 1024)
#define MEM_ALIGNMENT      8

#if MEM_SIZE < LWCHAT_MAX_CONNECTIONS * TCP_SND_BUF
#error                                                                                             \
    "lwipopts.h: MEM_SIZE must hold every send buffer, or readers that stall starve the others: raise it or lower TCP_SND_BUF"
#endif

/*
 * lwIP's own heap looks through all of its blocks, one by one, for one that is
 * large enough: 200 readers that stall, with 200 small blocks each, cost all of
 * a processor. So it is malloc's, and MEM_SIZE is what the send buffers can
 * come to.
 */
#define MEM_LIBC_MALLOC 1

/*
 * For sanitizers: every buffer from malloc, exactly as large as what is in it,
 * so that one byte too far is seen.
 */
#if LWCHAT_EXACT_MEMORY
#define MEMP_MEM_MALLOC 1
#endif

/* --- Network -------------------------------------------------------------- */

#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_ARP  1
/* Everybody may sit on the same LAN, and some are behind the router. */
#define ARP_TABLE_SIZE (MEMP_NUM_TCP_PCB + 1)
/* Packets for an address that is still asked for; everybody may have been quiet for too long. */
#define ARP_QUEUEING        1
#define ARP_QUEUE_LEN       16
#define MEMP_NUM_ARP_QUEUE  (ARP_TABLE_SIZE * ARP_QUEUE_LEN)
#define ETHARP_TRUST_IP_MAC 0
#define IP_FORWARD          0
#define IP_REASSEMBLY       0
#define IP_FRAG             0
#define LWIP_ICMP           1
#define LWIP_RAW            0
#define LWIP_UDP            1
#define LWIP_TCP            1
#define LWIP_DHCP           1
/* In port/lwip/acd.c's way, which takes 250 ms. */
#define LWIP_ACD                   1
#define LWIP_DHCP_DOES_ACD_CHECK   1
#define LWIP_DNS                   1
#define LWIP_HAVE_LOOPIF           0
#define LWIP_NETIF_LOOPBACK        0
#define LWIP_NETIF_TX_SINGLE_PBUF  0
#define LWIP_NETIF_STATUS_CALLBACK 1
#define LWIP_SUPPORT_CUSTOM_PBUF   1
/* On the user-mode network the port adds "localhost", the machine it runs on. */
#define DNS_LOCAL_HOSTLIST            1
#define DNS_LOCAL_HOSTLIST_IS_DYNAMIC 1
#define MEMP_NUM_LOCALHOSTLIST        1

/* --- Check sums ----------------------------------------------------------- */

/* A TAP may leave those of TCP to the system: see wire.h, offloads(). */
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1

/* --- Safety --------------------------------------------------------------- */

/* First sequence numbers that nobody can guess (RFC 6528); hooks.h has another hook. */
#define LWIP_HOOK_FILENAME "hooks.h"
#define LWIP_HOOK_TCP_ISN  lwip_hook_tcp_isn

/* --- Figures -------------------------------------------------------------- */

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

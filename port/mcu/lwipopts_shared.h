/**
 * @file
 * The common part of the boards' lwipopts.h. Each includes it after defining its
 * own sizes: connections, buffers, heap.
 */
#ifndef LWIPOPTS_SHARED_H
#define LWIPOPTS_SHARED_H

#include "ip6_options.h"
#include "lwipopts_os.h"
#include "mdns_options.h"

#include <stdint.h>

/* --- Sockets -------------------------------------------------------------- */

#define LWIP_SOCKET              1
#define LWIP_COMPAT_SOCKETS      0
#define LWIP_SOCKET_SELECT       0
#define LWIP_SOCKET_POLL         1
#define LWIP_SO_SNDTIMEO         1
#define SO_REUSE                 1
#define LWIP_TCP_KEEPALIVE       1
#define TCP_LISTEN_BACKLOG       1
#define MEMP_NUM_NETBUF          1
#define MEMP_NUM_PBUF            2
#define MEMP_NUM_SELECT_CB       1
#define MEMP_NUM_TCPIP_MSG_API   2
#define MEMP_NUM_TCPIP_MSG_INPKT 2
#define MEMP_NUM_SYS_TIMEOUT                                                                       \
    (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 1 + MDNS_TIMERS) /* one is the firmware's */

/* --- Protocols -------------------------------------------------------------- */

#define LWIP_IPV4                  1
#define LWIP_ARP                   1
#define LWIP_ICMP                  1
#define LWIP_RAW                   0
#define LWIP_UDP                   1
#define LWIP_TCP                   1
#define LWIP_DHCP                  1
#define LWIP_DHCP_DOES_ACD_CHECK   1 /* with port/lwip/acd.c, which takes 250 ms */
#define LWIP_ACD                   1
#define LWIP_NETIF_API             0
#define IP_REASSEMBLY              0
#define IP_FRAG                    0
#define IP_FORWARD                 0
#define ARP_QUEUEING               0
#define LWIP_SINGLE_NETIF          1
#define LWIP_NETIF_LOOPBACK        0
#define LWIP_HAVE_LOOPIF           0
#define LWIP_NETIF_STATUS_CALLBACK 1
#define ETH_PAD_SIZE               2 /* aligns the IP header, and frames to a FIFO's words */

/* --- TCP -------------------------------------------------------------------- */

#define TCP_OVERSIZE    0 /* a small write allocates no more than it needs */
#define TCP_QUEUE_OOSEQ 0
#define TCP_MAXRTX      6 /* a dead peer's connection is given up after about 95 s */
#define TCP_MSL         5000UL

/* A connection is writable when more bytes than this of its send buffer are free: ethernet.c. */
extern uint16_t ethernet_low_water;
#define TCP_SNDLOWAT ethernet_low_water

/* Initial sequence numbers with a secret: contrib/addons/tcp_isn. hooks.h also defines a DHCP hook.
 */
#define LWIP_HOOK_FILENAME "hooks.h"
#define LWIP_HOOK_TCP_ISN  lwip_hook_tcp_isn

/* --- Memory ----------------------------------------------------------------- */

#define MEM_ALIGNMENT   4
#define MEMP_MEM_MALLOC 0
#define MEM_LIBC_MALLOC 0

/* For the operator's /stats, and for choosing which frames to drop. */
#define LWIP_STATS   1
#define LINK_STATS   0
#define ETHARP_STATS 0
#define IP_STATS     0
#define IPFRAG_STATS 0
#define ICMP_STATS   0
#define UDP_STATS    0
#define TCP_STATS    0
#define SYS_STATS    0
#define MEM_STATS    1
#define MEMP_STATS   1

#if !LWCHAT_ASSERTS
#define LWIP_NOASSERT 1
#endif

#endif

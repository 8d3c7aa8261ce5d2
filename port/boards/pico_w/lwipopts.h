/* lwIP for the chat, over pico_cyw43_arch_lwip_sys_freertos. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#include "lwchat_config.h"

/* Connections, one that waits to be accepted, and the listener; twice with the page. */
#define MEMP_NUM_NETCONN          (LWCHAT_MAX_CONNECTIONS + 2 + 2 * LWCHAT_HTTP)
#define MEMP_NUM_TCP_PCB          (LWCHAT_MAX_CONNECTIONS + 1 + LWCHAT_HTTP)
#define MEMP_NUM_TCP_PCB_LISTEN   (1 + LWCHAT_HTTP)
#define MEMP_NUM_UDP_PCB          3 /* DHCP, as a client or a server, and DNS */
#define MEMP_NUM_SYS_TIMEOUT      (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 1) /* one is the DHCP server's */
#define ARP_TABLE_SIZE            (LWCHAT_MAX_CONNECTIONS + 1)
#define DEFAULT_ACCEPTMBOX_SIZE   (2 * LWCHAT_BACKLOG)
#define DEFAULT_TCP_RECVMBOX_SIZE 4
#define DEFAULT_UDP_RECVMBOX_SIZE 4

/* What is being sent: a write for each connection, if no more than half of the readers stall. */
#define TCP_MSS          1460
#define TCP_SND_BUF      (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define TCP_SNDLOWAT     (TCP_SND_BUF - 1)
#define TCP_OVERSIZE     0 /* so LWIP_NETIF_TX_SINGLE_PBUF must be 0; the driver takes chains */
#define MEMP_NUM_TCP_SEG (2 * LWCHAT_MAX_SESSIONS)
#define MEM_SIZE         (48 * 1024)

/* What is being received. */
#define TCP_WND           (2 * TCP_MSS)
#define TCP_QUEUE_OOSEQ   0
#define PBUF_POOL_SIZE    128
#define PBUF_POOL_BUFSIZE 256

/* Threads: lwIP's is above the server's. SDK and FreeRTOS have no lock that is cheaper. */
#define NO_SYS                      0
#define SYS_LIGHTWEIGHT_PROT        1
#define LWIP_TCPIP_CORE_LOCKING     1
#define LWIP_NETCONN_SEM_PER_THREAD 1
#define LWIP_NETCONN_FULLDUPLEX     0
#define TCPIP_THREAD_NAME           "tcpip"
#define TCPIP_THREAD_PRIO           3
#define TCPIP_THREAD_STACKSIZE      4096
#define TCPIP_MBOX_SIZE             32
#define MEM_ALIGNMENT               4
#define LWIP_TIMEVAL_PRIVATE        0 /* newlib has one */

#define LWIP_SOCKET         1
#define LWIP_SOCKET_POLL    1
#define LWIP_SOCKET_SELECT  0
#define LWIP_COMPAT_SOCKETS 0
#define LWIP_SO_SNDTIMEO    1
#define LWIP_TCP_KEEPALIVE  1
#define TCP_LISTEN_BACKLOG  1
#define SO_REUSE            1

#define IP_REASSEMBLY              0 /* what is put together has passed the guard in pieces */
#define IP_FRAG                    0
#define LWIP_ETHERNET              1
#define LWIP_DHCP                  1
#define LWIP_DHCP_DOES_ACD_CHECK   0
#define LWIP_DNS                   1
#define LWIP_NETIF_HOSTNAME        1
#define LWIP_NETIF_STATUS_CALLBACK 1
#define LWIP_NETIF_LINK_CALLBACK   1
#define LWIP_CHKSUM_ALGORITHM      3
#define LWIP_HOOK_FILENAME         "tcp_isn.h"
#define LWIP_HOOK_TCP_ISN          lwip_hook_tcp_isn

/* For the console's /stats. */
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

#endif

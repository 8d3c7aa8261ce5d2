/* lwIP in one thread, with the receive buffers of the smallest board, and IPv6. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#define NO_SYS                        1
#define SYS_LIGHTWEIGHT_PROT          0
#define LWIP_SOCKET                   0
#define LWIP_NETCONN                  0
#define LWIP_IPV6                     1
#define LWIP_IPV6_FRAG                0
#define LWIP_IPV6_REASS               0
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS 0
#define LWIP_IPV6_SEND_ROUTER_SOLICIT 0
#define IP_REASSEMBLY                 0
#define TCP_MSS                       536
#define TCP_WND                       (TCP_MSS + 72)
#define TCP_QUEUE_OOSEQ               0
#define TCP_LISTEN_BACKLOG            1
#define MEMP_NUM_TCP_PCB              64
#define PBUF_POOL_SIZE                30
#define PBUF_POOL_BUFSIZE             128
#define ETH_PAD_SIZE                  2
#define CHECKSUM_CHECK_IP             0
#define CHECKSUM_CHECK_TCP            0
#define MEM_LIBC_MALLOC               1 /* the sanitizers see what is overrun */
#define MEM_ALIGNMENT                 8
#define LWIP_STATS                    1

#endif

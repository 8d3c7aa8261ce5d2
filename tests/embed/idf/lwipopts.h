/*
 * The values of ESP-IDF 5.3's lwipopts.h and of its default sdkconfig, with CONFIG_LWIP_MAX_SOCKETS
 * raised to 16, its highest.
 */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#define NO_SYS               0
#define SYS_LIGHTWEIGHT_PROT 1
#define MEM_LIBC_MALLOC      1
#define MEMP_MEM_MALLOC      1
#define MEM_ALIGNMENT        8 /* 4 there: this machine has 64 bits */
#define IPV6_FRAG_COPYHEADER 1 /* for the same reason */
#ifdef CONFIG_LWIP_MAX_SOCKETS
#define MEMP_NUM_NETCONN CONFIG_LWIP_MAX_SOCKETS
#else
#define MEMP_NUM_NETCONN 16
#endif
#define MEMP_NUM_TCP_PCB            16
#define MEMP_NUM_TCP_PCB_LISTEN     16
#define MEMP_NUM_UDP_PCB            16
#define LWIP_SOCKET_OFFSET          (64 - MEMP_NUM_NETCONN)
#define LWIP_TCPIP_CORE_LOCKING     0
#define LWIP_NETCONN_FULLDUPLEX     1
#define LWIP_NETCONN_SEM_PER_THREAD 1
#define LWIP_COMPAT_SOCKETS         0
#define LWIP_SOCKET_SELECT          0
#define LWIP_SOCKET_POLL            1
#define LWIP_POSIX_SOCKETS_IO_NAMES 0
#define LWIP_SO_SNDTIMEO            1
#define LWIP_SO_RCVTIMEO            1
#define LWIP_TCP_KEEPALIVE          1
#define LWIP_SO_LINGER              0
#define LWIP_SO_RCVBUF              0
#define SO_REUSE                    1
#define LWIP_IPV6                   1
#define LWIP_DHCP                   1
#define LWIP_NETIF_API              1
#define LWIP_NETIF_TX_SINGLE_PBUF   1
#define LWIP_STATS                  0
#define IP_REASSEMBLY               0
#define ARP_QUEUEING                1
#define TCP_LISTEN_BACKLOG          1
#define TCP_MSS                     1440
#define TCP_SND_BUF                 5760
#define TCP_WND                     5760
#define TCP_MAXRTX                  12
#define TCP_SYNMAXRTX               12
#define TCP_MSL                     60000
#define TCP_QUEUE_OOSEQ             1
#define TCP_OOSEQ_MAX_PBUFS         4
#define TCP_OVERSIZE                TCP_MSS
#define TCPIP_MBOX_SIZE             32
#define DEFAULT_TCP_RECVMBOX_SIZE   6
#define DEFAULT_UDP_RECVMBOX_SIZE   6
#define DEFAULT_ACCEPTMBOX_SIZE     6
#define LWIP_DNS                    1

/* The poll() of newlib in the IDF. */
#define POLLIN     (1u << 0)
#define POLLRDNORM (1u << 1)
#define POLLRDBAND (1u << 2)
#define POLLPRI    (POLLRDBAND)
#define POLLOUT    (1u << 3)
#define POLLWRNORM (POLLOUT)
#define POLLWRBAND (1u << 4)
#define POLLERR    (1u << 5)
#define POLLHUP    (1u << 6)
#define POLLNVAL   (1u << 7)

typedef unsigned int nfds_t;

struct pollfd {
    int fd;
    short events;
    short revents;
};

#endif

/*
 * What a vendor's code generator writes for lwIP with an operating system, and more connections.
 * The rest is lwIP's default: no lock of its core, a semaphore for each connection, TCP_MSS 536.
 */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#define NO_SYS                    0
#define SYS_LIGHTWEIGHT_PROT      1
#define LWIP_TCPIP_CORE_LOCKING   0
#define MEM_ALIGNMENT             4
#define MEM_SIZE                  (24 * 1024)
#define MEMP_NUM_SYS_TIMEOUT      8
#define TCPIP_THREAD_NAME         "tcpip"
#define TCPIP_THREAD_STACKSIZE    2048
#define TCPIP_THREAD_PRIO         3
#define TCPIP_MBOX_SIZE           6
#define DEFAULT_UDP_RECVMBOX_SIZE 6
#define DEFAULT_TCP_RECVMBOX_SIZE 6
#define DEFAULT_ACCEPTMBOX_SIZE   6
#define LWIP_ETHERNET             1
#define LWIP_SO_RCVTIMEO          1
#define LWIP_DHCP                 1
#define LWIP_STATS                0

/* For lwchat with 8 people. */
#define MEMP_NUM_NETCONN        16
#define MEMP_NUM_TCP_PCB        16
#define MEMP_NUM_TCP_PCB_LISTEN 2
#define MEMP_NUM_TCP_SEG        48
#define TCP_LISTEN_BACKLOG      1
#define LWIP_SO_SNDTIMEO        1
#define LWIP_TCP_KEEPALIVE      1
#define SO_REUSE                1
#define LWIP_COMPAT_SOCKETS     0

#endif

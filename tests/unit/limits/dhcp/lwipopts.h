/* lwIP in one thread, with a DHCP client to try the server with. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#define NO_SYS                   1
#define SYS_LIGHTWEIGHT_PROT     0
#define LWIP_SOCKET              0
#define LWIP_NETCONN             0
#define LWIP_DHCP                1
#define LWIP_DHCP_DOES_ACD_CHECK 0
#define LWIP_TCP                 0
#define MEM_LIBC_MALLOC          1 /* the sanitizers see what is overrun */
#define MEMP_MEM_MALLOC          1
#define MEM_ALIGNMENT            8
#define LWIP_STATS               0
#define MEMP_NUM_SYS_TIMEOUT     16

#endif

/* lwIP in one thread, with the mDNS responder. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#include "lwchat_config.h"
#include "mdns_options.h"

#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET          0
#define LWIP_NETCONN         0
#define LWIP_TCP             0
#define MEMP_NUM_NETCONN     64 /* lwchat_config.h checks these */
#define MEMP_NUM_TCP_PCB     64
#define ARP_TABLE_SIZE       64
#define MEM_LIBC_MALLOC      1 /* the sanitizers see what is overrun */
#define MEM_ALIGNMENT        8
#define LWIP_STATS           1
#define MEMP_NUM_SYS_TIMEOUT (LWIP_NUM_SYS_TIMEOUT_INTERNAL + MDNS_TIMERS)
#define MEMP_NUM_UDP_PCB     MDNS_UDP_PCBS
#define LOCK_TCPIP_CORE()    ((void)0)
#define UNLOCK_TCPIP_CORE()  ((void)0)

#endif

/**
 * @file
 * lwIP's threads, over FreeRTOS.
 */
#ifndef LWIPOPTS_OS_H
#define LWIPOPTS_OS_H

#include "FreeRTOSConfig.h"
#include "cortex_m.h"

#define NO_SYS                      0
#define SYS_LIGHTWEIGHT_PROT        1
#define LWIP_TCPIP_CORE_LOCKING     1
#define LWIP_NETCONN_SEM_PER_THREAD 1 /* no semaphore for each connection */
#define LWIP_NETCONN_FULLDUPLEX     0 /* one task does every accept, read, write and close */
#define TCPIP_THREAD_NAME           "tcpip"
#define TCPIP_THREAD_STACKSIZE      PORT_TCPIP_STACK_BYTES
#define TCPIP_THREAD_PRIO           PORT_TCPIP_PRIORITY
#define TCPIP_MBOX_SIZE             8

/* lwIP does this around every allocation: the kernel's critical sections take ten times as long. */
#define SYS_ARCH_DECL_PROTECT(before) uint32_t before
#define SYS_ARCH_PROTECT(before)      before = cortex_m_mask()
#define SYS_ARCH_UNPROTECT(before)    cortex_m_unmask(before)

#endif

/**
 * @file
 * lwIP in one thread.
 */
#ifndef LWIPOPTS_OS_H
#define LWIPOPTS_OS_H

#include <stdint.h>

#define NO_SYS                      0
#define SYS_LIGHTWEIGHT_PROT        1
#define LWIP_TCPIP_CORE_LOCKING     1 /* calls instead of messages */
#define LWIP_NETCONN_SEM_PER_THREAD 1
#define LWIP_NETCONN_FULLDUPLEX     0
#define TCPIP_MBOX_SIZE             8
#define TCPIP_THREAD_TEST           1 /* tcpip_thread_poll_one() in place of lwIP's thread */

/* Nothing to protect from: no interrupt handler uses lwIP. */
#define SYS_ARCH_DECL_PROTECT(before) uint32_t before
#define SYS_ARCH_PROTECT(before)      before = 0
#define SYS_ARCH_UNPROTECT(before)    ((void)(before))

/*
 * Where another thread could run, one that takes frames would: the MAC drops them if none are taken
 * while the application is busy.
 */
#define LOCK_TCPIP_CORE()   ((void)0)
#define UNLOCK_TCPIP_CORE() pump_between_calls()
void pump_between_calls(void);

#endif

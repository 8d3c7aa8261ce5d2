/**
 * @file
 * lwIP's operating system layer for a single thread: a mutex does nothing, a semaphore is a
 * counter, a mailbox a ring. Where lwIP would wait for another thread, frames are received and
 * timers run until the wait is over.
 */
#ifndef LWIP_ARCH_SYS_ARCH_H
#define LWIP_ARCH_SYS_ARCH_H

#include <stdint.h>

typedef uint32_t sys_prot_t;
typedef uint8_t sys_mutex_t;
typedef uint8_t sys_thread_t;

/** The count; negative if there is no semaphore. */
typedef int16_t sys_sem_t;
#define sys_sem_valid_val(sem)   ((sem) >= 0)
#define sys_sem_valid(sem)       sys_sem_valid_val(*(sem))
#define sys_sem_set_invalid(sem) (*(sem) = -1)

typedef struct sys_mbox *sys_mbox_t;
#define sys_mbox_valid_val(mbox)   ((mbox) != NULL)
#define sys_mbox_valid(mbox)       sys_mbox_valid_val(*(mbox))
#define sys_mbox_set_invalid(mbox) (*(mbox) = NULL)

extern sys_sem_t sys_arch_thread_sem;
#define LWIP_NETCONN_THREAD_SEM_GET() (&sys_arch_thread_sem)
#define LWIP_NETCONN_THREAD_SEM_ALLOC()
#define LWIP_NETCONN_THREAD_SEM_FREE()

#endif

/**
 * @file
 * lwIP's operating system layer for Linux, with POSIX threads.
 *
 * One recursive lock guards all of lwIP: its core, its short critical regions,
 * and its mailboxes and semaphores. Taking it again increments a counter, without
 * an atomic operation. The loop that owns the wire holds it whenever it is awake;
 * lwIP's own thread, which runs timers, gets it while the loop sleeps or calls
 * sys_lock_yield().
 *
 *     loop    [ frames, sockets, chat ] sleeps [ frames, ... | yields | ... ]
 *     timers                            [tick]               [ tick ]
 */
#ifndef ARCH_SYS_ARCH_H
#define ARCH_SYS_ARCH_H

#include <stdbool.h>
#include <stddef.h>

/** How many times this thread holds the lock. */
extern _Thread_local unsigned sys_lock_depth;

/** How many times this thread holds lwIP's core lock, which is the same lock: for assertions. */
extern _Thread_local unsigned sys_core_depth;

/** True once lwIP's thread runs: from then on its functions require the core lock. */
extern bool sys_core_guarded;

void sys_lock_acquire(void);
void sys_lock_release(void);

/** Takes the lock. @return 0, for SYS_ARCH_PROTECT(), which needs a value. */
static inline unsigned sys_lock_enter(void)
{
    if (sys_lock_depth++ == 0) {
        sys_lock_acquire();
    }
    return 0;
}

static inline void sys_lock_leave(void)
{
    if (--sys_lock_depth == 0) {
        sys_lock_release();
    }
}

/** Lets threads that wait for the lock take it. The caller holds it, before and afterwards. */
void sys_lock_yield(void);

static inline void sys_core_lock(void)
{
    (void)sys_lock_enter();
    sys_core_depth++;
}

static inline void sys_core_unlock(void)
{
    sys_core_depth--;
    sys_lock_leave();
}

void sys_core_unguarded(void);

static inline void sys_check_core_locking(void)
{
    if (sys_core_depth == 0 && sys_core_guarded) {
        sys_core_unguarded();
    }
}

void sys_mark_tcpip_thread(void);

#define SYS_ARCH_DECL_PROTECT(level) unsigned level
#define SYS_ARCH_PROTECT(level)      ((level) = sys_lock_enter())
#define SYS_ARCH_UNPROTECT(level)    ((void)(level), sys_lock_leave())
#define LOCK_TCPIP_CORE()            sys_core_lock()
#define UNLOCK_TCPIP_CORE()          sys_core_unlock()
#define LWIP_MARK_TCPIP_THREAD()     sys_mark_tcpip_thread()

/* lwIP's names for these types. NULL is invalid. */
struct sys_semaphore;
struct sys_mailbox;
typedef struct sys_semaphore *sys_sem_t;
typedef struct sys_mailbox *sys_mbox_t;
typedef bool sys_mutex_t;
typedef int sys_thread_t;

#define sys_sem_valid(sem)           (*(sem) != NULL)
#define sys_sem_set_invalid(sem)     (*(sem) = NULL)
#define sys_mbox_valid(mbox)         (*(mbox) != NULL)
#define sys_mbox_set_invalid(mbox)   (*(mbox) = NULL)
#define sys_mutex_valid(mutex)       (*(mutex))
#define sys_mutex_set_invalid(mutex) (*(mutex) = false)

/* Each thread uses one semaphore for all of its sockets. */
sys_sem_t *sys_arch_netconn_sem_get(void);
void sys_arch_netconn_sem_alloc(void);
void sys_arch_netconn_sem_free(void);
#define LWIP_NETCONN_THREAD_SEM_GET()   sys_arch_netconn_sem_get()
#define LWIP_NETCONN_THREAD_SEM_ALLOC() sys_arch_netconn_sem_alloc()
#define LWIP_NETCONN_THREAD_SEM_FREE()  sys_arch_netconn_sem_free()

#endif

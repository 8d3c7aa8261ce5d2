#include "arch/sys_arch.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "lwip/opt.h"
#include "lwip/sys.h"

/* An event that threads can wait for, with time-outs on the monotonic clock. */
struct event {
    pthread_cond_t happened;
    unsigned waiting;
    unsigned times; /* how many times it was signalled */
};

struct sys_semaphore {
    struct event raised;
    unsigned count;
};

/*
 *     slots [ . | m | m | m | . | . ]      count 3
 *                 ^ first
 */
struct sys_mailbox {
    struct event filled;
    struct event emptied;
    unsigned size;
    unsigned first;
    unsigned count;
    void *slots[];
};

_Thread_local unsigned sys_lock_depth;
_Thread_local unsigned sys_core_depth;
bool sys_core_guarded;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* The number of threads that wait for the lock. */
static atomic_uint wanting;
static pthread_cond_t passed = PTHREAD_COND_INITIALIZER;

/*
 * Condition variables use this mutex, not the lock: a thread that wakes up would
 * wait for the lock without being counted in `wanting`.
 */
static pthread_mutex_t asleep = PTHREAD_MUTEX_INITIALIZER;

static _Thread_local sys_sem_t thread_semaphore;

/* --- The lock ---------------------------------------------------------------- */

void sys_lock_acquire(void)
{
    if (pthread_mutex_trylock(&lock) == 0) {
        return;
    }
    atomic_fetch_add(&wanting, 1);
    pthread_mutex_lock(&lock);
    if (atomic_fetch_sub(&wanting, 1) == 1) {
        pthread_cond_broadcast(&passed);
    }
}

void sys_lock_release(void)
{
    pthread_mutex_unlock(&lock);
}

void sys_lock_yield(void)
{
    unsigned depth = sys_lock_depth;

    /* Unlocking and locking again is not enough: this thread would win over one that wakes up. */
    if (atomic_load_explicit(&wanting, memory_order_relaxed) > 0) {
        sys_lock_depth = 0;
        do {
            pthread_cond_wait(&passed, &lock);
        } while (atomic_load(&wanting) > 0);
        sys_lock_depth = depth;
    }
}

void sys_core_unguarded(void)
{
    port_panic(__FILE__, __LINE__, "a function of lwIP's core was called without the core lock");
}

void sys_mark_tcpip_thread(void)
{
    (void)sys_lock_enter();
    sys_core_guarded = true;
    sys_lock_leave();
}

/* --- Waiting ------------------------------------------------------------------- */

static void event_init(struct event *event)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&event->happened, &monotonic);
    pthread_condattr_destroy(&monotonic);
    event->waiting = 0;
    event->times = 0;
}

static void event_signal(struct event *event)
{
    if (event->waiting > 0) {
        pthread_mutex_lock(&asleep);
        event->times++;
        pthread_cond_broadcast(&event->happened);
        pthread_mutex_unlock(&asleep);
    }
}

/* The time `timeout_ms` from now. */
static struct timespec deadline_in(u32_t timeout_ms)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += timeout_ms / 1000;
    at.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

/* Releases the lock while it waits; 0 ms waits forever. @return false on time-out. */
static bool event_wait(struct event *event, u32_t timeout_ms, const struct timespec *deadline)
{
    unsigned depth = sys_lock_depth;
    unsigned times = event->times;
    int error = 0;

    event->waiting++;
    pthread_mutex_lock(&asleep);
    sys_lock_release();
    while (event->times == times && error != ETIMEDOUT) {
        error = timeout_ms == 0 ? pthread_cond_wait(&event->happened, &asleep)
                                : pthread_cond_timedwait(&event->happened, &asleep, deadline);
    }
    pthread_mutex_unlock(&asleep);
    sys_lock_acquire();
    sys_lock_depth = depth;
    event->waiting--;
    return error != ETIMEDOUT;
}

/* The duration of a wait that began at `since_ms`, in the form that lwIP expects. */
static u32_t waited_since(u32_t since_ms)
{
    u32_t waited_ms = sys_now() - since_ms;

    return waited_ms != SYS_ARCH_TIMEOUT ? waited_ms : 0;
}

/* --- Semaphores ------------------------------------------------------------------ */

err_t sys_sem_new(sys_sem_t *sem, u8_t count)
{
    struct sys_semaphore *new = malloc(sizeof(*new));

    if (new != NULL) {
        event_init(&new->raised);
        new->count = count;
    }
    *sem = new;
    return new != NULL ? ERR_OK : ERR_MEM;
}

void sys_sem_free(sys_sem_t *sem)
{
    pthread_cond_destroy(&(*sem)->raised.happened);
    free(*sem);
}

void sys_sem_signal(sys_sem_t *sem)
{
    (void)sys_lock_enter();
    (*sem)->count = 1;
    event_signal(&(*sem)->raised);
    sys_lock_leave();
}

u32_t sys_arch_sem_wait(sys_sem_t *sem, u32_t timeout_ms)
{
    struct timespec deadline = deadline_in(timeout_ms);
    u32_t start_ms = sys_now();
    bool raised;

    (void)sys_lock_enter();
    while ((*sem)->count == 0 && event_wait(&(*sem)->raised, timeout_ms, &deadline)) {
    }
    raised = (*sem)->count > 0;
    if (raised) {
        (*sem)->count--;
    }
    sys_lock_leave();
    return raised ? waited_since(start_ms) : SYS_ARCH_TIMEOUT;
}

sys_sem_t *sys_arch_netconn_sem_get(void)
{
    if (thread_semaphore == NULL) {
        sys_arch_netconn_sem_alloc();
    }
    return &thread_semaphore;
}

void sys_arch_netconn_sem_alloc(void)
{
    if (thread_semaphore == NULL && sys_sem_new(&thread_semaphore, 0) != ERR_OK) {
        port_panic(__FILE__, __LINE__, "no memory for a thread's semaphore");
    }
}

void sys_arch_netconn_sem_free(void)
{
    if (thread_semaphore != NULL) {
        sys_sem_free(&thread_semaphore);
        thread_semaphore = NULL;
    }
}

/* --- Mailboxes --------------------------------------------------------------------- */

err_t sys_mbox_new(sys_mbox_t *mbox, int size)
{
    struct sys_mailbox *new = malloc(sizeof(*new) + (size_t)size * sizeof(new->slots[0]));

    if (new != NULL) {
        event_init(&new->filled);
        event_init(&new->emptied);
        new->size = (unsigned)size;
        new->first = 0;
        new->count = 0;
    }
    *mbox = new;
    return new != NULL ? ERR_OK : ERR_MEM;
}

void sys_mbox_free(sys_mbox_t *mbox)
{
    pthread_cond_destroy(&(*mbox)->filled.happened);
    pthread_cond_destroy(&(*mbox)->emptied.happened);
    free(*mbox);
}

static void put(struct sys_mailbox *mailbox, void *message)
{
    unsigned at = mailbox->first + mailbox->count;

    mailbox->slots[at < mailbox->size ? at : at - mailbox->size] = message;
    mailbox->count++;
    event_signal(&mailbox->filled);
}

static void *take(struct sys_mailbox *mailbox)
{
    void *message = mailbox->slots[mailbox->first];

    mailbox->first = mailbox->first + 1 < mailbox->size ? mailbox->first + 1 : 0;
    mailbox->count--;
    event_signal(&mailbox->emptied);
    return message;
}

void sys_mbox_post(sys_mbox_t *mbox, void *message)
{
    (void)sys_lock_enter();
    while ((*mbox)->count == (*mbox)->size) {
        (void)event_wait(&(*mbox)->emptied, 0, NULL);
    }
    put(*mbox, message);
    sys_lock_leave();
}

err_t sys_mbox_trypost(sys_mbox_t *mbox, void *message)
{
    bool room;

    (void)sys_lock_enter();
    room = (*mbox)->count < (*mbox)->size;
    if (room) {
        put(*mbox, message);
    }
    sys_lock_leave();
    return room ? ERR_OK : ERR_MEM;
}

err_t sys_mbox_trypost_fromisr(sys_mbox_t *mbox, void *message)
{
    return sys_mbox_trypost(mbox, message);
}

u32_t sys_arch_mbox_fetch(sys_mbox_t *mbox, void **message, u32_t timeout_ms)
{
    struct timespec deadline = deadline_in(timeout_ms);
    u32_t start_ms = sys_now();
    void *got = NULL;
    bool filled;

    (void)sys_lock_enter();
    while ((*mbox)->count == 0 && event_wait(&(*mbox)->filled, timeout_ms, &deadline)) {
    }
    filled = (*mbox)->count > 0;
    if (filled) {
        got = take(*mbox);
    }
    sys_lock_leave();
    if (message != NULL) {
        *message = got;
    }
    return filled ? waited_since(start_ms) : SYS_ARCH_TIMEOUT;
}

u32_t sys_arch_mbox_tryfetch(sys_mbox_t *mbox, void **message)
{
    void *got = NULL;
    bool filled;

    (void)sys_lock_enter();
    filled = (*mbox)->count > 0;
    if (filled) {
        got = take(*mbox);
    }
    sys_lock_leave();
    if (message != NULL) {
        *message = got;
    }
    return filled ? 0 : SYS_MBOX_EMPTY;
}

/* --- Mutexes: all of them are the lock ------------------------------------------------ */

err_t sys_mutex_new(sys_mutex_t *mutex)
{
    *mutex = true;
    return ERR_OK;
}

void sys_mutex_lock(sys_mutex_t *mutex)
{
    LWIP_UNUSED_ARG(mutex);
    (void)sys_lock_enter();
}

void sys_mutex_unlock(sys_mutex_t *mutex)
{
    LWIP_UNUSED_ARG(mutex);
    sys_lock_leave();
}

void sys_mutex_free(sys_mutex_t *mutex)
{
    LWIP_UNUSED_ARG(mutex);
}

/* --- Threads and time ------------------------------------------------------------------ */

struct start {
    lwip_thread_fn run;
    void *arg;
};

static void *run(void *arg)
{
    struct start start = *(struct start *)arg;

    free(arg);
    start.run(start.arg);
    return NULL;
}

sys_thread_t sys_thread_new(const char *name, lwip_thread_fn thread, void *arg, int stack_bytes,
                            int priority)
{
    struct start *start = malloc(sizeof(*start));
    pthread_t new;

    LWIP_UNUSED_ARG(stack_bytes);
    LWIP_UNUSED_ARG(priority);
    if (start == NULL) {
        port_panic(__FILE__, __LINE__, "no memory for a thread");
    }
    *start = (struct start){.run = thread, .arg = arg};
    if (pthread_create(&new, NULL, run, start) != 0) {
        port_panic(__FILE__, __LINE__, "the system gives no thread");
    }
    pthread_setname_np(new, name);
    pthread_detach(new);
    return 0;
}

void sys_init(void)
{
}

u32_t sys_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (u32_t)((uint64_t)now.tv_sec * 1000U + (uint64_t)now.tv_nsec / 1000000U);
}

u32_t sys_jiffies(void)
{
    return sys_now();
}

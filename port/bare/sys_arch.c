#include "pump.h"

#include "lwip/def.h"
#include "lwip/memp.h"
#include "lwip/opt.h"
#include "lwip/stats.h"
#include "lwip/sys.h"

#include <stdbool.h>

struct sys_mbox {
    uint8_t size;
    uint8_t first;
    uint8_t used;
    void *slot[];
};

/* Small mailboxes for the connections, larger ones for lwIP itself and the listeners. */
#define SLOTS_FEW    DEFAULT_TCP_RECVMBOX_SIZE
#define SLOTS_MANY   LWIP_MAX(TCPIP_MBOX_SIZE, DEFAULT_ACCEPTMBOX_SIZE)
#define BYTES(slots) (sizeof(struct sys_mbox) + (slots) * sizeof(void *))
#define LISTENERS    MEMP_NUM_TCP_PCB_LISTEN

LWIP_MEMPOOL_DECLARE(few, MEMP_NUM_NETCONN, BYTES(SLOTS_FEW), "MAILBOX")
LWIP_MEMPOOL_DECLARE(many, 1 + LISTENERS, BYTES(SLOTS_MANY), "MAILBOX_LARGE")

sys_sem_t sys_arch_thread_sem;

void sys_init(void)
{
    LWIP_MEMPOOL_INIT(few);
    LWIP_MEMPOOL_INIT(many);
}

void mailboxes_show(struct port_pool *pool)
{
    const struct stats_mem *stats = memp_few.stats;

    pool->name = "MAILBOX";
    pool->available = memp_few.num;
    pool->used = (uint32_t)stats->used;
    pool->most = (uint32_t)stats->max;
}

u32_t sys_now(void)
{
    return port_now_ms();
}

/* Called for lwIP's thread only, whose work os.c does. */
sys_thread_t sys_thread_new(const char *name, lwip_thread_fn function, void *argument, int stack,
                            int priority)
{
    (void)name;
    (void)function;
    (void)argument;
    (void)stack;
    (void)priority;
    return 1;
}

err_t sys_mutex_new(sys_mutex_t *mutex)
{
    *mutex = 0;
    return ERR_OK;
}

void sys_mutex_lock(sys_mutex_t *mutex)
{
    (void)mutex;
}

void sys_mutex_unlock(sys_mutex_t *mutex)
{
    (void)mutex;
}

err_t sys_sem_new(sys_sem_t *sem, u8_t count)
{
    *sem = count;
    return ERR_OK;
}

void sys_sem_free(sys_sem_t *sem)
{
    (void)sem;
}

void sys_sem_signal(sys_sem_t *sem)
{
    ++*sem;
}

/* @return false once `timeout_ms` have passed since `start_ms`, unless it is 0. */
static bool wait_on(u32_t start_ms, u32_t timeout_ms)
{
    if (timeout_ms != 0 && port_now_ms() - start_ms >= timeout_ms) {
        return false;
    }
    pump_and_sleep();
    return true;
}

u32_t sys_arch_sem_wait(sys_sem_t *sem, u32_t timeout_ms)
{
    u32_t start_ms = port_now_ms();

    while (*sem == 0) {
        if (!wait_on(start_ms, timeout_ms)) {
            return SYS_ARCH_TIMEOUT;
        }
    }
    --*sem;
    return 0;
}

err_t sys_mbox_new(sys_mbox_t *mbox, int size)
{
    struct sys_mbox *new = NULL;

    if (size <= SLOTS_FEW) {
        new = LWIP_MEMPOOL_ALLOC(few);
    } else if (size <= SLOTS_MANY) {
        new = LWIP_MEMPOOL_ALLOC(many);
    }
    *mbox = new;
    if (new == NULL) {
        return ERR_MEM;
    }
    new->size = (uint8_t)size;
    new->first = 0;
    new->used = 0;
    return ERR_OK;
}

void sys_mbox_free(sys_mbox_t *mbox)
{
    if ((*mbox)->size <= SLOTS_FEW) {
        LWIP_MEMPOOL_FREE(few, *mbox);
    } else {
        LWIP_MEMPOOL_FREE(many, *mbox);
    }
}

err_t sys_mbox_trypost(sys_mbox_t *mbox, void *message)
{
    struct sys_mbox *to = *mbox;

    if (to->used == to->size) {
        return ERR_MEM;
    }
    to->slot[(to->first + to->used) % to->size] = message;
    to->used++;
    return ERR_OK;
}

void sys_mbox_post(sys_mbox_t *mbox, void *message)
{
    while (sys_mbox_trypost(mbox, message) != ERR_OK) {
        pump_and_sleep();
    }
}

u32_t sys_arch_mbox_tryfetch(sys_mbox_t *mbox, void **message)
{
    struct sys_mbox *from = *mbox;

    if (from->used == 0) {
        return SYS_MBOX_EMPTY;
    }
    if (message != NULL) {
        *message = from->slot[from->first];
    }
    from->first = (uint8_t)((from->first + 1) % from->size);
    from->used--;
    return 0;
}

u32_t sys_arch_mbox_fetch(sys_mbox_t *mbox, void **message, u32_t timeout_ms)
{
    u32_t start_ms = port_now_ms();

    while (sys_arch_mbox_tryfetch(mbox, message) == SYS_MBOX_EMPTY) {
        if (!wait_on(start_ms, timeout_ms)) {
            return SYS_ARCH_TIMEOUT;
        }
    }
    return 0;
}

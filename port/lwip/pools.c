#include "pools.h"

#include "lwip/memp.h"
#include "lwip/opt.h"
#include "lwip/stats.h"
#include "lwip/sys.h"
#include "lwip/tcpip.h"

#if MEMP_STATS
static const char *const names[] = {
#define LWIP_MEMPOOL(name, number, size, description) #name,
#include "lwip/priv/memp_std.h"
};
#endif

#if MEM_STATS || MEMP_STATS
/* The core lock guards lwIP's heap counters, critical regions those of its pools. */
static void show(const struct stats_mem *stats, uint32_t available, struct port_pool *pool)
{
    SYS_ARCH_DECL_PROTECT(level);

    LOCK_TCPIP_CORE();
    SYS_ARCH_PROTECT(level);
    pool->used = (uint32_t)stats->used;
    pool->most = (uint32_t)stats->max;
    SYS_ARCH_UNPROTECT(level);
    UNLOCK_TCPIP_CORE();
    pool->available = available;
}
#endif

bool pools_show(unsigned index, struct port_pool *pool)
{
#if MEM_STATS
    if (index == 0) {
        pool->name = "HEAP";
        show(&lwip_stats.mem, MEM_SIZE, pool);
        return true;
    }
    index--;
#endif
#if MEMP_STATS
    if (index < MEMP_MAX) {
        pool->name = names[index];
        show(lwip_stats.memp[index], (uint32_t)lwip_stats.memp[index]->avail, pool);
        return true;
    }
#endif
    (void)index;
    (void)pool;
    return false;
}

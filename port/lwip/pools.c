#include "pools.h"

#include "lwip/memp.h"
#include "lwip/opt.h"
#include "lwip/stats.h"

#if MEMP_STATS
static const char *const names[] = {
#define LWIP_MEMPOOL(name, number, size, description) #name,
#include "lwip/priv/memp_std.h"
};
#endif

bool pools_show(unsigned index, struct port_pool *pool)
{
#if MEM_STATS
    if (index == 0) {
        pool->name = "HEAP";
        pool->used = (uint32_t)lwip_stats.mem.used;
        pool->most = (uint32_t)lwip_stats.mem.max;
        pool->available = MEM_SIZE;
        return true;
    }
    index--;
#endif
#if MEMP_STATS
    if (index < MEMP_MAX) {
        const struct stats_mem *stats = lwip_stats.memp[index];
        pool->name = names[index];
        pool->used = (uint32_t)stats->used;
        pool->most = (uint32_t)stats->max;
        pool->available = (uint32_t)stats->avail;
        return true;
    }
#endif
    (void)index;
    (void)pool;
    return false;
}

#include "port.h"

#include "FreeRTOS.h"
#include "task.h"

#include "lwip/memp.h"
#include "lwip/stats.h"

#define LWIP_POOLS ((unsigned)MEMP_MAX)

bool port_pool(unsigned index, struct port_pool *pool)
{
    const struct stats_mem *stats;

    if (index < LWIP_POOLS) {
        stats = lwip_stats.memp[index];
        pool->name = memp_pools[index]->desc;
    } else if (index == LWIP_POOLS) {
        stats = &lwip_stats.mem;
        pool->name = "HEAP";
    } else if (index == LWIP_POOLS + 1) {
        pool->name = "RTOS";
        pool->available = configTOTAL_HEAP_SIZE;
        pool->used = configTOTAL_HEAP_SIZE - (uint32_t)xPortGetFreeHeapSize();
        pool->most = configTOTAL_HEAP_SIZE - (uint32_t)xPortGetMinimumEverFreeHeapSize();
        return true;
    } else {
        return false;
    }
    pool->used = stats->used;
    pool->most = stats->max;
    pool->available = stats->avail;
    return true;
}

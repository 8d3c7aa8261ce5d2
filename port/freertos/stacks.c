#include "stacks.h"
#include "stack.h"

#include "FreeRTOS.h"
#include "task.h"

static TaskHandle_t tasks[STACK_OWNERS];

static const struct {
    const char *name;
    uint32_t bytes;
} stacks[STACK_OWNERS] = {
    [STACK_MAIN] = {"STACK_MAIN", PORT_MAIN_STACK_BYTES},
    [STACK_ETHERNET] = {"STACK_ETHERNET", PORT_ETHERNET_STACK_BYTES},
    [STACK_TCPIP] = {"STACK_TCPIP", PORT_TCPIP_STACK_BYTES},
    [STACK_IDLE] = {"STACK_IDLE", configMINIMAL_STACK_SIZE * sizeof(StackType_t)},
};

void stacks_watch(enum stack_owner owner)
{
    tasks[owner] = xTaskGetCurrentTaskHandle();
}

bool stacks_show(unsigned index, struct port_pool *pool)
{
    if (index == STACK_OWNERS) {
        stack_show(pool);
        return true;
    }
    if (index > STACK_OWNERS) {
        return false;
    }
    pool->name = stacks[index].name;
    pool->available = stacks[index].bytes;
    pool->most = pool->available - uxTaskGetStackHighWaterMark(tasks[index]) * 4U;
    pool->used = pool->most;
    return true;
}

#include "stacks.h"

#include "FreeRTOS.h"
#include "task.h"

#define PAINT 0xA5A5A5A5UL

/* Defined by sections.ld. */
extern uint32_t section_stack_start[];
extern uint32_t section_stack_end[];

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

void stacks_paint(void)
{
    uint32_t *here = __builtin_frame_address(0);

    for (uint32_t *at = section_stack_start; at < here - 16; at++) {
        *at = PAINT;
    }
}

void stacks_watch(enum stack_owner owner)
{
    tasks[owner] = xTaskGetCurrentTaskHandle();
}

bool stacks_show(unsigned index, struct port_pool *pool)
{
    if (index < STACK_OWNERS) {
        pool->name = stacks[index].name;
        pool->available = stacks[index].bytes;
        pool->most = pool->available - uxTaskGetStackHighWaterMark(tasks[index]) * 4U;
    } else if (index == STACK_OWNERS) {
        const uint32_t *lowest = section_stack_start;
        while (*lowest == PAINT) {
            lowest++;
        }
        pool->name = "STACK_INTERRUPT";
        pool->available = (uintptr_t)section_stack_end - (uintptr_t)section_stack_start;
        pool->most = (uintptr_t)section_stack_end - (uintptr_t)lowest;
    } else {
        return false;
    }
    pool->used = pool->most;
    return true;
}

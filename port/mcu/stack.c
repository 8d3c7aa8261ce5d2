#include "stack.h"
#include "os.h"

#define PAINT 0xA5A5A5A5UL

void stack_paint(void)
{
    uint32_t *here = __builtin_frame_address(0);

    for (uint32_t *at = section_stack_start; at < here - 16; at++) {
        *at = PAINT;
    }
}

void stack_show(struct port_pool *pool)
{
    const uint32_t *lowest = section_stack_start;

    while (*lowest == PAINT) {
        lowest++;
    }
    pool->name = os_stack_name;
    pool->available = (uintptr_t)section_stack_end - (uintptr_t)section_stack_start;
    pool->most = (uintptr_t)section_stack_end - (uintptr_t)lowest;
    pool->used = pool->most;
}

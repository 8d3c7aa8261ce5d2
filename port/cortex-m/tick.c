#include "board_config.h"
#include "cortex_m.h"
#include "os.h"
#include "processor.h"
#include "vectors.h"

#define TICK_HZ 1000UL

void start_systick(void)
{
    os_tick();
}

void processor_start_tick(void)
{
    SYSTICK_LOAD = BOARD_CLOCK_HZ / TICK_HZ - 1;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = SYSTICK_ON;
}

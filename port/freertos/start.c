#include "board.h"
#include "entropy.h"
#include "panic.h"
#include "port.h"
#include "stacks.h"
#include "vectors.h"

#include "FreeRTOS.h"
#include "task.h"

#include <string.h>

/* Defined by sections.ld. */
extern uint32_t section_data_load[];
extern uint32_t section_data_start[];
extern uint32_t section_data_end[];
extern uint32_t section_bss_start[];
extern uint32_t section_bss_end[];

int main(int argc, char **argv);

/*
 * The program's main() runs in a task. The interrupt handlers reuse the start-up
 * stack once the scheduler starts, and would overwrite its variables there.
 */
static void run_main(void *argument)
{
    static char *no_arguments[] = {NULL};

    (void)argument;
    panic_restart(main(0, no_arguments));
}

void start_reset(void)
{
    stacks_paint();
    memcpy(section_data_start, section_data_load,
           (uintptr_t)section_data_end - (uintptr_t)section_data_start);
    memset(section_bss_start, 0, (uintptr_t)section_bss_end - (uintptr_t)section_bss_start);
    board_start();
    if (xTaskCreate(run_main, "main", PORT_MAIN_STACK_BYTES / sizeof(StackType_t), NULL,
                    PORT_MAIN_PRIORITY, NULL) != pdPASS) {
        port_panic(__FILE_NAME__, __LINE__, "configTOTAL_HEAP_SIZE is too small for main()");
    }
    vTaskStartScheduler();
    port_panic(__FILE_NAME__, __LINE__, "configTOTAL_HEAP_SIZE is too small for the idle task");
}

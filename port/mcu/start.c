#include "board.h"
#include "os.h"
#include "panic.h"
#include "stack.h"
#include "start.h"

#include <string.h>

/* Defined by sections.ld. */
extern uint32_t section_data_load[];
extern uint32_t section_data_start[];
extern uint32_t section_data_end[];
extern uint32_t section_bss_start[];
extern uint32_t section_bss_end[];

int main(int argc, char **argv);

static void run_main(void *argument)
{
    static char *no_arguments[] = {NULL};

    (void)argument;
    panic_restart(main(0, no_arguments));
}

void start_program(void)
{
    board_start();
    os_run(run_main);
}

void start_reset(void)
{
    stack_paint();
    memcpy(section_data_start, section_data_load,
           (uintptr_t)section_data_end - (uintptr_t)section_data_start);
    memset(section_bss_start, 0, (uintptr_t)section_bss_end - (uintptr_t)section_bss_start);
    start_program();
}

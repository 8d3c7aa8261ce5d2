#include "board.h"

void board_start(void)
{
    /* The FPGA image has set clocks and pins up. */
}

/* The image's watchdog is not modelled by QEMU, so it is left off rather than used untried. */
void board_watchdog_start(void)
{
}

void board_watchdog_feed(void)
{
}

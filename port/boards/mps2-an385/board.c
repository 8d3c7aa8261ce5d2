#include "board.h"

void board_start(void)
{
    /* The FPGA image has already set up clocks and pins. */
}

/* QEMU does not model the image's watchdog, so it could not be tested and stays off. */
void board_watchdog_start(void)
{
}

void board_watchdog_feed(void)
{
}

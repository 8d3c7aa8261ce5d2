#include "board.h"
#include "mps2.h"

void board_start(void)
{
    /* The FPGA image has already set up clocks and pins. */
}

void board_led(bool on)
{
    FPGAIO_LED0 = on;
}

/* QEMU does not model the image's watchdog, so it could not be tested and stays off. */
void board_watchdog_start(void)
{
}

void board_watchdog_feed(void)
{
}

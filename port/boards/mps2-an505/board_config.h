/**
 * @file
 * The MPS2 with the AN505 image, at 20 MHz.
 */
#ifndef BOARD_CONFIG_H
#define BOARD_CONFIG_H

#define BOARD_CLOCK_HZ 20000000UL

#include "../../mcu/places.h"

#endif

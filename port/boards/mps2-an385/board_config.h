/**
 * @file
 * The MPS2 with the AN385 image, at 25 MHz.
 */
#ifndef BOARD_CONFIG_H
#define BOARD_CONFIG_H

#define BOARD_CLOCK_HZ 25000000UL

#include "../../mcu/places.h"

#endif

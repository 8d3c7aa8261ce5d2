/**
 * @file
 * The Raspberry Pi Pico 2: an RP2350 with its Cortex-M33.
 */
#ifndef BOARD_CONFIG_H
#define BOARD_CONFIG_H

#include "../../mcu/places.h"

#endif

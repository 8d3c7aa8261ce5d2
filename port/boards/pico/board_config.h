/**
 * @file
 * The Raspberry Pi Pico: an RP2040.
 */
#ifndef BOARD_CONFIG_H
#define BOARD_CONFIG_H

#include "../../mcu/places.h"

#endif

/**
 * @file
 * The LM3S6965 at 50 MHz: settings for its drivers, lwIP and the operating system.
 */
#ifndef BOARD_CONFIG_H
#define BOARD_CONFIG_H

#include "../../mcu/places.h"

#define BOARD_CLOCK_HZ 50000000UL

#endif

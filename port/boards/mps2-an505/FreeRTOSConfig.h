/**
 * @file
 * FreeRTOS on the MPS2 with the AN505 image, at 20 MHz.
 */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#define configCPU_CLOCK_HZ 20000000UL

#include "../../mps2/mps2_freertos.h"

#endif

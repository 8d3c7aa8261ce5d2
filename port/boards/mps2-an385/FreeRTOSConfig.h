/**
 * @file
 * FreeRTOS on the MPS2 with the AN385 image, at 25 MHz.
 */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#define configCPU_CLOCK_HZ 25000000UL

#include "../../mps2/mps2_freertos.h"

#endif

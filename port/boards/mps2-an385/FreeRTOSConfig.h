/**
 * @file
 * FreeRTOS on the MPS2 with the AN385 image.
 */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#include "../../mps2/mps2_freertos.h"

#endif

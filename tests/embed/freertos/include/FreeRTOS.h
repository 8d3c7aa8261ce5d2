/* What the examples of port/ use of FreeRTOS, over POSIX threads. A tick is a millisecond. */
#ifndef FREERTOS_H
#define FREERTOS_H

#include <stddef.h>
#include <stdint.h>

typedef long BaseType_t;
typedef unsigned long UBaseType_t;
typedef uint32_t TickType_t;
typedef uint32_t StackType_t;

#define TICK_TYPE_WIDTH_32_BITS 1
#include "FreeRTOSConfig.h"

#if configTICK_RATE_HZ != 1000 || !configSUPPORT_DYNAMIC_ALLOCATION ||                             \
    !configUSE_STREAM_BUFFERS || !configUSE_TASK_NOTIFICATIONS
#error "FreeRTOSConfig.h lacks what the example uses"
#endif

#define pdFALSE           ((BaseType_t)0)
#define pdTRUE            ((BaseType_t)1)
#define pdPASS            pdTRUE
#define portMAX_DELAY     ((TickType_t)UINT32_MAX)
#define tskIDLE_PRIORITY  ((UBaseType_t)0)
#define pdMS_TO_TICKS(ms) ((TickType_t)(ms))

#endif

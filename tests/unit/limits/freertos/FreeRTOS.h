/* What port/freertos/os.c needs of FreeRTOS, for a test that has the clock and the tasks. */
#ifndef FREERTOS_H
#define FREERTOS_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t TickType_t, StackType_t;
typedef long BaseType_t;

#define pdTRUE                    1
#define pdFALSE                   0
#define pdPASS                    1
#define portMAX_DELAY             UINT32_MAX
#define portTICK_PERIOD_MS        1U
#define pdMS_TO_TICKS(ms)         ((TickType_t)(ms))
#define portEND_SWITCHING_ISR(it) ((void)(it))

#define configTOTAL_HEAP_SIZE     10000
#define PORT_MAIN_STACK_BYTES     1024
#define PORT_MAIN_PRIORITY        1
#define PORT_ETHERNET_STACK_BYTES 1024
#define PORT_ETHERNET_PRIORITY    3

size_t xPortGetFreeHeapSize(void);
size_t xPortGetMinimumEverFreeHeapSize(void);

#endif

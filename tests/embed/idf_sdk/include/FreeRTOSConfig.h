/* What the stand-in for FreeRTOS looks at. */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#define configTICK_RATE_HZ               1000
#define configMAX_PRIORITIES             25
#define configMAX_TASK_NAME_LEN          16
#define configSTACK_DEPTH_TYPE           uint32_t
#define configTOTAL_HEAP_SIZE            (128 * 1024)
#define configSUPPORT_DYNAMIC_ALLOCATION 1
#define configUSE_STREAM_BUFFERS         1
#define configUSE_TASK_NOTIFICATIONS     1

#endif

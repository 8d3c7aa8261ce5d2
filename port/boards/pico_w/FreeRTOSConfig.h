/* FreeRTOS on one core of an RP2040 or RP2350. What the SDK's async_context needs is among it. */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#define configNUMBER_OF_CORES               1 /* pico_flash is told so: see CMakeLists.txt */
#define configUSE_PREEMPTION                1
#define configUSE_TIME_SLICING              1
#define configTICK_RATE_HZ                  1000
#define configMAX_PRIORITIES                6
#define configMAX_TASK_NAME_LEN             8
#define configMINIMAL_STACK_SIZE            256 /* words */
#define configSTACK_DEPTH_TYPE              uint32_t
#define configTICK_TYPE_WIDTH_IN_BITS       TICK_TYPE_WIDTH_32_BITS
#define configENABLE_BACKWARD_COMPATIBILITY 1 /* for lwIP's sys_arch.c */
#define configUSE_IDLE_HOOK                 0
#define configUSE_TICK_HOOK                 1 /* feeds the watchdog */

/* The stacks, 2 KiB for the console, and 100 bytes for each connection. */
#define configTOTAL_HEAP_SIZE                   (40 * 1024)
#define configSUPPORT_DYNAMIC_ALLOCATION        1
#define configSUPPORT_STATIC_ALLOCATION         0
#define configNUM_THREAD_LOCAL_STORAGE_POINTERS 1 /* lwIP's semaphore */
#define configCHECK_FOR_STACK_OVERFLOW          2
#define configUSE_MALLOC_FAILED_HOOK            1

#define configUSE_TASK_NOTIFICATIONS  1
#define configUSE_STREAM_BUFFERS      1
#define configUSE_MUTEXES             1
#define configUSE_RECURSIVE_MUTEXES   1
#define configUSE_COUNTING_SEMAPHORES 1

#define configUSE_TIMERS             1
#define configTIMER_TASK_PRIORITY    (configMAX_PRIORITIES - 1)
#define configTIMER_QUEUE_LENGTH     10
#define configTIMER_TASK_STACK_DEPTH 512 /* words */

#define INCLUDE_vTaskDelay                1
#define INCLUDE_vTaskDelete               1
#define INCLUDE_vTaskSuspend              1
#define INCLUDE_vTaskPrioritySet          1
#define INCLUDE_xSemaphoreGetMutexHolder  1
#define INCLUDE_xTaskGetCurrentTaskHandle 1
#define INCLUDE_xTaskGetSchedulerState    1
#define INCLUDE_xTimerPendFunctionCall    1

/* The RP2350's Cortex-M33: not secure and non-secure worlds, but one. */
#define configENABLE_FPU                     1
#define configENABLE_MPU                     0
#define configENABLE_TRUSTZONE               0
#define configRUN_FREERTOS_SECURE_ONLY       1
#define configMAX_SYSCALL_INTERRUPT_PRIORITY 16

/* Tasks may wait in the SDK's functions. */
#define configSUPPORT_PICO_SYNC_INTEROP 1
#define configSUPPORT_PICO_TIME_INTEROP 1

#include <assert.h>
#define configASSERT(condition) assert(condition)

#endif

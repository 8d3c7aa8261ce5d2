/**
 * @file
 * The common part of the boards' FreeRTOSConfig.h, for kernels V9.0.0 to V11.
 * Each board includes it after defining its own sizes.
 */
#ifndef FREERTOS_CONFIG_SHARED_H
#define FREERTOS_CONFIG_SHARED_H

#include "cortex_m.h"

#include <stdint.h>

#define configCPU_CLOCK_HZ                      BOARD_CLOCK_HZ
#define configUSE_PREEMPTION                    1
#define configUSE_PORT_OPTIMISED_TASK_SELECTION 1
#define configUSE_TIME_SLICING                  0
#define configTICK_RATE_HZ                      1000
#define configMAX_PRIORITIES                    4
#define configMAX_TASK_NAME_LEN                 8
#define configUSE_16_BIT_TICKS                  0
#define configSTACK_DEPTH_TYPE                  uint16_t
#define configENABLE_BACKWARD_COMPATIBILITY     1
#define configIDLE_SHOULD_YIELD                 1

#define configSUPPORT_DYNAMIC_ALLOCATION        1
#define configSUPPORT_STATIC_ALLOCATION         0
#define configAPPLICATION_ALLOCATED_HEAP        0
#define configNUM_THREAD_LOCAL_STORAGE_POINTERS 1
#define configUSE_NEWLIB_REENTRANT              0
#define configUSE_TASK_NOTIFICATIONS            1
#define configUSE_MUTEXES                       1
#define configUSE_RECURSIVE_MUTEXES             1
#define configUSE_COUNTING_SEMAPHORES           0
#define configUSE_TIMERS                        0
#define configUSE_CO_ROUTINES                   0
#define configQUEUE_REGISTRY_SIZE               0
#define configUSE_TRACE_FACILITY                0
#define configGENERATE_RUN_TIME_STATS           0

#define configUSE_IDLE_HOOK                 1
#define configUSE_TICK_HOOK                 0
#define configUSE_MALLOC_FAILED_HOOK        0
#define configCHECK_FOR_STACK_OVERFLOW      2
#define INCLUDE_vTaskDelay                  1
#define INCLUDE_vTaskSuspend                1
#define INCLUDE_xTaskGetCurrentTaskHandle   1
#define INCLUDE_uxTaskGetStackHighWaterMark 1
#define INCLUDE_xTaskGetSchedulerState      0

#define configKERNEL_INTERRUPT_PRIORITY      CORTEX_M_LOWEST_PRIORITY
#define configMAX_SYSCALL_INTERRUPT_PRIORITY CORTEX_M_MASKED_PRIORITY

/* The kernel's handlers under the names that the vector table uses; V11 would check for its own. */
#define vPortSVCHandler                  start_svc
#define xPortPendSVHandler               start_pendsv
#define xPortSysTickHandler              start_systick
#define configCHECK_HANDLER_INSTALLATION 0

#if LWCHAT_ASSERTS
_Noreturn void port_panic(const char *file, int line, const char *what);
#define configASSERT(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            port_panic(__FILE_NAME__, __LINE__, "FreeRTOS assertion");                             \
        }                                                                                          \
    } while (0)
#endif

/* Task priorities: lwIP's must be above the application's, as its sockets require. */
#define PORT_MAIN_PRIORITY     1
#define PORT_TCPIP_PRIORITY    2
#define PORT_ETHERNET_PRIORITY 3

#endif

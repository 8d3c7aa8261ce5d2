/* FreeRTOS V9 on a Cortex-M3 at 25 MHz, for lwIP's sys_arch.c. */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#define configCPU_CLOCK_HZ                  25000000UL
#define configTICK_RATE_HZ                  1000
#define configUSE_PREEMPTION                1
#define configMAX_PRIORITIES                7
#define configMAX_TASK_NAME_LEN             16
#define configMINIMAL_STACK_SIZE            128
#define configTOTAL_HEAP_SIZE               (32 * 1024)
#define configUSE_16_BIT_TICKS              0
#define configSTACK_DEPTH_TYPE              uint16_t
#define configENABLE_BACKWARD_COMPATIBILITY 1
#define configUSE_IDLE_HOOK                 1
#define configUSE_TICK_HOOK                 0
#define configUSE_MUTEXES                   1
#define configUSE_RECURSIVE_MUTEXES         1
#define configUSE_COUNTING_SEMAPHORES       1
#define configCHECK_FOR_STACK_OVERFLOW      2
#define configUSE_MALLOC_FAILED_HOOK        1

#define INCLUDE_vTaskDelay   1
#define INCLUDE_vTaskSuspend 1
#define INCLUDE_vTaskDelete  1

/* Three bits of priority. What the driver uses must be below the second. */
#define configKERNEL_INTERRUPT_PRIORITY      (7 << 5)
#define configMAX_SYSCALL_INTERRUPT_PRIORITY (5 << 5)

#define vPortSVCHandler     SVC_Handler
#define xPortPendSVHandler  PendSV_Handler
#define xPortSysTickHandler SysTick_Handler

void fail(const char *what);
#define configASSERT(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail("FreeRTOS: " #condition);                                                         \
        }                                                                                          \
    } while (0)

#endif

/* As FreeRTOS.h. */
#ifndef TASK_H
#define TASK_H

#include "FreeRTOS.h"

typedef struct task *TaskHandle_t;

BaseType_t xTaskCreate(void (*code)(void *), const char *name, size_t words, void *argument,
                       unsigned priority, TaskHandle_t *task);
TaskHandle_t xTaskGetCurrentTaskHandle(void);
void vTaskStartScheduler(void);
TickType_t xTaskGetTickCount(void);
void vTaskDelay(TickType_t ticks);
BaseType_t xTaskNotifyGive(TaskHandle_t task);
void vTaskNotifyGiveFromISR(TaskHandle_t task, BaseType_t *woken);
uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks);

void vApplicationStackOverflowHook(TaskHandle_t task, char *name);
void vApplicationIdleHook(void);

#endif

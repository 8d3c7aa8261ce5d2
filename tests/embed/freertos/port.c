#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "FreeRTOS.h"
#include "stream_buffer.h"
#include "task.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static size_t heap_used;
static bool started;

static void *allocate(size_t bytes)
{
    heap_used += bytes;
    if (heap_used > configTOTAL_HEAP_SIZE) {
        vApplicationMallocFailedHook();
    }
    return calloc(1, bytes);
}

/* --- Tasks ----------------------------------------------------------------------- */

struct tskTaskControlBlock {
    TaskFunction_t code;
    void *arg;
    uint32_t notified;
};

static _Thread_local TaskHandle_t current;

/* Tasks run once the scheduler does; one that returns is an error. */
static void *run(void *arg)
{
    current = arg;
    pthread_mutex_lock(&lock);
    while (!started) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
    current->code(current->arg);
    fprintf(stderr, "a task has returned\n");
    abort();
}

BaseType_t xTaskCreate(TaskFunction_t code, const char *name, configSTACK_DEPTH_TYPE words,
                       void *arg, UBaseType_t priority, TaskHandle_t *created)
{
    TaskHandle_t task = allocate(sizeof *task);
    pthread_t thread;

    if (priority >= configMAX_PRIORITIES || strlen(name) >= configMAX_TASK_NAME_LEN) {
        fprintf(stderr, "%s: not a priority or a name\n", name);
        abort();
    }
    heap_used += words * sizeof(StackType_t);
    task->code = code;
    task->arg = arg;
    if (created != NULL) {
        *created = task;
    }
    return pthread_create(&thread, NULL, run, task) == 0 ? pdPASS : pdFALSE;
}

void vTaskStartScheduler(void)
{
    pthread_mutex_lock(&lock);
    started = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    for (;;) {
#if configUSE_TICK_HOOK
        usleep(1000);
        vApplicationTickHook();
#else
        pause();
#endif
    }
}

TaskHandle_t xTaskGetCurrentTaskHandle(void)
{
    return current;
}

void vTaskDelay(TickType_t ticks)
{
    usleep(ticks * 1000);
}

uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks)
{
    uint32_t notified;

    (void)ticks; /* forever */
    pthread_mutex_lock(&lock);
    while (current->notified == 0) {
        pthread_cond_wait(&changed, &lock);
    }
    notified = current->notified;
    current->notified = clear == pdTRUE ? 0 : notified - 1;
    pthread_mutex_unlock(&lock);
    return notified;
}

BaseType_t xTaskNotifyGive(TaskHandle_t task)
{
    pthread_mutex_lock(&lock);
    task->notified++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return pdPASS;
}

/* --- Stream buffers ---------------------------------------------------------------- */

struct StreamBufferDef_t {
    size_t size, used, first;
    char bytes[];
};

StreamBufferHandle_t xStreamBufferCreate(size_t bytes, size_t trigger)
{
    StreamBufferHandle_t buffer = allocate(sizeof *buffer + bytes);

    (void)trigger;
    buffer->size = bytes;
    return buffer;
}

size_t xStreamBufferSpacesAvailable(StreamBufferHandle_t buffer)
{
    pthread_mutex_lock(&lock);
    size_t bytes = buffer->size - buffer->used;
    pthread_mutex_unlock(&lock);
    return bytes;
}

/* Waits for room for all of it, or sends what there is room for. */
size_t xStreamBufferSend(StreamBufferHandle_t buffer, const void *data, size_t bytes,
                         TickType_t ticks)
{
    size_t sent = 0;

    pthread_mutex_lock(&lock);
    while (ticks > 0 && buffer->size - buffer->used < bytes && bytes <= buffer->size) {
        pthread_cond_wait(&changed, &lock);
    }
    for (; sent < bytes && buffer->used < buffer->size; sent++) {
        buffer->bytes[(buffer->first + buffer->used++) % buffer->size] = ((const char *)data)[sent];
    }
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return sent;
}

size_t xStreamBufferReceive(StreamBufferHandle_t buffer, void *data, size_t bytes, TickType_t ticks)
{
    size_t received = 0;

    (void)ticks; /* none */
    pthread_mutex_lock(&lock);
    for (; received < bytes && buffer->used > 0; received++, buffer->used--) {
        ((char *)data)[received] = buffer->bytes[buffer->first++ % buffer->size];
    }
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return received;
}

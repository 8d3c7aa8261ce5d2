#include "os.h"
#include "board.h"
#include "entropy.h"
#include "ethernet.h"
#include "processor.h"
#include "stacks.h"

#include "FreeRTOS.h"
#include "task.h"

#include "lwip/tcpip.h"

const char os_stack_name[] = "STACK_INTERRUPT";

static TaskHandle_t application, receiver;
static volatile uint8_t unpaused; /* frames since another task could run */

/*
 * The program's main() runs in a task. The interrupt handlers reuse the start-up
 * stack once the scheduler starts, and would overwrite its variables there.
 */
_Noreturn void os_run(void (*program)(void *))
{
    if (xTaskCreate(program, "main", PORT_MAIN_STACK_BYTES / sizeof(StackType_t), NULL,
                    PORT_MAIN_PRIORITY, &application) != pdPASS) {
        port_panic(__FILE_NAME__, __LINE__, "configTOTAL_HEAP_SIZE is too small for main()");
    }
    vTaskStartScheduler();
    port_panic(__FILE_NAME__, __LINE__, "configTOTAL_HEAP_SIZE is too small for the idle task");
}

void os_start_lwip(void (*bring_up)(void *), void *argument)
{
    stacks_watch(STACK_MAIN);
    tcpip_init(bring_up, argument);
}

uint32_t port_now_ms(void)
{
    return xTaskGetTickCount() * portTICK_PERIOD_MS;
}

void port_wake(void)
{
    if (application != NULL) {
        (void)xTaskNotifyGive(application);
    }
}

void os_wake_from_interrupt(void)
{
    BaseType_t woken = pdFALSE;

    vTaskNotifyGiveFromISR(application, &woken);
    portEND_SWITCHING_ISR(woken);
}

bool os_wait(uint32_t ms)
{
    return ms != 0 && ulTaskNotifyTake(pdTRUE, pdMS_TO_TICKS(ms)) != 0;
}

void os_pause(void)
{
    vTaskDelay(1);
}

/* A flood must not starve the application, even if there are never many frames at once. */
static void take_frames(void *netif)
{
    stacks_watch(STACK_ETHERNET);
    for (;;) {
        (void)ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
        do {
            unsigned count = unpaused + ethernet_feed(netif);
            if (count >= ETHERNET_BATCH) {
                vTaskDelay(1);
                count = 0;
            }
            unpaused = (uint8_t)count;
        } while (!board_ethernet_listen());
    }
}

err_t os_start_frames(struct netif *netif)
{
    stacks_watch(STACK_TCPIP);
    if (xTaskCreate(take_frames, "ether", PORT_ETHERNET_STACK_BYTES / sizeof(StackType_t), netif,
                    PORT_ETHERNET_PRIORITY, &receiver) != pdPASS) {
        return ERR_MEM;
    }
    (void)xTaskNotifyGive(receiver); /* the task then unmasks the interrupt */
    return ERR_OK;
}

void ethernet_interrupt(void)
{
    BaseType_t woken = pdFALSE;

    entropy_stir(0);
    if (xTaskGetCurrentTaskHandle() != receiver) {
        unpaused = 0;
    }
    vTaskNotifyGiveFromISR(receiver, &woken);
    portEND_SWITCHING_ISR(woken);
}

bool os_pool(unsigned index, struct port_pool *pool)
{
    if (index == 0) {
        pool->name = "RTOS";
        pool->available = configTOTAL_HEAP_SIZE;
        pool->used = pool->available - (uint32_t)xPortGetFreeHeapSize();
        pool->most = pool->available - (uint32_t)xPortGetMinimumEverFreeHeapSize();
        return true;
    }
    return stacks_show(index - 1, pool);
}

void vApplicationStackOverflowHook(TaskHandle_t task, char *name)
{
    (void)task;
    port_panic("stack", 0, name);
}

void vApplicationIdleHook(void)
{
    stacks_watch(STACK_IDLE);
    processor_sleep();
}

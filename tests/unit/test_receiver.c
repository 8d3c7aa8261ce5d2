/*
 * The task that receives frames, which has the highest priority, leaves time to the
 * others, however the frames of a flood arrive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "board.h"
#include "entropy.h"
#include "ethernet.h"
#include "os.h"
#include "stacks.h"

#include "FreeRTOS.h"
#include "task.h"

#include "lwip/tcpip.h"

enum { FRAMES = 3200 };

/* How frames arrive. */
static unsigned at_once; /* in each call of ethernet_feed() */
static unsigned
    wakes_for; /* calls after which there is none left, and an interrupt announces more; 0: never */
static bool others_run; /* until that interrupt */

static struct task {
    int unused;
} receiver, other;
static TaskHandle_t running = &receiver;
static void (*receive)(void *);
static jmp_buf enough;
static unsigned frames, calls, pauses;

/* --- FreeRTOS --------------------------------------------------------------------- */

BaseType_t xTaskCreate(void (*code)(void *), const char *name, size_t words, void *argument,
                       unsigned priority, TaskHandle_t *task)
{
    (void)name;
    (void)words;
    (void)argument;
    (void)priority;
    *task = &receiver;
    receive = code;
    return pdPASS;
}

void vTaskStartScheduler(void)
{
}

TaskHandle_t xTaskGetCurrentTaskHandle(void)
{
    return running;
}

TickType_t xTaskGetTickCount(void)
{
    return 0;
}

void vTaskDelay(TickType_t ticks)
{
    assert_int_equal(ticks, 1);
    pauses++;
}

BaseType_t xTaskNotifyGive(TaskHandle_t task)
{
    (void)task;
    return pdPASS;
}

void vTaskNotifyGiveFromISR(TaskHandle_t task, BaseType_t *woken)
{
    (void)task;
    (void)woken;
}

uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks)
{
    (void)clear;
    (void)ticks;
    if (others_run) {
        running = &other;
        ethernet_interrupt();
        running = &receiver;
    }
    return 1;
}

size_t xPortGetFreeHeapSize(void)
{
    return 0;
}

size_t xPortGetMinimumEverFreeHeapSize(void)
{
    return 0;
}

/* --- What else os.c needs ------------------------------------------------------------- */

void stacks_watch(enum stack_owner owner)
{
    (void)owner;
}

bool stacks_show(unsigned index, struct port_pool *pool)
{
    (void)index;
    (void)pool;
    return false;
}

void entropy_stir(uint32_t word)
{
    (void)word;
}

_Noreturn void port_panic(const char *file, int line, const char *what)
{
    (void)file;
    (void)line;
    fail_msg("%s", what);
    for (;;) {
    }
}

void tcpip_init(tcpip_init_done_fn done, void *argument)
{
    (void)done;
    (void)argument;
}

bool board_ethernet_listen(void)
{
    bool none_left = wakes_for != 0 && calls % wakes_for == 0;

    if (none_left && !others_run) {
        ethernet_interrupt(); /* before the task has to wait */
    }
    return none_left;
}

unsigned ethernet_feed(struct netif *netif)
{
    (void)netif;
    if (frames >= FRAMES) {
        longjmp(enough, 1);
    }
    calls++;
    frames += at_once;
    return at_once;
}

/* --- Floods ------------------------------------------------------------------------------ */

/* @return with how many pauses the task received FRAMES frames. */
static unsigned pauses_with(unsigned once, unsigned wakes, bool others)
{
    at_once = once;
    wakes_for = wakes;
    others_run = others;
    frames = calls = pauses = 0;
    assert_int_equal(os_start_frames(NULL), ERR_OK);
    if (setjmp(enough) == 0) {
        receive(NULL);
    }
    return pauses;
}

static void test_flood(void **state)
{
    (void)state;
    for (unsigned once = 1; once <= ETHERNET_BATCH; once++) {
        for (unsigned wakes = 0; wakes <= 3; wakes++) {
            unsigned had = pauses_with(once, wakes, false);
            assert_true(had >= FRAMES / (ETHERNET_BATCH + once - 1));
            assert_true(had <= FRAMES / ETHERNET_BATCH);
        }
    }
}

/* Where the others run anyway, a pause would only delay the frames, and overflow a small FIFO. */
static void test_no_flood(void **state)
{
    (void)state;
    assert_int_equal(pauses_with(1, 1, true), 0);
    assert_int_equal(pauses_with(10, 3, true), 0);
    assert_int_equal(pauses_with(ETHERNET_BATCH, 1, true), FRAMES / ETHERNET_BATCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_no_flood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "os.h"
#include "board.h"
#include "entropy.h"
#include "ethernet.h"
#include "processor.h"
#include "pump.h"
#include "stack.h"

#include "lwip/tcpip.h"
#include "lwip/timeouts.h"

const char os_stack_name[] = "STACK_MAIN";

/* tcpip.c defines it with TCPIP_THREAD_TEST; no header declares it. */
int tcpip_thread_poll_one(void);

static struct netif *interface;
static volatile uint32_t now_ms;
static uint32_t full_at_ms; /* when the last full batch was taken */
static volatile bool
    frames;                 /* some may have arrived; the interrupt is masked until all are taken */
static bool pumping;        /* where lwIP's thread would hold the core lock */
static volatile bool woken; /* a wake-up of the application is pending */

void os_tick(void)
{
    now_ms++;
}

uint32_t port_now_ms(void)
{
    return now_ms;
}

void ethernet_interrupt(void)
{
    entropy_stir(0);
    frames = true;
}

void port_wake(void)
{
    woken = true;
}

void os_wake_from_interrupt(void)
{
    woken = true;
}

_Noreturn void os_run(void (*program)(void *))
{
    processor_start_tick();
    program(NULL);
    port_panic(__FILE_NAME__, __LINE__, "the program has returned");
}

void os_start_lwip(void (*bring_up)(void *), void *argument)
{
    tcpip_init(NULL, NULL);
    bring_up(argument);
}

err_t os_start_frames(struct netif *netif)
{
    interface = netif;
    frames = true; /* the first check unmasks the interrupt */
    return ERR_OK;
}

static void take_frames(void)
{
    pumping = true;
    frames = false;
    if (ethernet_feed(interface) == ETHERNET_BATCH) {
        full_at_ms = now_ms;
        frames = true;
    } else if (!board_ethernet_listen()) {
        frames = true;
    }
    pumping = false;
}

/* Takes at most one full batch per millisecond: a flood must not starve the application. */
void pump_between_calls(void)
{
    if (frames && !pumping && full_at_ms != now_ms) {
        take_frames();
    }
}

static void pump(void)
{
    if (frames) {
        take_frames();
    }
    pumping = true;
    while (tcpip_thread_poll_one() != 0) {
    }
    sys_check_timeouts();
    pumping = false;
}

/* Sleeps until an interrupt, for at most a tick. */
static void sleep_unless(const volatile bool *flag)
{
    processor_hold();
    if (!frames && !*flag) {
        processor_sleep();
    }
    processor_release();
}

void pump_and_sleep(void)
{
    pump();
    sleep_unless(&frames); /* the console does not end a wait for lwIP */
}

bool os_wait(uint32_t ms)
{
    uint32_t start_ms = now_ms;

    pump();
    while (!woken && now_ms - start_ms < ms) {
        sleep_unless(&woken);
        pump();
    }
    if (ms == 0 || !woken) {
        return false;
    }
    woken = false;
    return true;
}

void os_pause(void)
{
    uint32_t start_ms = port_now_ms();

    while (port_now_ms() == start_ms) {
        processor_sleep();
    }
}

bool os_pool(unsigned index, struct port_pool *pool)
{
    if (index == 0) {
        mailboxes_show(pool);
    } else if (index == 1) {
        stack_show(pool);
    }
    return index < 2;
}

/**
 * @file
 * What the code that all boards share needs from an operating system. port/freertos/ has one.
 * port/bare/ has none: its one thread moves frames while it waits. Both also provide port_now_ms(),
 * port_wake(), ethernet_interrupt(), and in lwipopts_os.h the options of lwIP's threads.
 */
#ifndef OS_H
#define OS_H

#include <stdbool.h>
#include <stdint.h>

#include "lwip/netif.h"
#include "port.h"

/** What stack_show() calls the stack. */
extern const char os_stack_name[];

/** Starts the clock, then `program`, the application, which must not return. */
_Noreturn void os_run(void (*program)(void *));

/** Counts a millisecond. Called by the processor's tick, which only runs without an operating
 * system. */
void os_tick(void);

/** Starts lwIP and runs `bring_up` in its thread. Called by the application. */
void os_start_lwip(void (*bring_up)(void *), void *argument);

/** Starts to call ethernet_feed() whenever there are frames. Called in lwIP's thread. */
err_t os_start_frames(struct netif *netif);

/** As port_wake(), from an interrupt handler. */
void os_wake_from_interrupt(void);

/**
 * Sleeps until port_wake(), for at most `ms`. With 0 it never sleeps, and a wake-up stays pending.
 * @return whether there was a wake-up.
 */
bool os_wait(uint32_t ms);

/** Lets a millisecond pass. Works with lwIP's core locked: only interrupt handlers need run. */
void os_pause(void);

/** As port_pool(), for the pools that are not lwIP's. */
bool os_pool(unsigned index, struct port_pool *pool);

#endif

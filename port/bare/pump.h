/**
 * @file
 * The work of lwIP's thread and of the one that receives frames.
 */
#ifndef PUMP_H
#define PUMP_H

#include "port.h"

/** Passes frames to lwIP and runs its timers, then sleeps until an interrupt. */
void pump_and_sleep(void);

/** As port_pool(), for the mailboxes of the connections. */
void mailboxes_show(struct port_pool *pool);

#endif

/**
 * @file
 * High-water marks of the tasks' stacks.
 */
#ifndef STACKS_H
#define STACKS_H

#include <stdbool.h>

#include "port.h"

/** The tasks whose stacks are watched. */
enum stack_owner { STACK_MAIN, STACK_ETHERNET, STACK_TCPIP, STACK_IDLE, STACK_OWNERS };

/** Registers the calling task as `owner`. */
void stacks_watch(enum stack_owner owner);

/** As port_pool(), in bytes: the tasks' stacks, then the interrupt stack. */
bool stacks_show(unsigned index, struct port_pool *pool);

#endif

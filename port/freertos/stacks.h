/**
 * @file
 * How much of each stack has ever been used.
 */
#ifndef STACKS_H
#define STACKS_H

#include <stdbool.h>

#include "port.h"

/** The tasks whose stacks are watched. */
enum stack_owner { STACK_MAIN, STACK_ETHERNET, STACK_TCPIP, STACK_IDLE, STACK_OWNERS };

/** Paints the interrupts' stack, except what is in use. At the very start. */
void stacks_paint(void);

/** Makes the calling task known as `owner`. */
void stacks_watch(enum stack_owner owner);

/** As port_pool(), in bytes: the tasks' stacks, then the interrupts'. */
bool stacks_show(unsigned index, struct port_pool *pool);

#endif

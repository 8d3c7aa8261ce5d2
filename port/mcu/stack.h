/**
 * @file
 * The stack of the start-up code and the interrupt handlers; without an operating system, of
 * everything. It is at the start of the RAM, with no memory below it: an overflow is a fault.
 */
#ifndef STACK_H
#define STACK_H

#include <stdint.h>

#include "port.h"

/* Defined by sections.ld. */
extern uint32_t section_stack_start[];
extern uint32_t section_stack_end[];

/** Fills its unused part with a pattern. Called first of all at reset. */
void stack_paint(void);

/** As port_pool(): its high-water mark in bytes. */
void stack_show(struct port_pool *pool);

#endif

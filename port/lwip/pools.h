/**
 * @file
 * lwIP's pools and heap as port_pool() shows them. Shared by all ports.
 */
#ifndef POOLS_H
#define POOLS_H

#include <stdbool.h>

#include "port.h"

/** As port_pool(): the heap is number 0. @return false when there is none with that number. */
bool pools_show(unsigned index, struct port_pool *pool);

#endif

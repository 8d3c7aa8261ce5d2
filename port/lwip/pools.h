/**
 * @file
 * Statistics of lwIP's heap and pools for port_pool(). Shared by all ports.
 */
#ifndef POOLS_H
#define POOLS_H

#include <stdbool.h>

#include "port.h"

/** As port_pool(): index 0 is the heap. @return false when there is no pool at `index`. */
bool pools_show(unsigned index, struct port_pool *pool);

#endif

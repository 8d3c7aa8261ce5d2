/**
 * @file
 * The parts of the bridge, which one loop runs.
 */
#ifndef BRIDGE_BRIDGE_H
#define BRIDGE_BRIDGE_H

#include "broker.h"
#include "options.h"
#include "seat.h"
#include "store.h"

struct bridge {
    struct options options;
    struct store store;
    struct broker broker;
    struct seat *seats;
    unsigned seats_count;
    unsigned first; /**< the seat that publishes first this time */
    bool ending;    /**< the servers were left: nothing more is said there */
};

#endif

/**
 * @file
 * A wire that puts faults (fault.h) in front of another wire:
 *
 *     loop <- [inward,  by due time] <- receive() <- the inner wire
 *     lwIP -> [outward, by due time] -> send()    -> the inner wire
 *
 * Each direction holds at most FAULT_FRAMES frames. Further frames are dropped, as
 * by a switch whose buffer is full, but still counted in their direction.
 */
#ifndef FAULT_WIRE_H
#define FAULT_WIRE_H

#include "wire.h"

/** Delayed frames in one direction at most. */
#define FAULT_FRAMES 4096

/**
 * @param inner  the wire that carries the frames that get through
 * @param text   the SPEC
 * @return a wire to use instead, to be opened once; NULL, with the reason set,
 *         when the SPEC is invalid.
 */
const struct wire *fault_wire(const struct wire *inner, const char *text);

#endif

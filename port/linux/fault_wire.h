/**
 * @file
 * A wire with faults (fault.h) in front of another wire:
 *
 *     loop <- [inward,  by due time] <- receive() <- the other wire
 *     lwIP -> [outward, by due time] -> send()    -> the other wire
 *
 * Each direction holds at most FAULT_FRAMES frames. One more is lost, as in a
 * switch whose buffer is full, and counts as a frame of its direction.
 */
#ifndef FAULT_WIRE_H
#define FAULT_WIRE_H

#include "wire.h"

/** Frames that wait in one direction. */
#define FAULT_FRAMES 4096

/**
 * @param inner  the wire that carries what gets through
 * @param text   the SPEC
 * @return a wire to use instead, to be opened once; NULL, with the reason set,
 *         when the SPEC is none.
 */
const struct wire *fault_wire(const struct wire *inner, const char *text);

#endif

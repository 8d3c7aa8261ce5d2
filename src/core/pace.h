/**
 * @file
 * Whether the connection of a reader keeps up.
 */
#ifndef LWCHAT_PACE_H
#define LWCHAT_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How a connection takes what it is offered. */
struct pace {
    uint32_t took_ms;  /**< when it last took something; since when it is blocked, if it has not */
    uint32_t taken;    /**< bytes that it took since `since_ms` */
    uint16_t since_ms; /**< low bits of the start of the span over which `taken` is counted */
    bool blocked : 1;  /**< it did not take all that it was offered */
    uint8_t held : 7;  /**< for how long it has held the log, in the units of gate.c */
    uint8_t held_at;   /**< when it did so last, in seconds of gate.c that wrap */
};

/**
 * Counts what the connection took. `all`: everything that it was offered;
 * `more`: there is more to offer.
 */
void pace_took(struct pace *pace, size_t bytes, bool all, bool more, uint32_t now_ms);

enum pace_state {
    PACE_KEEPS_UP,    /**< it takes enough, or all that it was offered */
    PACE_HICCUPS,     /**< it took enough until a moment ago */
    PACE_FALLS_BEHIND /**< it has long taken too little */
};

enum pace_state pace_of(const struct pace *pace, uint32_t now_ms);

#endif

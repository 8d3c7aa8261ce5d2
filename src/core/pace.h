/**
 * @file
 * Whether a reader's connection keeps up.
 */
#ifndef LWCHAT_PACE_H
#define LWCHAT_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** How fast a connection takes the output that it is offered. */
struct pace {
    uint32_t took_ms;  /**< when it last took something, or became blocked */
    uint32_t taken;    /**< bytes taken since `since_ms` */
    uint16_t since_ms; /**< low bits of the start of the span over which `taken` is counted */
    bool blocked : 1;  /**< it did not take all that it was offered */
    uint8_t held : 7;  /**< for how long it has held the log, in the units of gate.c */
    uint8_t held_at;   /**< when it last held it, in the seconds of gate.c; wraps */
};

/**
 * Counts the bytes that the connection took. `all`: that was all it was offered;
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

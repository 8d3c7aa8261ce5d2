/**
 * @file
 * How fast a session may speak. It is a virtual schedule: each line moves
 * `allowed_us` on by its share of a second, and a session may be as far ahead
 * of the clock as the burst is long. Long answers, and records that push out
 * what was said aloud, move it on as well, as far as LWCHAT_COST_MS.
 *
 * Microseconds, so that a rate of thousands counts right. They wrap every 71
 * minutes, which is no harm while rate_tick() is called now and then. A rate
 * of 0 lines a second is no limit.
 */
#ifndef LWCHAT_RATE_H
#define LWCHAT_RATE_H

#include "lwchat_config.h"

#include <stdint.h>

/** What those who left have used of the rate; there are LWCHAT_KEPT_RATES of these. */
struct rate_kept {
    uint32_t ip;
    uint32_t allowed_us; /**< for all who come from there */
};

/** us until somebody may send a line, where there is a limit; 0 or less: now. */
int32_t rate_wait_us(uint32_t lines_per_s, uint32_t allowed_us, uint32_t now_ms);

/** Counts a line, for which `aside_bytes` of records pushed out what was said aloud. */
void rate_spend_line(uint32_t lines_per_s, uint32_t *allowed_us, uint32_t aside_bytes,
                     uint32_t now_ms);

/** Counts `bytes` of an answer. */
void rate_spend_answer(uint32_t lines_per_s, uint32_t *allowed_us, uint32_t bytes, uint32_t now_ms);

/** Forgets time that has passed unused. */
void rate_tick(uint32_t *allowed_us, uint32_t now_ms);

/** Somebody leaves: what is used of the burst is kept for the address. */
void rate_leave(struct rate_kept *all, uint32_t ip, uint32_t allowed_us, uint32_t now_ms);

/** Somebody comes: takes over what was kept for the address, one burst at most. @return allowed_us.
 */
uint32_t rate_come(struct rate_kept *all, uint32_t ip, uint32_t now_ms);

#endif

/**
 * @file
 * Rate limit for a session's input: a virtual schedule. Each line advances
 * `allowed_us` by its share of a second, and a session may be ahead of the clock
 * by the length of the burst. Long answers, and private messages and notices that
 * push others out of the log, advance it too, by up to LWCHAT_COST_MS.
 *
 * Times are in microseconds, so that rates of thousands are exact. They wrap
 * every 71 minutes, which is harmless as long as rate_tick() is called regularly.
 * A rate of 0 lines per second means no limit.
 */
#ifndef LWCHAT_RATE_H
#define LWCHAT_RATE_H

#include "lwchat_address.h"

/** What sessions that have left had used of the rate; there are LWCHAT_KEPT_RATES entries. */
struct rate_kept {
    struct lwchat_address ip; /**< what stands for the person: address_person() */
    uint32_t allowed_us;      /**< for all new sessions from there */
    uint32_t closed_us;       /**< for lines of all peers from there that have closed their side */
};

/** us until the next line is allowed; 0 or less: now. `lines_per_s` is not 0. */
int32_t rate_wait_us(uint32_t lines_per_s, uint32_t allowed_us, uint32_t now_ms);

/** us of the schedule that a line takes. `lines_per_s` is not 0. */
uint32_t rate_line_us(uint32_t lines_per_s);

/**
 * Charges a line, and `aside_bytes` of private messages and notices that push out others.
 * `lines_per_s` is not 0.
 */
void rate_spend_line(uint32_t lines_per_s, uint32_t *allowed_us, uint32_t aside_bytes,
                     uint32_t now_ms);

/** Charges `bytes` of an answer. */
void rate_spend_answer(uint32_t lines_per_s, uint32_t *allowed_us, uint32_t bytes, uint32_t now_ms);

/** Charges going back by `bytes` of the log. */
void rate_spend_back(uint32_t lines_per_s, uint32_t *allowed_us, uint32_t bytes, uint32_t now_ms);

/** Discards unused time, for which there is no credit. */
void rate_tick(uint32_t *allowed_us, uint32_t now_ms);

/** The same for all entries of what is kept. */
void rate_tick_kept(struct rate_kept *all, uint32_t now_ms);

/** A session leaves: what it has used of the burst is kept for its address. */
void rate_leave(struct rate_kept *all, struct lwchat_address ip, uint32_t allowed_us,
                uint32_t now_ms);

/** A session joins, with what is kept for its address, one burst at most. @return allowed_us. */
uint32_t rate_come(struct rate_kept *all, struct lwchat_address ip, uint32_t now_ms);

/**
 * us until a line of a peer that has closed its side may be said; 0 or less: now. All such peers
 * from an address share a schedule, which may be a minute ahead of the clock. Otherwise a peer that
 * comes and leaves again and again would have the rate of all its sessions that still wait.
 */
int32_t rate_wait_closed_us(uint32_t lines_per_s, const struct rate_kept *all,
                            struct lwchat_address ip, uint32_t now_ms);

/** Charges a line of such a peer to its address. `lines_per_s` is not 0. */
void rate_spend_closed(uint32_t lines_per_s, struct rate_kept *all, struct lwchat_address ip,
                       uint32_t now_ms);

#endif

#include "rate.h"

/* No schedule is further ahead of the clock than MOST_US: one that seems to be is in the past. */
enum {
    SECOND_US = 1000000,
    BURST_US = 2 * SECOND_US,
    COST_US = LWCHAT_COST_MS * 1000,
    MOST_US = BURST_US + COST_US,
    KEPT_US = 60 * SECOND_US
};

int32_t rate_wait_us(uint32_t lines_per_s, uint32_t allowed_us, uint32_t now_ms)
{
    int32_t early_us = (int32_t)(allowed_us - now_ms * 1000);

    return early_us - (BURST_US - (int32_t)(SECOND_US / lines_per_s));
}

/* How far a schedule is ahead of the clock; 0 when it is in the past. */
static uint32_t ahead_us(uint32_t allowed_us, uint32_t most_us, uint32_t now_ms)
{
    uint32_t us = allowed_us - now_ms * 1000;

    return us > most_us ? 0 : us;
}

void rate_tick(uint32_t *allowed_us, uint32_t now_ms)
{
    *allowed_us = now_ms * 1000 + ahead_us(*allowed_us, MOST_US, now_ms);
}

static void spend(uint32_t *allowed_us, uint32_t us, uint32_t now_ms)
{
    uint32_t ahead = ahead_us(*allowed_us, MOST_US, now_ms);

    ahead = us < MOST_US - ahead ? ahead + us : MOST_US;
    *allowed_us = now_ms * 1000 + ahead;
}

/* us for `bytes` at `bytes_per_s`, at most COST_US. */
static uint32_t us_of(uint32_t bytes, uint32_t bytes_per_s)
{
    return bytes / bytes_per_s >= COST_US / SECOND_US ? (uint32_t)COST_US
                                                      : bytes * (SECOND_US / bytes_per_s);
}

void rate_spend_line(uint32_t lines_per_s, uint32_t *allowed_us, uint32_t aside_bytes,
                     uint32_t now_ms)
{
    if (lines_per_s > 0) {
        uint32_t us = SECOND_US / lines_per_s;
        spend(allowed_us, us + us_of(aside_bytes, LWCHAT_ASIDE_BYTES_PER_S), now_ms);
    }
}

/* At most COST_US. */
static void spend_lines(uint32_t lines_per_s, uint32_t *allowed_us, uint32_t lines, uint32_t now_ms)
{
    if (lines_per_s > 0 && lines > 0) {
        uint32_t us = SECOND_US / lines_per_s;
        spend(allowed_us, lines > COST_US / us ? (uint32_t)COST_US : lines * us, now_ms);
    }
}

void rate_spend_answer(uint32_t lines_per_s, uint32_t *allowed_us, uint32_t bytes, uint32_t now_ms)
{
    spend_lines(lines_per_s, allowed_us, bytes / LWCHAT_ANSWER_BYTES, now_ms);
}

void rate_spend_back(uint32_t lines_per_s, uint32_t *allowed_us, uint32_t bytes, uint32_t now_ms)
{
    spend_lines(lines_per_s, allowed_us, bytes / LWCHAT_BACK_BYTES, now_ms);
}

/* --- Reconnecting --------------------------------------------------------- */

/* The entry for an address or, if it has none, the one that is kept for the shortest time. */
static unsigned find_kept(const struct rate_kept *all, uint32_t ip, uint32_t now_ms)
{
    unsigned least = 0;

    for (unsigned i = 0; i < LWCHAT_KEPT_RATES; i++) {
        if (all[i].ip == ip) {
            return i;
        }
        if (ahead_us(all[i].allowed_us, KEPT_US, now_ms) <
            ahead_us(all[least].allowed_us, KEPT_US, now_ms)) {
            least = i;
        }
    }
    return least;
}

static uint32_t kept_us(const struct rate_kept *kept, uint32_t ip, uint32_t now_ms)
{
    return kept->ip == ip ? ahead_us(kept->allowed_us, KEPT_US, now_ms) : 0;
}

void rate_leave(struct rate_kept *all, uint32_t ip, uint32_t allowed_us, uint32_t now_ms)
{
    uint32_t used_us = ahead_us(allowed_us, MOST_US, now_ms);

    if (used_us == 0) {
        return;
    }
    struct rate_kept *kept = &all[find_kept(all, ip, now_ms)];
    uint32_t sum_us = kept_us(kept, ip, now_ms) + used_us;
    kept->ip = ip;
    kept->allowed_us = now_ms * 1000 + (sum_us < KEPT_US ? sum_us : KEPT_US);
}

bool rate_is_kept(const struct rate_kept *all, uint32_t ip, uint32_t now_ms)
{
    return kept_us(&all[find_kept(all, ip, now_ms)], ip, now_ms) > 2 * BURST_US;
}

uint32_t rate_look(const struct rate_kept *all, uint32_t ip, bool all_of_it, uint32_t now_ms)
{
    uint32_t most_us = all_of_it ? MOST_US : BURST_US;
    uint32_t us = kept_us(&all[find_kept(all, ip, now_ms)], ip, now_ms);

    return now_ms * 1000 + (us < most_us ? us : most_us);
}

uint32_t rate_come(struct rate_kept *all, uint32_t ip, bool all_of_it, uint32_t now_ms)
{
    struct rate_kept *kept = &all[find_kept(all, ip, now_ms)];
    uint32_t most_us = all_of_it ? MOST_US : BURST_US;
    uint32_t us = kept_us(kept, ip, now_ms);

    if (kept->ip != ip) {
        return now_ms * 1000;
    }
    uint32_t taken_us = us < most_us ? us : most_us;
    kept->allowed_us = now_ms * 1000 + us - taken_us;
    return now_ms * 1000 + taken_us;
}

#include "rate.h"

/* No schedule is further ahead of the clock than MOST_US: one that seems to be is in the past. */
enum {
    SECOND_US = 1000000,
    BURST_US = 2 * SECOND_US,
    COST_US = LWCHAT_COST_MS * 1000,
    MOST_US = BURST_US + COST_US,
    KEPT_US = 60 * SECOND_US
};

uint32_t rate_line_us(uint32_t lines_per_s)
{
    return SECOND_US / lines_per_s;
}

int32_t rate_wait_us(uint32_t lines_per_s, uint32_t allowed_us, uint32_t now_ms)
{
    int32_t early_us = (int32_t)(allowed_us - now_ms * 1000);

    return early_us - (int32_t)(BURST_US - rate_line_us(lines_per_s));
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
    uint32_t us = rate_line_us(lines_per_s) + us_of(aside_bytes, LWCHAT_ASIDE_BYTES_PER_S);

    spend(allowed_us, us, now_ms);
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

static uint32_t kept_ahead_us(const struct rate_kept *kept, uint32_t now_ms)
{
    return ahead_us(kept->allowed_us, KEPT_US, now_ms);
}

static uint32_t closed_ahead_us(const struct rate_kept *kept, uint32_t now_ms)
{
    return ahead_us(kept->closed_us, KEPT_US, now_ms);
}

/* For how long the entry still means something. */
static uint32_t lasts_us(const struct rate_kept *kept, uint32_t now_ms)
{
    uint32_t us = kept_ahead_us(kept, now_ms);
    uint32_t closed_us = closed_ahead_us(kept, now_ms);

    return us > closed_us ? us : closed_us;
}

/* The entry for an address or, if it has none, the one that lasts for the shortest time. */
static unsigned find_kept(const struct rate_kept *all, struct lwchat_address ip, uint32_t now_ms)
{
    unsigned least = 0;

    for (unsigned i = 0; i < LWCHAT_KEPT_RATES; i++) {
        if (address_is(all[i].ip, ip)) {
            return i;
        }
        if (lasts_us(&all[i], now_ms) < lasts_us(&all[least], now_ms)) {
            least = i;
        }
    }
    return least;
}

/* The entry for an address, which may take the place of another's. */
static struct rate_kept *keep(struct rate_kept *all, struct lwchat_address ip, uint32_t now_ms)
{
    struct rate_kept *kept = &all[find_kept(all, ip, now_ms)];

    if (!address_is(kept->ip, ip)) {
        *kept = (struct rate_kept){ip, now_ms * 1000, now_ms * 1000};
    }
    return kept;
}

static uint32_t at_most(uint32_t us, uint32_t most_us)
{
    return us < most_us ? us : most_us;
}

void rate_tick_kept(struct rate_kept *all, uint32_t now_ms)
{
    for (unsigned i = 0; i < LWCHAT_KEPT_RATES; i++) {
        all[i].allowed_us = now_ms * 1000 + kept_ahead_us(&all[i], now_ms);
        all[i].closed_us = now_ms * 1000 + closed_ahead_us(&all[i], now_ms);
    }
}

void rate_leave(struct rate_kept *all, struct lwchat_address ip, uint32_t allowed_us,
                uint32_t now_ms)
{
    uint32_t used_us = ahead_us(allowed_us, MOST_US, now_ms);

    if (used_us > 0) {
        struct rate_kept *kept = keep(all, address_person(ip), now_ms);
        uint32_t sum_us = kept_ahead_us(kept, now_ms) + used_us;
        kept->allowed_us = now_ms * 1000 + at_most(sum_us, KEPT_US);
    }
}

uint32_t rate_come(struct rate_kept *all, struct lwchat_address ip, uint32_t now_ms)
{
    ip = address_person(ip);
    struct rate_kept *kept = &all[find_kept(all, ip, now_ms)];

    if (!address_is(kept->ip, ip)) {
        return now_ms * 1000;
    }
    uint32_t us = kept_ahead_us(kept, now_ms);
    uint32_t taken_us = at_most(us, BURST_US);
    kept->allowed_us = now_ms * 1000 + us - taken_us;
    return now_ms * 1000 + taken_us;
}

int32_t rate_wait_closed_us(uint32_t lines_per_s, const struct rate_kept *all,
                            struct lwchat_address ip, uint32_t now_ms)
{
    ip = address_person(ip);
    const struct rate_kept *kept = &all[find_kept(all, ip, now_ms)];
    uint32_t us = address_is(kept->ip, ip) ? closed_ahead_us(kept, now_ms) : 0;

    return (int32_t)us - (int32_t)(KEPT_US - rate_line_us(lines_per_s));
}

void rate_spend_closed(uint32_t lines_per_s, struct rate_kept *all, struct lwchat_address ip,
                       uint32_t now_ms)
{
    struct rate_kept *kept = keep(all, address_person(ip), now_ms);
    uint32_t sum_us = closed_ahead_us(kept, now_ms) + rate_line_us(lines_per_s);

    kept->closed_us = now_ms * 1000 + at_most(sum_us, KEPT_US);
}

#include "rate.h"

#include "session.h"

/*
 * Microseconds, so that a rate of thousands counts right. They wrap every 71
 * minutes; nobody is further ahead of the clock than MOST_US, so that what
 * looks further away has passed.
 */
enum {
    SECOND_US = 1000000,
    BURST_US = 2 * SECOND_US,
    COST_US = LWCHAT_COST_MS * 1000,
    MOST_US = BURST_US + COST_US,
    KEPT_US = 60 * SECOND_US
};

int32_t rate_wait_us(const struct chat *chat, unsigned number)
{
    if (number == CHAT_OPERATOR || chat->config.rate == 0) {
        return 0;
    }
    int32_t early_us = (int32_t)(chat->session[number].allowed_us - chat->now_ms * 1000);
    return early_us - (BURST_US - (int32_t)(SECOND_US / chat->config.rate));
}

/* How far a schedule is ahead of the clock. Time that has passed unused is no credit. */
static uint32_t ahead_us(uint32_t allowed_us, uint32_t most_us, uint32_t now_ms)
{
    uint32_t us = allowed_us - now_ms * 1000;

    return us > most_us ? 0 : us;
}

void rate_tick(struct chat *chat, unsigned number)
{
    struct chat_session *session = &chat->session[number];

    session->allowed_us =
        chat->now_ms * 1000 + ahead_us(session->allowed_us, MOST_US, chat->now_ms);
    int32_t wait_us = rate_wait_us(chat, number);
    if (wait_us > 0) {
        session_wake(chat, (uint32_t)wait_us / 1000 + 1);
    }
}

static void spend(struct chat *chat, unsigned number, uint32_t us)
{
    struct chat_session *session = &chat->session[number];

    if (chat->config.rate == 0 || session->state != CHAT_ACTIVE) {
        return;
    }
    uint32_t ahead = ahead_us(session->allowed_us, MOST_US, chat->now_ms);
    ahead = us < MOST_US - ahead ? ahead + us : MOST_US;
    session->allowed_us = chat->now_ms * 1000 + ahead;
    rate_tick(chat, number);
}

/* us that `bytes` take at so many a second, COST_US at most. */
static uint32_t us_of(uint32_t bytes, uint32_t bytes_per_s)
{
    return bytes / bytes_per_s >= COST_US / SECOND_US ? (uint32_t)COST_US
                                                      : bytes * (SECOND_US / bytes_per_s);
}

void rate_spend(struct chat *chat, unsigned number, uint32_t aside_bytes)
{
    if (chat->config.rate == 0) {
        return;
    }
    uint32_t us = SECOND_US / chat->config.rate;
    if (chat->aside_bytes > chat->log.bytes / 2) {
        us += us_of(aside_bytes, LWCHAT_ASIDE_BYTES_PER_S);
    }
    spend(chat, number, us);
}

void rate_spend_answer(struct chat *chat, unsigned number, uint32_t bytes)
{
    if (chat->config.rate > 0) {
        uint32_t lines = bytes / LWCHAT_ANSWER_BYTES;
        uint32_t us = SECOND_US / chat->config.rate;
        spend(chat, number, lines > COST_US / us ? (uint32_t)COST_US : lines * us);
    }
}

/* --- Who comes again ------------------------------------------------------ */

static struct chat_kept *find_kept(struct chat *chat, uint32_t ip)
{
    struct chat_kept *least = &chat->kept[0];

    for (unsigned i = 0; i < LWCHAT_KEPT_RATES; i++) {
        struct chat_kept *kept = &chat->kept[i];
        if (kept->ip == ip) {
            return kept;
        }
        if (ahead_us(kept->allowed_us, KEPT_US, chat->now_ms) <
            ahead_us(least->allowed_us, KEPT_US, chat->now_ms)) {
            least = kept;
        }
    }
    return least;
}

void rate_leave(struct chat *chat, const struct chat_session *session)
{
    uint32_t used_us = ahead_us(session->allowed_us, MOST_US, chat->now_ms);

    if (used_us == 0) {
        return;
    }
    struct chat_kept *kept = find_kept(chat, session->ip);
    uint32_t before_us =
        kept->ip == session->ip ? ahead_us(kept->allowed_us, KEPT_US, chat->now_ms) : 0;
    uint32_t sum_us = before_us + used_us;
    kept->ip = session->ip;
    kept->allowed_us = chat->now_ms * 1000 + (sum_us < KEPT_US ? sum_us : KEPT_US);
}

void rate_come(struct chat *chat, struct chat_session *session)
{
    struct chat_kept *kept = find_kept(chat, session->ip);

    if (kept->ip != session->ip) {
        return;
    }
    uint32_t kept_us = ahead_us(kept->allowed_us, KEPT_US, chat->now_ms);
    uint32_t us = kept_us < BURST_US ? kept_us : BURST_US;
    session->allowed_us = chat->now_ms * 1000 + us;
    kept->allowed_us = chat->now_ms * 1000 + kept_us - us;
}

#include "fault.h"

#include <string.h>

enum { PERCENT = 100, MOST_MS = 10000, MOST_S = 86400, TYPE_AT = 12, HEADER_BYTES = 14 };

/* --- Reading --------------------------------------------------------------- */

/* Parses a number of at most `most` at `*text`, and advances it. */
static bool take_number(const char **text, uint64_t most, uint64_t *number)
{
    const char *digit = *text;

    *number = 0;
    for (; *digit >= '0' && *digit <= '9'; digit++) {
        uint64_t value = (uint64_t)(*digit - '0');

        if (*number > (most - value) / 10) {
            return false;
        }
        *number = *number * 10 + value;
    }
    if (digit == *text) {
        return false;
    }
    *text = digit;
    return true;
}

static bool take_small(const char **text, uint32_t most, uint32_t *number)
{
    uint64_t wide;
    bool taken = take_number(text, most, &wide);

    *number = taken ? (uint32_t)wide : 0;
    return taken;
}

static bool take_text(const char **text, const char *wanted)
{
    size_t bytes = strlen(wanted);

    if (strncmp(*text, wanted, bytes) != 0) {
        return false;
    }
    *text += bytes;
    return true;
}

static bool take_delay(const char **text, struct fault_spec *spec)
{
    spec->spread_ms = 0;
    if (!take_small(text, MOST_MS, &spec->delay_ms)) {
        return false;
    }
    return !take_text(text, "+-") || take_small(text, spec->delay_ms, &spec->spread_ms);
}

static bool take_down(const char **text, struct fault_spec *spec)
{
    return take_small(text, MOST_S, &spec->down_start_s) && take_text(text, "+") &&
           take_small(text, MOST_S, &spec->down_s);
}

/* Parses one word of the SPEC. */
static bool take_word(const char **text, struct fault_spec *spec)
{
    const struct {
        const char *name;
        uint32_t *percent;
    } dice[] = {{"drop=", &spec->drop_percent},
                {"dup=", &spec->dup_percent},
                {"reorder=", &spec->reorder_percent},
                {"corrupt=", &spec->corrupt_percent}};

    for (size_t i = 0; i < sizeof(dice) / sizeof(dice[0]); i++) {
        if (take_text(text, dice[i].name)) {
            return take_small(text, PERCENT, dice[i].percent);
        }
    }
    if (take_text(text, "delay=")) {
        return take_delay(text, spec);
    }
    if (take_text(text, "down=")) {
        return take_down(text, spec);
    }
    return take_text(text, "seed=") && take_number(text, UINT64_MAX, &spec->seed);
}

const char *fault_read(struct fault_spec *spec, const char *text, size_t *bytes)
{
    memset(spec, 0, sizeof(*spec));
    for (;;) {
        const char *word = text;

        *bytes = strcspn(word, ",");
        if (!take_word(&text, spec) || text != word + *bytes) {
            return word;
        }
        if (*text == '\0') {
            return NULL;
        }
        text++;
    }
}

/* --- Deciding -------------------------------------------------------------- */

/* The next 64 bits of the random stream `state` (SplitMix64). */
static uint64_t draw(uint64_t *state)
{
    uint64_t mixed = *state += 0x9E3779B97F4A7C15U;

    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBU;
    return mixed ^ mixed >> 31;
}

static uint32_t draw_below(uint64_t *state, uint32_t limit)
{
    return (uint32_t)((draw(state) >> 32) * limit >> 32);
}

static bool draw_chance(uint64_t *state, uint32_t percent)
{
    return draw_below(state, PERCENT) < percent;
}

struct fault_fate fault_decide(const struct fault_spec *spec, enum fault_direction direction,
                               uint64_t number)
{
    /* Each frame has its own stream: the number of draws for one does not affect the next. */
    uint64_t state = spec->seed;
    const uint32_t span_us = 2 * spec->spread_ms * 1000 + 1;
    struct fault_fate fate = {0};

    state = draw(&state) ^ (uint64_t)direction;
    state = draw(&state) ^ number;
    fate.lost = draw_chance(&state, spec->drop_percent);
    fate.copies = draw_chance(&state, spec->dup_percent) ? 2 : 1;
    fate.corrupt = draw_chance(&state, spec->corrupt_percent);
    fate.bit = (uint32_t)(draw(&state) >> 32);
    for (unsigned i = 0; i < 2; i++) {
        fate.delay_us[i] = (spec->delay_ms - spec->spread_ms) * 1000 + draw_below(&state, span_us);
    }
    if (draw_chance(&state, spec->reorder_percent)) {
        fate.delay_us[0] = (spec->delay_ms + spec->spread_ms + FAULT_REORDER_MS) * 1000;
    }
    return fate;
}

bool fault_is_down(const struct fault_spec *spec, uint64_t since_start_ms)
{
    uint64_t start_ms = spec->down_start_s * (uint64_t)1000;

    return since_start_ms >= start_ms && since_start_ms - start_ms < spec->down_s * (uint64_t)1000;
}

void fault_corrupt(const struct fault_fate *fate, uint8_t *frame, size_t bytes)
{
    static const uint8_t arp[] = {0x08, 0x06};
    size_t bit;

    if (!fate->corrupt || bytes < HEADER_BYTES || memcmp(frame + TYPE_AT, arp, sizeof(arp)) == 0) {
        return;
    }
    bit = fate->bit % (bytes * 8);
    frame[bit / 8] ^= (uint8_t)(1U << bit % 8);
}

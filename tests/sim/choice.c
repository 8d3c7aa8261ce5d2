#include "choice.h"

static uint64_t state;
static const uint8_t *given;
static size_t given_bytes;
static bool over;

void choice_begin(uint64_t seed, const uint8_t *data, size_t bytes)
{
    state = seed;
    given = data;
    given_bytes = bytes;
    over = false;
}

/* Sebastiano Vigna's splitmix64: every seed gives a different, good sequence. */
static uint64_t next_random(void)
{
    uint64_t z = state += 0x9E3779B97F4A7C15U;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

uint32_t choice_below(uint32_t count)
{
    if (given_bytes == 0) {
        return (uint32_t)((next_random() >> 32) * count >> 32);
    }
    uint32_t value = 0;
    for (uint32_t most = count - 1; most > 0 && given_bytes > 0; most >>= 8) {
        value = value << 8 | *given++;
        given_bytes--;
    }
    over = given_bytes == 0;
    return value % count;
}

uint32_t choice_between(uint32_t least, uint32_t most)
{
    return least + choice_below(most - least + 1);
}

bool choice_in(unsigned percent)
{
    return percent > 0 && choice_below(100) < percent;
}

bool choice_over(void)
{
    return over;
}

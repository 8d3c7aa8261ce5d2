#include "client_again.h"

#include <string.h>

#include "../core/text.h"

uint32_t again_pause_ms(unsigned tries, uint32_t random)
{
    uint32_t most_ms = tries < 6 ? (uint32_t)AGAIN_LEAST_MS << tries : AGAIN_MOST_MS;

    if (most_ms > AGAIN_MOST_MS) {
        most_ms = AGAIN_MOST_MS;
    }
    uint32_t pause_ms = most_ms - random % (most_ms / 2 + 1);
    return pause_ms < AGAIN_LEAST_MS ? AGAIN_LEAST_MS : pause_ms;
}

static size_t put(char *out, size_t at, uint32_t number, const char *unit)
{
    size_t n = at;

    if (n > 0) {
        out[n++] = ' ';
    }
    n += text_number(out + n, number);
    memcpy(out + n, unit, strlen(unit));
    return n + strlen(unit);
}

size_t again_duration(char *out, uint32_t ms)
{
    uint32_t s = (ms + 500) / 1000, minutes = s / 60, hours = minutes / 60;

    if (hours > 0) {
        return put(out, put(out, 0, hours, " h"), minutes % 60, " min");
    }
    if (minutes > 0) {
        return put(out, put(out, 0, minutes, " min"), s % 60, " s");
    }
    return put(out, 0, s, " s");
}

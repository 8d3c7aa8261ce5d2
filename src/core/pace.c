#include "pace.h"

#include "lwchat_config.h"

void pace_took(struct pace *pace, size_t bytes, bool all, bool more, uint32_t now_ms)
{
    if (bytes > 0) {
        pace->took_ms = now_ms;
    }
    if (!pace->blocked) {
        if (!all) {
            pace->blocked = true;
            pace->took_ms = now_ms;
            pace->since_ms = (uint16_t)now_ms;
            pace->taken = 0;
        }
        return;
    }
    if (all && !more) {
        pace->blocked = false;
        return;
    }
    pace->taken += (uint32_t)bytes;
    uint16_t span_ms = (uint16_t)(now_ms - pace->since_ms);
    for (; span_ms > 2 * LWCHAT_KEEP_UP_WINDOW_MS; span_ms /= 2) {
        /* Drop half of the span, and half of the bytes counted in it. */
        pace->since_ms = (uint16_t)(now_ms - span_ms / 2);
        pace->taken /= 2;
    }
}

/* Bytes needed in a span to keep up. Avoids a 64-bit division, which costs 750 bytes of code. */
static uint32_t needed_bytes(uint32_t span_ms)
{
    return span_ms / 1000 * LWCHAT_KEEP_UP_BYTES_PER_S +
           span_ms % 1000 * LWCHAT_KEEP_UP_BYTES_PER_S / 1000;
}

enum pace_state pace_of(const struct pace *pace, uint32_t now_ms)
{
    uint16_t span_ms = (uint16_t)(now_ms - pace->since_ms);

    if (!pace->blocked) {
        return PACE_KEEPS_UP;
    }
    if (span_ms >= LWCHAT_KEEP_UP_WINDOW_MS && pace->taken < needed_bytes(span_ms)) {
        return PACE_FALLS_BEHIND;
    }
    return now_ms - pace->took_ms <= LWCHAT_KEEP_UP_MS ? PACE_KEEPS_UP : PACE_HICCUPS;
}

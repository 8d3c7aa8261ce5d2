#include "pace.h"

#include "session.h"

void pace_took(struct chat *chat, unsigned number, size_t bytes, bool all, bool more)
{
    struct chat_session *session = &chat->session[number];

    if (bytes > 0) {
        session->took_ms = chat->now_ms;
    }
    if (!(session->flags & CHAT_BLOCKED)) {
        if (!all) {
            session->flags |= CHAT_BLOCKED;
            session->took_ms = chat->now_ms;
            session->pace_ms = (uint16_t)chat->now_ms;
            session->paced = 0;
            session_wake(chat, LWCHAT_STALL_MS);
        }
        return;
    }
    if (all && !more) {
        session->flags &= (uint16_t)~CHAT_BLOCKED;
        return;
    }
    session->paced += (uint32_t)bytes;
    uint16_t span_ms = (uint16_t)(chat->now_ms - session->pace_ms);
    for (; span_ms > 2 * LWCHAT_KEEP_UP_WINDOW_MS; span_ms /= 2) {
        /* Half of the span goes, and half of what was taken in it. */
        session->pace_ms = (uint16_t)(chat->now_ms - span_ms / 2);
        session->paced /= 2;
    }
}

/* Bytes that keeping up takes in a span; without a 64-bit division, which is 750 bytes of code. */
static uint32_t pace_bytes(uint32_t span_ms)
{
    return span_ms / 1000 * LWCHAT_KEEP_UP_BYTES_PER_S +
           span_ms % 1000 * LWCHAT_KEEP_UP_BYTES_PER_S / 1000;
}

enum pace pace_of(const struct chat_session *session, uint32_t now_ms)
{
    uint16_t span_ms = (uint16_t)(now_ms - session->pace_ms);

    if (!(session->flags & CHAT_BLOCKED)) {
        return PACE_KEEPS_UP;
    }
    if (span_ms >= LWCHAT_KEEP_UP_WINDOW_MS && session->paced < pace_bytes(span_ms)) {
        return PACE_FALLS_BEHIND;
    }
    return now_ms - session->took_ms <= LWCHAT_KEEP_UP_MS ? PACE_KEEPS_UP : PACE_HICCUPS;
}

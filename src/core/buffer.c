#include "session.h"

uint16_t buffer_take(struct chat *chat, unsigned owner, uint32_t now_ms)
{
    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        struct chat_buffer *buffer = &chat->buffer[i];
        if (buffer->owner == LOG_NOBODY) {
            buffer->owner = (uint16_t)owner;
            buffer->since_ms = now_ms;
            buffer->bytes = 0;
            return (uint16_t)i;
        }
    }
    return LOG_NOBODY;
}

void buffer_give(struct chat *chat, uint16_t *buffer)
{
    if (*buffer != LOG_NOBODY) {
        chat->buffer[*buffer].owner = LOG_NOBODY;
        *buffer = LOG_NOBODY;
    }
}

bool buffer_drop_oldest(struct chat *chat, uint32_t now_ms)
{
    struct chat_session *victim = NULL;
    uint32_t oldest_ms = LWCHAT_PARTIAL_MS;

    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        const struct chat_buffer *buffer = &chat->buffer[i];
        if (buffer->owner == LOG_NOBODY || buffer->owner == CHAT_OPERATOR) {
            continue;
        }
        struct chat_session *owner = &chat->session[buffer->owner];
        if (owner->line == i && now_ms - buffer->since_ms >= oldest_ms) {
            oldest_ms = now_ms - buffer->since_ms;
            victim = owner;
        }
    }
    if (victim == NULL) {
        return false;
    }
    buffer_give(chat, &victim->line);
    framing_skip(&victim->framing);
    chat->dropped++;
    chat_reply(chat, (unsigned)(victim - chat->session), W_DROPPED, NULL, 0, now_ms);
    return true;
}

#include "buffer.h"

/* The last one is kept for the rest of the console's line: the console cannot be cut. */
enum { POOL = LWCHAT_LINE_BUFFERS - 1, CONSOLES = POOL };

static uint16_t lend(struct chat *chat, unsigned number, unsigned owner)
{
    chat->buffer[number].owner = (uint16_t)owner;
    chat->buffer[number].since_ms = chat->now_ms;
    chat->buffer[number].bytes = 0;
    return (uint16_t)number;
}

uint16_t buffer_take(struct chat *chat, unsigned owner)
{
    for (unsigned i = 0; i < POOL; i++) {
        if (chat->buffer[i].owner == LOG_NOBODY) {
            return lend(chat, i, owner);
        }
    }
    return LOG_NOBODY;
}

uint16_t buffer_take_rest(struct chat *chat, unsigned owner)
{
    return owner == CHAT_OPERATOR ? lend(chat, CONSOLES, owner) : buffer_take(chat, owner);
}

void buffer_give(struct chat *chat, uint16_t *buffer)
{
    if (*buffer != LOG_NOBODY) {
        chat->buffer[*buffer].owner = LOG_NOBODY;
        *buffer = LOG_NOBODY;
    }
}

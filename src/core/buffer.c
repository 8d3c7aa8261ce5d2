#include "buffer.h"

enum { KEPT = LWCHAT_LINE_BUFFERS - 1 };

void buffer_init(struct buffer *pool)
{
    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        pool[i].owner = BUFFER_NONE;
    }
}

static uint16_t lend(struct buffer *pool, unsigned number, unsigned owner, uint32_t now_ms)
{
    pool[number].owner = (uint16_t)owner;
    pool[number].since_ms = now_ms;
    pool[number].bytes = 0;
    return (uint16_t)number;
}

/* @return the number of a free buffer, or KEPT. */
static unsigned find_free(const struct buffer *pool)
{
    unsigned number = 0;

    while (number < KEPT && pool[number].owner != BUFFER_NONE) {
        number++;
    }
    return number;
}

bool buffer_is_free(const struct buffer *pool)
{
    return find_free(pool) < KEPT;
}

uint16_t buffer_take(struct buffer *pool, unsigned owner, uint32_t now_ms)
{
    unsigned number = find_free(pool);

    return number < KEPT ? lend(pool, number, owner, now_ms) : BUFFER_NONE;
}

uint16_t buffer_take_kept(struct buffer *pool, unsigned owner, uint32_t now_ms)
{
    return lend(pool, KEPT, owner, now_ms);
}

void buffer_give(struct buffer *pool, uint16_t *number)
{
    if (*number != BUFFER_NONE) {
        pool[*number].owner = BUFFER_NONE;
        *number = BUFFER_NONE;
    }
}

#include "segments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "port.h"

static uint8_t memory[SEGMENTS][2000];
static struct pbuf_custom pbufs[SEGMENTS];

unsigned segments_made, segments_freed;

/* Required by lwIP's port. */
_Noreturn void port_panic(const char *file, int line, const char *what)
{
    fail_msg("%s:%d: %s", file, line, what);
    abort();
}

unsigned int random_word(void)
{
    return 4;
}

static void count_free(struct pbuf *pbuf)
{
    (void)pbuf;
    segments_freed++;
}

void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xFFFF);
}

struct pbuf *segment(uint32_t number, size_t bytes, uint8_t flags)
{
    static const uint8_t header[HEADER] = {
        2,    0,    0, 0, 0,   1, 2, 0, 0,   0,   0,    2, 0x08, 0x00, 0x45, 0, 0,    0,
        0,    0,    0, 0, 255, 6, 0, 0, 192, 168, 7,    2, 192,  168,  7,    1, 0xC3, 0x50,
        0x9C, 0x40, 0, 0, 0,   0, 0, 0, 0,   9,   0x50, 0, 0x20, 0x00, 0,    0, 0,    0};
    uint8_t *frame = memory[segments_made % SEGMENTS];
    struct pbuf_custom *pbuf = &pbufs[segments_made % SEGMENTS];

    memcpy(frame, header, sizeof header);
    put16(frame + IP_LENGTH_AT, (unsigned)(40 + bytes));
    put16(frame + IP_NUMBER_AT, segments_made);
    put32(frame + NUMBER_AT, number);
    frame[FLAGS_AT] = flags;
    memset(frame + HEADER, (int)segments_made, bytes);
    segments_made++;
    pbuf->custom_free_function = count_free;
    return pbuf_alloced_custom(PBUF_RAW, (u16_t)(HEADER + bytes), PBUF_REF, pbuf, frame,
                               sizeof memory[0]);
}

void segments_begin(void)
{
    segments_made = segments_freed = 0;
}

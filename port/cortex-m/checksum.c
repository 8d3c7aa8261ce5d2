#include "arch/cc.h"

/* Unaligned words and halfwords, which a Cortex-M3 can read. */
struct word {
    uint32_t value;
} __attribute__((packed, may_alias));
struct half {
    uint16_t value;
} __attribute__((packed, may_alias));

/* With end-around carry, a sum of words folds to the same as a sum of halfwords. */
static uint32_t add_four(uint32_t sum, const struct word *from)
{
    __asm("adds %0, %1\n\tadcs %0, %2\n\tadcs %0, %3\n\tadcs %0, %4\n\tadc %0, #0"
          : "+&r"(sum)
          : "r"(from[0].value), "r"(from[1].value), "r"(from[2].value), "r"(from[3].value)
          : "cc");
    return sum;
}

static uint32_t fold(uint32_t sum)
{
    return (sum >> 16) + (sum & 0xFFFFU);
}

uint16_t checksum(const void *data, int bytes)
{
    const struct word *from = data;
    uint32_t sum = 0;

    for (; bytes >= 16; bytes -= 16) {
        sum = add_four(sum, from);
        from += 4;
    }
    sum = fold(sum);
    for (; bytes >= 4; bytes -= 4, from++) {
        sum += fold(from->value);
    }
    const struct half *rest = (const struct half *)from;
    if ((bytes & 2) != 0) {
        sum += rest++->value;
    }
    if ((bytes & 1) != 0) {
        sum += *(const uint8_t *)rest;
    }
    return (uint16_t)fold(fold(sum));
}

#include "unit.h"

#include <sys/mman.h>
#include <unistd.h>

char *guarded_end(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t pages = (bytes + page - 1) / page;
    char *at =
        mmap(NULL, (pages + 1) * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(at != MAP_FAILED);
    assert_int_equal(mprotect(at + pages * page, page, PROT_NONE), 0);
    return at + pages * page;
}

uint32_t dice_throw(struct dice *dice)
{
    /* splitmix64: any seed works, including 0. */
    dice->state += 0x9E3779B97F4A7C15U;
    uint64_t z = dice->state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

uint32_t dice_below(struct dice *dice, uint32_t sides)
{
    return (uint32_t)((uint64_t)dice_throw(dice) * sides >> 32);
}

size_t from_hex(uint8_t *out, size_t bytes, const char *hex)
{
    size_t n = 0;
    char *end;

    for (unsigned long value; (value = strtoul(hex, &end, 16)), end != hex; hex = end) {
        assert_true(n < bytes && value <= 0xFF);
        out[n++] = (uint8_t)value;
    }
    return n;
}

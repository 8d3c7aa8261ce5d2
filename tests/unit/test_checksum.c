/* The port's sum of 16-bit words, on which all of lwIP's checksums are based. */
#include "unit.h"

#include "../../port/linux/arch/cc.h"

enum { MOST = 80, ALIGNMENTS = 8 };

/* As in RFC 1071 section 1, in network byte order. */
static uint16_t by_the_book(const uint8_t *data, size_t bytes)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < bytes; i++) {
        sum += i % 2 == 0 ? (uint32_t)data[i] << 8 : data[i];
    }
    while (sum > 0xFFFF) {
        sum = (sum >> 16) + (sum & 0xFFFF);
    }
    return (uint16_t)sum;
}

static void compare(const uint8_t *data, size_t bytes)
{
    uint16_t sum = checksum(data, (int)bytes);
    uint8_t in_order[2];

    memcpy(in_order, &sum, 2);
    assert_int_equal(in_order[0] << 8 | in_order[1], by_the_book(data, bytes));
}

static void test_any_bytes_anywhere(void **state)
{
    uint8_t memory[MOST + ALIGNMENTS];

    (void)state;
    struct dice dice = {.state = 7};
    for (unsigned round = 0; round < 50; round++) {
        for (size_t i = 0; i < sizeof memory; i++) {
            memory[i] = (uint8_t)(round == 0 ? 0xFF : round == 1 ? 0 : dice_below(&dice, 256));
        }
        for (size_t at = 0; at < ALIGNMENTS; at++) {
            for (size_t bytes = 0; bytes <= MOST; bytes++) {
                compare(memory + at, bytes);
            }
        }
    }
}

static void test_the_longest(void **state)
{
    static uint8_t memory[65535];

    (void)state;
    memset(memory, 0xFF, sizeof memory);
    compare(memory, sizeof memory);
    memset(memory, 0xFE, sizeof memory);
    compare(memory, sizeof memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_bytes_anywhere),
        cmocka_unit_test(test_the_longest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

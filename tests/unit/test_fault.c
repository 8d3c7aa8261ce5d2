/* Faults on the wire: the meaning of a SPEC, and that faults are deterministic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../port/linux/fault.h"

static const char all[] = "drop=10,dup=5,reorder=5,corrupt=1,delay=20+-20,seed=7";

static struct fault_spec read_spec(const char *text)
{
    struct fault_spec spec;
    size_t bytes;

    assert_null(fault_read(&spec, text, &bytes));
    return spec;
}

static void test_spec(void **state)
{
    struct fault_spec spec = read_spec(all);

    (void)state;
    assert_int_equal(spec.drop_percent, 10);
    assert_int_equal(spec.dup_percent, 5);
    assert_int_equal(spec.reorder_percent, 5);
    assert_int_equal(spec.corrupt_percent, 1);
    assert_int_equal(spec.delay_ms, 20);
    assert_int_equal(spec.spread_ms, 20);
    assert_int_equal(spec.seed, 7);
    assert_int_equal(spec.down_s, 0);

    spec = read_spec("down=30+10,delay=5,drop=100,drop=0,seed=18446744073709551615");
    assert_int_equal(spec.down_start_s, 30);
    assert_int_equal(spec.down_s, 10);
    assert_int_equal(spec.delay_ms, 5);
    assert_int_equal(spec.spread_ms, 0);
    assert_int_equal(spec.drop_percent, 0);
    assert_true(spec.seed == UINT64_MAX);
}

static void test_bad_specs_are_quoted(void **state)
{
    static const struct {
        const char *spec, *wrong;
    } bad[] = {
        {"", ""},
        {"drop", "drop"},
        {"drop=", "drop="},
        {"drop=101", "drop=101"},
        {"drop=-1", "drop=-1"},
        {"drop=1.5", "drop=1.5"},
        {"drop=1,", ""},
        {",drop=1", ""},
        {"drop=1,,dup=1", ""},
        {"drop=1,loss=2,dup=x", "loss=2"},
        {"dup=1 ,drop=1", "dup=1 "},
        {"delay=", "delay="},
        {"delay=10001", "delay=10001"},
        {"delay=20+-30", "delay=20+-30"},
        {"delay=20+-", "delay=20+-"},
        {"delay=20-20", "delay=20-20"},
        {"down=5", "down=5"},
        {"down=5+", "down=5+"},
        {"down=+5", "down=+5"},
        {"down=86401+1", "down=86401+1"},
        {"seed=", "seed="},
        {"seed=18446744073709551616", "seed=18446744073709551616"},
        {"reorder=5,Corrupt=1", "Corrupt=1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct fault_spec spec;
        size_t bytes = 99;
        const char *word = fault_read(&spec, bad[i].spec, &bytes);

        assert_non_null(word);
        assert_int_equal(bytes, strlen(bad[i].wrong));
        assert_memory_equal(word, bad[i].wrong, bytes);
    }
}

static int same(const struct fault_fate *a, const struct fault_fate *b)
{
    return a->lost == b->lost && a->corrupt == b->corrupt && a->bit == b->bit &&
           a->copies == b->copies && a->delay_us[0] == b->delay_us[0] &&
           a->delay_us[1] == b->delay_us[1];
}

/* A frame's fate depends only on the seed, the direction and the frame's number. */
static void test_same_seed_same_fate(void **state)
{
    enum { FRAMES = 10000 };
    static struct fault_fate first[FAULT_DIRECTIONS][FRAMES];
    struct fault_spec spec = read_spec(all);
    struct fault_spec other = spec;
    unsigned alike[2] = {0, 0};

    (void)state;
    other.seed++;
    for (int direction = 0; direction < FAULT_DIRECTIONS; direction++) {
        for (uint64_t n = 0; n < FRAMES; n++) {
            first[direction][n] = fault_decide(&spec, (enum fault_direction)direction, n);
        }
    }
    /* In another order, with alternating directions. */
    for (uint64_t n = FRAMES; n-- > 0;) {
        for (int direction = 0; direction < FAULT_DIRECTIONS; direction++) {
            struct fault_fate again = fault_decide(&spec, (enum fault_direction)direction, n);
            struct fault_fate differs = fault_decide(&other, (enum fault_direction)direction, n);

            assert_true(same(&again, &first[direction][n]));
            alike[0] += same(&differs, &again) != 0;
        }
        alike[1] += same(&first[FAULT_INWARD][n], &first[FAULT_OUTWARD][n]) != 0;
    }
    assert_int_equal(alike[0], 0);
    assert_int_equal(alike[1], 0);
}

/* Fixed values: a different generator would change the meaning of old seeds. */
static void test_dice_of_seed_7(void **state)
{
    struct fault_spec spec = read_spec(all);
    char lost[2][65] = {"", ""};

    (void)state;
    for (uint64_t n = 0; n < 64; n++) {
        for (int direction = 0; direction < FAULT_DIRECTIONS; direction++) {
            struct fault_fate fate = fault_decide(&spec, (enum fault_direction)direction, n);
            lost[direction][n] = fate.lost ? 'x' : '.';
        }
    }
    assert_string_equal(lost[FAULT_INWARD],
                        ".....x..x..........x..........................x.............xx..");
    assert_string_equal(lost[FAULT_OUTWARD],
                        "..x....x.............x.............x.........x............x.....");
}

static void assert_about(unsigned count, unsigned expected)
{
    assert_in_range(count, expected - expected / 10, expected + expected / 10);
}

static void test_as_often_as_asked(void **state)
{
    enum { FRAMES = 100000 };
    struct fault_spec spec = read_spec(all);
    unsigned lost = 0, doubled = 0, corrupt = 0, held = 0, early = 0;

    (void)state;
    for (uint64_t n = 0; n < FRAMES; n++) {
        struct fault_fate fate = fault_decide(&spec, FAULT_INWARD, n);

        lost += fate.lost;
        doubled += fate.copies == 2;
        corrupt += fate.corrupt;
        held += fate.delay_us[0] > 40000;
        early += fate.delay_us[1] < 20000;
        assert_true(fate.delay_us[0] <= 40000 || fate.delay_us[0] == 50000);
        assert_true(fate.delay_us[1] <= 40000);
    }
    assert_about(lost, FRAMES / 10);
    assert_about(doubled, FRAMES / 20);
    assert_about(held, FRAMES / 20);
    assert_about(corrupt, FRAMES / 100);
    assert_about(early, FRAMES / 2);
}

static void test_nothing_asked_nothing_done(void **state)
{
    struct fault_spec spec = read_spec("seed=3");

    (void)state;
    for (uint64_t n = 0; n < 10000; n++) {
        struct fault_fate fate = fault_decide(&spec, FAULT_OUTWARD, n);

        assert_false(fate.lost || fate.corrupt);
        assert_int_equal(fate.copies, 1);
        assert_int_equal(fate.delay_us[0], 0);
    }
    assert_false(fault_is_down(&spec, 0));
}

static void test_down(void **state)
{
    struct fault_spec spec = read_spec("down=3+2");

    (void)state;
    assert_false(fault_is_down(&spec, 2999));
    assert_true(fault_is_down(&spec, 3000));
    assert_true(fault_is_down(&spec, 4999));
    assert_false(fault_is_down(&spec, 5000));
}

static void test_one_bit_and_never_of_arp(void **state)
{
    struct fault_fate fate = {.corrupt = true};
    uint8_t frame[60];

    (void)state;
    for (fate.bit = 0; fate.bit < 4 * sizeof frame * 8; fate.bit++) {
        unsigned turned = 0;

        memset(frame, 0, sizeof frame);
        frame[12] = 0x08; /* IPv4 */
        fault_corrupt(&fate, frame, sizeof frame);
        frame[12] ^= 0x08;
        for (size_t i = 0; i < sizeof frame * 8; i++) {
            turned += frame[i / 8] >> i % 8 & 1;
        }
        assert_int_equal(turned, 1);

        memset(frame, 0, sizeof frame);
        frame[12] = 0x08;
        frame[13] = 0x06;
        fault_corrupt(&fate, frame, sizeof frame);
        frame[12] = frame[13] = 0;
        for (size_t i = 0; i < sizeof frame; i++) {
            assert_int_equal(frame[i], 0);
        }
    }
    fate.corrupt = false;
    fault_corrupt(&fate, frame, sizeof frame);
    assert_int_equal(frame[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spec),
        cmocka_unit_test(test_bad_specs_are_quoted),
        cmocka_unit_test(test_same_seed_same_fate),
        cmocka_unit_test(test_dice_of_seed_7),
        cmocka_unit_test(test_as_often_as_asked),
        cmocka_unit_test(test_nothing_asked_nothing_done),
        cmocka_unit_test(test_down),
        cmocka_unit_test(test_one_bit_and_never_of_arp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Frames behind their lengths, out of a stream that comes in any pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../port/linux/deframer.h"
#include "frames.h"

enum { FRAMES = 4000, STREAM_BYTES = 16 * 1024 * 1024, SEEDS = 20 };

static uint32_t seed;

static uint32_t random_below(uint32_t most)
{
    seed = seed * 1664525U + 1013904223U;
    return (seed >> 8) % most;
}

static uint8_t stream[STREAM_BYTES];
static size_t stream_bytes;
static struct deframer deframer;

static void put_length(uint32_t bytes)
{
    for (unsigned shift = 32; shift > 0; shift -= 8) {
        stream[stream_bytes++] = (uint8_t)(bytes >> (shift - 8));
    }
}

/* What is in a frame of so many bytes. */
static void put_frame(uint32_t bytes)
{
    put_length(bytes);
    for (uint32_t i = 0; i < bytes; i++) {
        stream[stream_bytes++] = (uint8_t)(bytes * 7 + i);
    }
}

static void assert_is_frame(const uint8_t *frame, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        if (frame[i] != (uint8_t)(bytes * 7 + i)) {
            fail_msg("byte %u of a frame of %u is another one's", i, bytes);
        }
    }
}

static void begin(uint32_t number)
{
    memset(&deframer, 0, sizeof deframer);
    stream_bytes = 0;
    seed = number;
}

/* Gives it the next piece of the stream, of at most `most` bytes. @return how many it took. */
static size_t give(size_t at, size_t most)
{
    size_t room;
    uint8_t *to = deframer_room(&deframer, &room);
    size_t bytes = stream_bytes - at;

    assert_true(room > 0);
    bytes = bytes < most ? bytes : most;
    bytes = bytes < room ? bytes : room;
    memcpy(to, stream + at, bytes);
    deframer_fill(&deframer, bytes);
    return bytes;
}

static uint32_t random_length(void)
{
    switch (random_below(8)) {
    case 0: /* too long for the MTU */
        return FRAME_BYTES + 1 + random_below(DEFRAMER_LONGEST_BYTES - FRAME_BYTES);
    case 1:
        return FRAME_BYTES - random_below(3);
    case 2:
        return 1 + random_below(14);
    default:
        return 60 + random_below(200);
    }
}

static void test_every_frame_that_fits(void **state)
{
    (void)state;
    for (uint32_t number = 0; number < SEEDS; number++) {
        static uint32_t lengths[FRAMES];
        size_t count = 0, got = 0, at = 0;
        uint32_t most = number % 2 == 0 ? 9 : 100000; /* in a piece */

        begin(number);
        for (size_t i = 0; i < FRAMES / (number % 2 == 0 ? 100 : 4); i++) {
            uint32_t bytes = random_length();
            put_frame(bytes);
            if (bytes <= FRAME_BYTES) {
                lengths[count++] = bytes;
            }
        }
        while (at < stream_bytes) {
            const uint8_t *frame;
            int bytes;

            at += give(at, 1 + random_below(most));
            while ((bytes = deframer_next(&deframer, &frame)) != 0) {
                assert_true(got < count);
                assert_int_equal(bytes, lengths[got++]);
                assert_is_frame(frame, (uint32_t)bytes);
                if (most == 9 || random_below(20) != 0) {
                    continue;
                }
                break; /* more comes while there still are some */
            }
            assert_true(bytes != 0 || !deframer_has(&deframer));
        }
        for (const uint8_t *frame; deframer_has(&deframer); got++) {
            int bytes = deframer_next(&deframer, &frame);
            if (bytes == 0) {
                break;
            }
            assert_int_equal(bytes, lengths[got]);
        }
        assert_int_equal(got, count);
        assert_int_equal(deframer.at, deframer.filled);
        assert_int_equal(deframer.skipping, 0);
    }
}

static void test_a_length_that_no_frame_has(void **state)
{
    static const uint32_t lengths[] = {
        0, DEFRAMER_LONGEST_BYTES + 1, 0x00FFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const uint8_t *frame;

        begin(1);
        put_frame(60);
        put_length(lengths[i]);
        put_frame(60);
        for (size_t at = 0; at < stream_bytes; at += give(at, stream_bytes)) {
        }
        assert_int_equal(deframer_next(&deframer, &frame), 60);
        for (unsigned again = 0; again < 3; again++) {
            assert_true(deframer_has(&deframer));
            assert_int_equal(deframer_next(&deframer, &frame), -1);
            assert_int_equal(deframer.length, lengths[i]);
        }
    }
}

static void test_the_longest_one_is_left_out(void **state)
{
    const uint8_t *frame;

    (void)state;
    begin(1);
    put_frame(DEFRAMER_LONGEST_BYTES);
    put_frame(FRAME_BYTES);
    for (size_t at = 0; at < stream_bytes;) {
        assert_int_equal(deframer_next(&deframer, &frame), 0);
        at += give(at, 1);
    }
    assert_int_equal(deframer_next(&deframer, &frame), FRAME_BYTES);
    assert_is_frame(frame, FRAME_BYTES);
    assert_int_equal(deframer_next(&deframer, &frame), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_frame_that_fits),
        cmocka_unit_test(test_a_length_that_no_frame_has),
        cmocka_unit_test(test_the_longest_one_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

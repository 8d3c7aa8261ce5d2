/* Segments gathered into one frame: which belong together, and the resulting header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../port/linux/bundle.h"
#include "segments.h"

static struct bundle bundle;

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static int begin(void **state)
{
    (void)state;
    bundle_clear(&bundle);
    segments_begin();
    return 0;
}

static unsigned sum_of(const uint8_t *from, size_t bytes, unsigned long sum)
{
    for (size_t i = 0; i < bytes; i += 2) {
        sum += get16(from + i);
    }
    while (sum > 0xFFFF) {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return (unsigned)sum;
}

static void test_one_alone(void **state)
{
    struct pbuf *frame = segment(1000, 10, ACK | PSH);

    (void)state;
    assert_false(bundle_add(&bundle, frame)); /* nothing to add to */
    assert_true(bundle_start(&bundle, frame));
    bundle_finish(&bundle);
    assert_int_equal(bundle.count, 2);
    assert_int_equal(bundle.data_bytes, 10);
    assert_int_equal(get16(bundle.header + IP_LENGTH_AT), 50);
    /* The checksum of the pseudo-header: addresses, protocol, length. */
    assert_int_equal(get16(bundle.header + TCP_SUM_AT), sum_of(bundle.header + 26, 8, 6 + 30));
    pbuf_free(frame);
    assert_int_equal(segments_freed, 0);
    bundle_clear(&bundle);
    assert_int_equal(segments_freed, 1);
    assert_false(bundle_add(&bundle, segment(1010, 10, ACK)));
}

static void test_several(void **state)
{
    static const size_t sizes[] = {1460, 1460, 700};
    uint32_t number = 0xFFFFFF00U; /* sequence numbers wrap */

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pbuf *frame = segment(number, sizes[i], i == 2 ? ACK | PSH : ACK);

        assert_true(i == 0 ? bundle_start(&bundle, frame) : bundle_add(&bundle, frame));
        number += (uint32_t)sizes[i];
        pbuf_free(frame);
    }
    assert_true(bundle.complete); /* a short segment is the last */
    assert_false(bundle_add(&bundle, segment(number, 700, ACK)));
    bundle_finish(&bundle);
    assert_int_equal(bundle.segment_bytes, 1460);
    assert_int_equal(get16(bundle.header + IP_LENGTH_AT), 40 + 1460 + 1460 + 700);
    assert_int_equal(sum_of(bundle.header + 14, 20, 0), 0xFFFF);
    assert_int_equal(get16(bundle.header + TCP_SUM_AT), sum_of(bundle.header + 26, 8, 6 + 3640));
    assert_int_equal(bundle.header[FLAGS_AT], ACK | PSH);
    assert_int_equal(get16(bundle.header + NUMBER_AT), 0xFFFF);
    assert_int_equal(bundle.count, 4);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(bundle.pieces[i + 1].iov_len, sizes[i]);
        assert_int_equal(*(const uint8_t *)bundle.pieces[i + 1].iov_base, i);
    }
    bundle_clear(&bundle);
    assert_int_equal(segments_freed, 3);
}

static void test_until_it_is_full(void **state)
{
    uint32_t number = 5;
    unsigned count = 0;

    (void)state;
    for (;; count++) {
        struct pbuf *frame = segment(number, 1460, ACK);
        bool taken = count == 0 ? bundle_start(&bundle, frame) : bundle_add(&bundle, frame);

        pbuf_free(frame);
        if (!taken) {
            break;
        }
        number += 1460;
    }
    assert_int_equal(count, BUNDLE_SEGMENTS);
    assert_true(bundle.complete);
    assert_in_range(bundle.header_bytes + bundle.data_bytes, 50000, 65535);
}

static void test_what_does_not_belong(void **state)
{
    static const struct {
        size_t at; /* the byte that differs */
        bool belongs;
    } differing[] = {{0, false},      {6, false},         {IP_NUMBER_AT, true}, {22, false},
                     {29, false},     {TO_AT + 3, false}, {PORT_AT + 1, false}, {NUMBER_AT, false},
                     {ACK_AT, false}, {WINDOW_AT, false}, {53, false}};

    (void)state;
    for (size_t i = 0; i < sizeof differing / sizeof differing[0]; i++) {
        struct pbuf *frame;

        bundle_clear(&bundle);
        assert_true(bundle_start(&bundle, segment(1, 1460, ACK)));
        frame = segment(1461, 1460, ACK);
        ((uint8_t *)frame->payload)[differing[i].at] ^= 1;
        assert_int_equal(bundle_add(&bundle, frame), differing[i].belongs);
        assert_int_equal(bundle.segments, differing[i].belongs ? 2 : 1);
    }
    bundle_clear(&bundle);
    assert_true(bundle_start(&bundle, segment(1, 1000, ACK)));
    assert_false(bundle_add(&bundle, segment(1, 1000, ACK)));    /* a duplicate */
    assert_false(bundle_add(&bundle, segment(2001, 1000, ACK))); /* after a gap */
    assert_false(bundle_add(&bundle, segment(1001, 1001, ACK))); /* longer than the first */
    assert_false(bundle_add(&bundle, segment(1001, 0, ACK)));    /* no data */
    assert_false(bundle_add(&bundle, segment(1001, 9, ACK | FIN)));
    assert_true(bundle_add(&bundle, segment(1001, 999, ACK)));
}

static void test_what_is_no_segment(void **state)
{
    static const size_t odd[] = {12, 14, 23}; /* type, version and length, protocol */

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct pbuf *frame = segment(1, 100, ACK);

        ((uint8_t *)frame->payload)[odd[i]] ^= 0x13;
        assert_false(bundle_start(&bundle, frame));
        assert_int_equal(bundle.segments, 0);
    }
    /* A segment with FIN or without data is sent alone. */
    assert_true(bundle_start(&bundle, segment(1, 100, ACK | FIN)));
    assert_true(bundle.complete);
    bundle_clear(&bundle);
    assert_true(bundle_start(&bundle, segment(1, 0, ACK)));
    assert_true(bundle.complete);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_one_alone, begin),
        cmocka_unit_test_setup(test_several, begin),
        cmocka_unit_test_setup(test_until_it_is_full, begin),
        cmocka_unit_test_setup(test_what_does_not_belong, begin),
        cmocka_unit_test_setup(test_what_is_no_segment, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

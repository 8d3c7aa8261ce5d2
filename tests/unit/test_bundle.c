/* Segments gathered into one frame: which belong together, and what the frame then says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../port/linux/bundle.h"
#include "port.h"

enum {
    FRAMES = 64,
    HEADER = 54,
    IP_LENGTH_AT = 16,
    IP_NUMBER_AT = 18,
    IP_SUM_AT = 24,
    TO_AT = 30,
    PORT_AT = 36,
    NUMBER_AT = 38,
    ACK_AT = 42,
    FLAGS_AT = 47,
    WINDOW_AT = 48,
    TCP_SUM_AT = 50,
    ACK = 0x10,
    PSH = 0x08,
    FIN = 0x01
};

static uint8_t memory[FRAMES][2000];
static struct pbuf_custom pbufs[FRAMES];
static unsigned made;
static unsigned freed;
static struct bundle bundle;

/* What lwIP wants of a port. */
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
    freed++;
}

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

/* A segment from 192.168.7.2:50000 to 192.168.7.1:40000, its data numbered by `number`. */
static struct pbuf *segment(uint32_t number, size_t bytes, uint8_t flags)
{
    static const uint8_t header[HEADER] = {
        2,    0,    0, 0, 0,   1, 2, 0, 0,   0,   0,    2, 0x08, 0x00, 0x45, 0, 0,    0,
        0,    0,    0, 0, 255, 6, 0, 0, 192, 168, 7,    2, 192,  168,  7,    1, 0xC3, 0x50,
        0x9C, 0x40, 0, 0, 0,   0, 0, 0, 0,   9,   0x50, 0, 0x20, 0x00, 0,    0, 0,    0};
    uint8_t *frame = memory[made % FRAMES];
    struct pbuf_custom *pbuf = &pbufs[made % FRAMES];

    memcpy(frame, header, sizeof header);
    put16(frame + IP_LENGTH_AT, (unsigned)(40 + bytes));
    put16(frame + IP_NUMBER_AT, made);
    put16(frame + NUMBER_AT, number >> 16);
    put16(frame + NUMBER_AT + 2, number & 0xFFFF);
    frame[FLAGS_AT] = flags;
    memset(frame + HEADER, (int)made, bytes);
    made++;
    pbuf->custom_free_function = count_free;
    return pbuf_alloced_custom(PBUF_RAW, (u16_t)(HEADER + bytes), PBUF_REF, pbuf, frame,
                               sizeof memory[0]);
}

static int begin(void **state)
{
    (void)state;
    bundle_clear(&bundle);
    made = freed = 0;
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
    /* The sum of the pseudo-header: addresses, protocol, length. */
    assert_int_equal(get16(bundle.header + TCP_SUM_AT), sum_of(bundle.header + 26, 8, 6 + 30));
    pbuf_free(frame);
    assert_int_equal(freed, 0);
    bundle_clear(&bundle);
    assert_int_equal(freed, 1);
    assert_false(bundle_add(&bundle, segment(1010, 10, ACK)));
}

static void test_several(void **state)
{
    static const size_t sizes[] = {1460, 1460, 700};
    uint32_t number = 0xFFFFFF00U; /* they wrap */

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct pbuf *frame = segment(number, sizes[i], i == 2 ? ACK | PSH : ACK);

        assert_true(i == 0 ? bundle_start(&bundle, frame) : bundle_add(&bundle, frame));
        number += (uint32_t)sizes[i];
        pbuf_free(frame);
    }
    assert_true(bundle.complete); /* a short one is the last */
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
    assert_int_equal(freed, 3);
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
    assert_false(bundle_add(&bundle, segment(1, 1000, ACK)));    /* once more */
    assert_false(bundle_add(&bundle, segment(2001, 1000, ACK))); /* the one after the next */
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
    /* One that ends or has no data goes alone. */
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

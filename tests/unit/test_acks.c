/* Acknowledgements that wait: which are sent, which become needless, and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../port/linux/acks.h"
#include "port.h"

enum {
    FRAMES = 16,
    HEADER = 54,
    LENGTH_AT = 16,
    TO_AT = 30,
    PORT_AT = 36,
    ACK_AT = 42,
    FLAGS_AT = 47,
    RST = 0x04,
    PSH = 0x08,
    ACK = 0x10
};

static uint8_t memory[FRAMES][128];
static struct pbuf_custom pbufs[FRAMES];
static unsigned made;
static unsigned freed;
static struct acks acks;

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

/* A segment from 192.168.7.2:50000 to `port` of 192.168.7.1. */
static struct pbuf *segment(uint16_t port, uint32_t number, size_t bytes, uint8_t flags)
{
    static const uint8_t header[HEADER] = {
        2,    0,    0, 0, 0,   1, 2, 0, 0,   0,   0,    2, 0x08, 0x00, 0x45, 0, 0,    0,
        0,    0,    0, 0, 255, 6, 0, 0, 192, 168, 7,    2, 192,  168,  7,    1, 0xC3, 0x50,
        0x9C, 0x40, 0, 0, 0,   0, 0, 0, 0,   0,   0x50, 0, 0x20, 0x00, 0,    0, 0,    0};
    uint8_t *frame = memory[made];
    struct pbuf_custom *pbuf = &pbufs[made++];

    memcpy(frame, header, sizeof header);
    frame[LENGTH_AT + 1] = (uint8_t)(HEADER - 14 + bytes);
    frame[PORT_AT] = (uint8_t)(port >> 8);
    frame[PORT_AT + 1] = (uint8_t)port;
    for (unsigned i = 0; i < 4; i++) {
        frame[ACK_AT + i] = (uint8_t)(number >> (24 - 8 * i));
    }
    frame[FLAGS_AT] = flags;
    pbuf->custom_free_function = count_free;
    return pbuf_alloced_custom(PBUF_RAW, (u16_t)(HEADER + bytes), PBUF_REF, pbuf, frame,
                               sizeof memory[0]);
}

static int begin(void **state)
{
    (void)state;
    memset(&acks, 0, sizeof acks);
    made = freed = 0;
    return 0;
}

/* As lwIP does: it gives a frame, and frees it. */
static bool holds(struct pbuf *frame, struct pbuf **before)
{
    bool held = acks_hold(&acks, frame, true, before);

    pbuf_free(frame);
    return held;
}

static void test_the_next_one_replaces_it(void **state)
{
    struct pbuf *first = segment(40000, 0xFFFFFFF0U, 0, ACK), *second = segment(40000, 16, 0, ACK);
    struct pbuf *before;

    (void)state;
    assert_true(holds(first, &before));
    assert_null(before);
    assert_int_equal(freed, 0);
    assert_true(holds(second, &before)); /* numbers wrap */
    assert_null(before);
    assert_int_equal(freed, 1);
    assert_int_equal(acks.held, 1);
    assert_ptr_equal(acks_take(&acks), second);
    assert_null(acks_take(&acks));
    assert_int_equal(acks.held, 0);
}

static void test_data_carries_it(void **state)
{
    struct pbuf *before;

    (void)state;
    assert_true(holds(segment(40000, 100, 0, ACK), &before));
    assert_false(holds(segment(40000, 100, 5, ACK | PSH), &before));
    assert_null(before);
    assert_null(acks_take(&acks));
    assert_int_equal(freed, 2);
}

/* What is sent again carries an old number: what is held says more. */
static void test_old_data_does_not(void **state)
{
    struct pbuf *held = segment(40000, 200, 0, ACK);
    struct pbuf *before;

    (void)state;
    assert_true(holds(held, &before));
    assert_false(holds(segment(40000, 100, 5, ACK | PSH), &before));
    assert_null(before);
    assert_false(holds(segment(40000, 0, 0, RST), &before));
    assert_ptr_equal(acks_take(&acks), held);
}

/* They ask for a segment to be sent again, or say that there is room. */
static void test_duplicates_are_sent_all(void **state)
{
    struct pbuf *first = segment(40000, 100, 0, ACK);
    struct pbuf *before;

    (void)state;
    assert_true(holds(first, &before));
    assert_false(holds(segment(40000, 100, 0, ACK), &before));
    assert_ptr_equal(before, first);
    assert_false(holds(segment(40000, 100, 0, ACK), &before));
    assert_null(before);
    assert_null(acks_take(&acks));
    /* Also where the first one went with data. */
    assert_false(holds(segment(40000, 300, 5, ACK | PSH), &before));
    assert_false(holds(segment(40000, 300, 0, ACK), &before));
}

static void test_connections_are_told_apart(void **state)
{
    struct pbuf *one = segment(40000, 100, 0, ACK), *other = segment(40001, 100, 0, ACK);
    struct pbuf *third = segment(40000 + ACKS_SLOTS, 7, 0, ACK);
    struct pbuf *before;

    (void)state;
    assert_true(holds(one, &before));
    assert_true(holds(other, &before));
    assert_null(before);
    assert_int_equal(acks.held, 2);
    /* One that meets another is held in its place, which is sent. */
    assert_true(holds(third, &before));
    assert_ptr_equal(before, one);
    /* Data of one that is not known there drops nothing. */
    assert_false(holds(segment(40000, 100, 5, ACK | PSH), &before));
    assert_null(before);
    assert_int_equal(acks.held, 2);
}

static void test_what_may_not_wait(void **state)
{
    struct pbuf *frame = segment(40000, 100, 0, ACK);
    struct pbuf *before;

    (void)state;
    assert_false(acks_hold(&acks, frame, false, &before));
    memory[0][12] = 0x86; /* no IPv4 */
    assert_false(acks_hold(&acks, frame, true, &before));
    assert_false(holds(segment(40000, 100, 0, ACK | PSH), &before));
    assert_int_equal(acks.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_next_one_replaces_it, begin),
        cmocka_unit_test_setup(test_data_carries_it, begin),
        cmocka_unit_test_setup(test_old_data_does_not, begin),
        cmocka_unit_test_setup(test_duplicates_are_sent_all, begin),
        cmocka_unit_test_setup(test_connections_are_told_apart, begin),
        cmocka_unit_test_setup(test_what_may_not_wait, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Delayed acknowledgements: which are sent, which become redundant, and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../port/linux/acks.h"
#include "segments.h"

static struct acks acks;

/* A segment to `port` that acknowledges everything before `number`. */
static struct pbuf *to(uint16_t port, uint32_t number, size_t bytes, uint8_t flags)
{
    struct pbuf *frame = segment(0, bytes, flags);
    uint8_t *header = frame->payload;

    put16(header + PORT_AT, port);
    put32(header + ACK_AT, number);
    return frame;
}

static int begin(void **state)
{
    (void)state;
    memset(&acks, 0, sizeof acks);
    segments_begin();
    return 0;
}

/* As lwIP does: passes a frame, and frees it. */
static bool holds(struct pbuf *frame, struct pbuf **before)
{
    bool held = acks_hold(&acks, frame, true, before);

    pbuf_free(frame);
    return held;
}

static void test_the_next_one_replaces_it(void **state)
{
    struct pbuf *first = to(40000, 0xFFFFFFF0U, 0, ACK), *second = to(40000, 16, 0, ACK);
    struct pbuf *before;

    (void)state;
    assert_true(holds(first, &before));
    assert_null(before);
    assert_int_equal(segments_freed, 0);
    assert_true(holds(second, &before)); /* numbers wrap */
    assert_null(before);
    assert_int_equal(segments_freed, 1);
    assert_int_equal(acks.held, 1);
    assert_ptr_equal(acks_take(&acks), second);
    assert_null(acks_take(&acks));
    assert_int_equal(acks.held, 0);
}

static void test_data_carries_it(void **state)
{
    struct pbuf *before;

    (void)state;
    assert_true(holds(to(40000, 100, 0, ACK), &before));
    assert_false(holds(to(40000, 100, 5, ACK | PSH), &before));
    assert_null(before);
    assert_null(acks_take(&acks));
    assert_int_equal(segments_freed, 2);
}

/* A retransmission carries an old number: the held acknowledgement covers more. */
static void test_old_data_does_not(void **state)
{
    struct pbuf *held = to(40000, 200, 0, ACK);
    struct pbuf *before;

    (void)state;
    assert_true(holds(held, &before));
    assert_false(holds(to(40000, 100, 5, ACK | PSH), &before));
    assert_null(before);
    assert_false(holds(to(40000, 0, 0, RST), &before));
    assert_ptr_equal(acks_take(&acks), held);
}

/* Duplicates request a retransmission or announce a window. */
static void test_duplicates_are_sent_all(void **state)
{
    struct pbuf *first = to(40000, 100, 0, ACK);
    struct pbuf *before;

    (void)state;
    assert_true(holds(first, &before));
    assert_false(holds(to(40000, 100, 0, ACK), &before));
    assert_ptr_equal(before, first);
    assert_false(holds(to(40000, 100, 0, ACK), &before));
    assert_null(before);
    assert_null(acks_take(&acks));
    /* Also if the first one was sent with data. */
    assert_false(holds(to(40000, 300, 5, ACK | PSH), &before));
    assert_false(holds(to(40000, 300, 0, ACK), &before));
}

static void test_connections_are_told_apart(void **state)
{
    struct pbuf *one = to(40000, 100, 0, ACK), *other = to(40001, 100, 0, ACK);
    struct pbuf *third = to(40000 + ACKS_SLOTS, 7, 0, ACK);
    struct pbuf *before;

    (void)state;
    assert_true(holds(one, &before));
    assert_true(holds(other, &before));
    assert_null(before);
    assert_int_equal(acks.held, 2);
    /* On a slot collision the new one is held, and the old one is sent. */
    assert_true(holds(third, &before));
    assert_ptr_equal(before, one);
    /* Data of a connection without a slot drops nothing. */
    assert_false(holds(to(40000, 100, 5, ACK | PSH), &before));
    assert_null(before);
    assert_int_equal(acks.held, 2);
}

static void test_what_may_not_wait(void **state)
{
    struct pbuf *frame = to(40000, 100, 0, ACK);
    struct pbuf *before;

    (void)state;
    assert_false(acks_hold(&acks, frame, false, &before));
    ((uint8_t *)frame->payload)[12] = 0x86; /* not IPv4 */
    assert_false(acks_hold(&acks, frame, true, &before));
    assert_false(holds(to(40000, 100, 0, ACK | PSH), &before));
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

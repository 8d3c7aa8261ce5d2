/* Address conflict detection: probes before an address is used, and conflicts afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../port/lwip/claim.h"

enum { REQUEST = 1, REPLY = 2, START_MS = -100 /* the clock wraps during the test */ };

static const uint8_t ours[] = {2, 0, 0, 0, 0, 1}, others[] = {2, 0, 0, 0, 0, 2};
static const uint8_t nobody[4], wanted[] = {192, 168, 7, 2}, another[] = {192, 168, 7, 3};
static struct claim claim;
static uint32_t now_ms;

static uint32_t word(const uint8_t address[4])
{
    uint32_t value;

    memcpy(&value, address, sizeof value);
    return value;
}

static int begin(void **state)
{
    (void)state;
    now_ms = (uint32_t)START_MS;
    memset(&claim, 0, sizeof claim);
    claim.mac = ours;
    return 0;
}

static enum claim_news hear(int operation, const uint8_t *mac, const uint8_t *sender,
                            const uint8_t *target)
{
    uint8_t packet[CLAIM_ARP_BYTES] = {0, 1, 8, 0, 6, 4, 0, (uint8_t)operation};

    memcpy(packet + 8, mac, 6);
    memcpy(packet + 14, sender, 4);
    memcpy(packet + 24, target, 4);
    return claim_hear(&claim, packet, now_ms);
}

static void ask(void)
{
    claim_probe(&claim, word(wanted));
    assert_true(claim_turn(&claim, now_ms));
}

static void take(void)
{
    claim_take(&claim, word(wanted), now_ms);
}

static void test_two_probes_then_it_is_ours(void **state)
{
    uint32_t start_ms = now_ms;
    unsigned probes = 0;

    (void)state;
    claim_probe(&claim, word(wanted));
    while (claim.state == CLAIM_PROBING) {
        now_ms += claim_due(&claim, now_ms);
        assert_true(claim_turn(&claim, now_ms));
        assert_false(claim_turn(&claim, now_ms));
        probes += claim.state == CLAIM_PROBING;
    }
    assert_int_equal(claim.state, CLAIM_OURS);
    assert_int_equal(probes, 2);
    assert_true(now_ms - start_ms >= 200 && now_ms - start_ms <= 300);
    assert_int_equal(claim_due(&claim, now_ms), UINT32_MAX);
}

static void test_it_is_taken(void **state)
{
    (void)state;
    ask();
    assert_int_equal(hear(REPLY, others, another, nobody), CLAIM_QUIET);
    assert_int_equal(hear(REQUEST, others, another, wanted), CLAIM_QUIET); /* looking for it */
    assert_int_equal(hear(REPLY, others, wanted, nobody), CLAIM_REFUSED);
    assert_int_equal(claim.state, CLAIM_TAKEN);
    assert_memory_equal(claim.other, others, 6);
    assert_false(claim_turn(&claim, now_ms + 1000));
}

static void test_two_ask_at_once(void **state)
{
    (void)state;
    ask();
    assert_int_equal(hear(REQUEST, ours, nobody, wanted), CLAIM_QUIET); /* our own, looped back */
    assert_int_equal(hear(REQUEST, others, nobody, another), CLAIM_QUIET);
    assert_int_equal(hear(REQUEST, others, nobody, wanted), CLAIM_REFUSED);
}

static void test_somebody_uses_it_later(void **state)
{
    (void)state;
    take();
    assert_int_equal(hear(REQUEST, others, nobody, wanted), CLAIM_QUIET); /* lwIP answers */
    assert_int_equal(hear(REQUEST, ours, wanted, another), CLAIM_QUIET);
    assert_int_equal(hear(REQUEST, others, wanted, another), CLAIM_CONTEST);
    now_ms += 9999;
    assert_int_equal(hear(REPLY, others, wanted, another), CLAIM_LOST);
    now_ms += 10001;
    assert_int_equal(hear(REPLY, others, wanted, another), CLAIM_CONTEST);
}

/* Two machines with the same MAC hear each other's broadcasts; our own may be looped back too. */
static void test_somebody_has_our_mac(void **state)
{
    (void)state;
    ask();
    assert_int_equal(hear(REPLY, ours, another, nobody), CLAIM_QUIET); /* a previous address */
    take();
    assert_int_equal(hear(REQUEST, ours, nobody, wanted), CLAIM_QUIET);
    assert_int_equal(hear(REQUEST, ours, wanted, wanted), CLAIM_QUIET);
    now_ms += 1000;
    assert_int_equal(hear(REQUEST, ours, wanted, another), CLAIM_QUIET);
    assert_int_equal(hear(REQUEST, ours, nobody, wanted), CLAIM_TWIN); /* it requests the same */
    assert_int_equal(hear(REQUEST, ours, nobody, another), CLAIM_TWIN);
    assert_int_equal(hear(REQUEST, ours, wanted, wanted), CLAIM_TWIN);
    assert_int_equal(hear(REQUEST, ours, another, wanted), CLAIM_TWIN);
    /* After a contest we have announced it again. */
    assert_int_equal(hear(REQUEST, others, wanted, another), CLAIM_CONTEST);
    assert_int_equal(hear(REQUEST, ours, wanted, wanted), CLAIM_QUIET);
}

static void test_without_an_address_nothing_is_claimed(void **state)
{
    (void)state;
    claim_take(&claim, 0, now_ms);
    assert_int_equal(hear(REQUEST, others, nobody, nobody), CLAIM_QUIET);
    assert_int_equal(hear(REQUEST, ours, another, wanted), CLAIM_QUIET);
    assert_int_equal(claim_due(&claim, now_ms), UINT32_MAX);
}

/* On a busy machine the answer to a probe may be there, but not read. */
static void test_late_turns_probe_again(void **state)
{
    unsigned probes = 0;

    (void)state;
    claim_probe(&claim, word(wanted));
    for (unsigned i = 0; i < 4; i++, now_ms += 300) {
        assert_true(claim_turn(&claim, now_ms));
        assert_int_equal(claim.state, CLAIM_PROBING);
    }
    now_ms -= 300 - 125;
    assert_false(claim_turn(&claim, now_ms - 1));
    assert_true(claim_turn(&claim, now_ms));
    assert_int_equal(claim.state, CLAIM_OURS);

    claim_probe(&claim, word(wanted));
    do {
        now_ms += 300;
        assert_true(claim_turn(&claim, now_ms));
        probes += claim.state == CLAIM_PROBING;
    } while (claim.state == CLAIM_PROBING);
    assert_int_equal(probes, 8);
    assert_int_equal(claim.state, CLAIM_OURS);
}

/* RFC 3927, section 9. */
static void test_a_link_local_address_is_probed_slowly(void **state)
{
    uint32_t before_ms = now_ms, start_ms = now_ms, announced_ms;
    unsigned probes = 0;

    (void)state;
    claim_probe_local(&claim, word(wanted), now_ms, false);
    while (claim.state == CLAIM_PROBING) {
        now_ms += claim_due(&claim, now_ms);
        assert_true(claim_turn(&claim, now_ms));
        uint32_t paused_ms = now_ms - before_ms;
        before_ms = now_ms;
        if (claim.state == CLAIM_OURS) {
            assert_true(paused_ms == 2000);
        } else if (probes++ > 0) {
            assert_true(paused_ms >= 1000 && paused_ms <= 2000);
        } else {
            assert_true(paused_ms <= 1000);
        }
    }
    assert_int_equal(probes, 3);
    assert_true(now_ms - start_ms >= 4000 && now_ms - start_ms <= 7000);
    announced_ms = now_ms;
    now_ms += claim_due(&claim, now_ms);
    assert_int_equal(now_ms - announced_ms, 2000);
    assert_true(claim_turn(&claim, now_ms));
    assert_int_equal(claim.state, CLAIM_OURS);
    assert_false(claim_is_busy(&claim));

    claim_probe_local(&claim, word(wanted), now_ms, true);
    assert_true(claim_due(&claim, now_ms) >= 60000);
    now_ms += 61000;
    assert_true(claim_turn(&claim, now_ms));
    assert_int_equal(hear(REPLY, others, wanted, nobody), CLAIM_REFUSED);
    claim_probe(&claim, word(another));
    assert_int_equal(claim_due(&claim, now_ms), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_two_probes_then_it_is_ours, begin),
        cmocka_unit_test_setup(test_a_link_local_address_is_probed_slowly, begin),
        cmocka_unit_test_setup(test_late_turns_probe_again, begin),
        cmocka_unit_test_setup(test_it_is_taken, begin),
        cmocka_unit_test_setup(test_two_ask_at_once, begin),
        cmocka_unit_test_setup(test_somebody_uses_it_later, begin),
        cmocka_unit_test_setup(test_somebody_has_our_mac, begin),
        cmocka_unit_test_setup(test_without_an_address_nothing_is_claimed, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

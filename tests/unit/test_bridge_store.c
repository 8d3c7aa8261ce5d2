/* What lwchat-bridge must not forget: tools/bridge/store.h and journal.h. */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../tools/bridge/store.h"

#define AT "10.0.0.1:50000"

static char path[] = "/tmp/lwchat-store-XXXXXX";
static struct store store;
static size_t torn;

static void reopen(void)
{
    store_close(&store);
    assert_null(store_open(&store, path, &torn));
}

static int set_up(void **state)
{
    (void)state;
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    int file = mkstemp(path);
    assert_true(file >= 0);
    (void)close(file);
    assert_null(store_open(&store, path, &torn));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_close(&store);
    return unlink(path);
}

static bool hear(const char *room, const char *server, uint64_t start, uint64_t seq, uint64_t count)
{
    return store_hear(&store, &(struct store_message){.kind = STORE_MESSAGE,
                                                      .room = room,
                                                      .server = server,
                                                      .start = start,
                                                      .seq = seq,
                                                      .count = count,
                                                      .from = "al",
                                                      .text = "hello",
                                                      .to = ""});
}

static void test_twice_and_missing(void **state)
{
    (void)state;
    assert_true(hear("#lobby", "Zoe", 7, 10, 1));
    assert_false(hear("#lobby", "Zoe", 7, 10, 1));
    assert_true(hear("#lab", "Zoe", 7, 10, 1));
    assert_true(hear("#lobby", "Zoe", 7, 11, 4));
    assert_int_equal(store.next, 4);
    assert_string_equal(store_at(&store, 2)->text, "2 messages from Zoe are missing");
    assert_true(store_commit(&store));
    reopen();
    assert_int_equal(store.next, 4);
    assert_false(hear("#lobby", "Zoe", 7, 11, 4));
    assert_true(hear("#lobby", "Zoe", 8, 1, 1));
    assert_string_equal(store_at(&store, 4)->text,
                        "Zoe was started again: what was said there last may be missing");
}

/* Only what was to be said there counts as lost. The rest of the store is for others. */
static void test_away_for_too_long(void **state)
{
    enum { OWN = 10, LAB = 20, MORE = 30 };
    uint64_t seq = 0;

    (void)state;
    struct store_position *position = store_position(&store, AT, "#lobby");
    memcpy(position->name, "Zoe", 4);
    for (unsigned i = 0; i < OWN; i++) {
        seq++;
        assert_true(hear("#lobby", "Zoe", 1, seq, seq));
    }
    seq = 0;
    for (unsigned i = 0; i < LAB; i++) {
        seq++;
        assert_true(hear("#lab", "Lucas", 1, seq, seq));
    }
    seq = 0;
    for (unsigned i = 0; i < MORE + STORE_MESSAGES; i++) {
        seq++;
        assert_true(hear("#lobby", "Lucas", 1, seq, seq));
    }
    assert_true(store_commit(&store));
    assert_int_equal(position->lost, MORE);
    assert_int_equal(position->cursor, OWN + LAB + MORE);
    assert_true(position->pushed);
    assert_true(store_commit(&store));
    reopen();
    position = store_position(&store, AT, "#lobby");
    assert_int_equal(position->lost, MORE);
    assert_string_equal(position->name, "Zoe");
    assert_int_equal(store.next - position->cursor, STORE_MESSAGES);
}

static void test_many_runs(void **state)
{
    char server[16];

    (void)state;
    for (unsigned i = 0; i < STORE_SEEN + 2; i++) {
        (void)snprintf(server, sizeof server, "s%u", i);
        assert_true(hear("#lobby", server, 1, 1, 1));
    }
    assert_int_equal(store.seen_count, STORE_SEEN);
    assert_false(hear("#lobby", server, 1, 1, 1));
    assert_true(hear("#lobby", "s0", 1, 1, 1)); /* it was forgotten */
    for (unsigned run = 1; run < 7; run++) {
        assert_true(hear("#lobby", "s9", run + 1, 1, 1));
    }
    assert_int_equal(store.seen_count, STORE_SEEN);
}

static void test_torn(void **state)
{
    (void)state;
    assert_true(hear("#lobby", "Zoe", 7, 10, 1));
    assert_true(store_commit(&store));
    assert_true(hear("#lobby", "Zoe", 7, 11, 2));
    assert_true(store_commit(&store));
    assert_int_equal(truncate(path, (off_t)store.journal.file_bytes - 1), 0);
    reopen();
    assert_true(torn > 0);
    assert_int_equal(store.next, 1);
    assert_true(hear("#lobby", "Zoe", 7, 11, 2));
    assert_true(store_commit(&store));
    reopen();
    assert_int_equal(torn, 0);
    assert_int_equal(store.next, 2);
}

static void test_persons(void **state)
{
    (void)state;
    assert_true(store_is_person("alice", 5));
    assert_false(store_is_person("", 0));
    assert_false(store_is_person("al@Zoe", 6));
    assert_false(store_is_person("bridge", 6));
    assert_false(store_is_person("BRlDGE", 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_twice_and_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_away_for_too_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_torn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_persons, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

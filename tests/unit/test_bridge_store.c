/* What lwchat-bridge must not forget: tools/bridge/store.h and journal.h. */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../tools/bridge/store.h"

#define AT "10.0.0.1:50000"

static char path[] = "/tmp/lwchat-store-XXXXXX";
static struct store store;
static size_t torn;

static char replacement[sizeof path + 4]; /* takes the file's place just before it is locked */

/* Instead of the C library's. */
int flock(int file, int how)
{
    if (replacement[0] != '\0') {
        assert_int_equal(rename(replacement, path), 0);
        replacement[0] = '\0';
    }
    return (int)syscall(SYS_flock, file, how);
}

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

/* Another bridge replaces the file between its opening and its locking. */
static void test_replaced_meanwhile(void **state)
{
    struct store other;

    (void)state;
    store_close(&store);
    (void)snprintf(replacement, sizeof replacement, "%s.new", path);
    assert_int_equal(rename(path, replacement), 0);
    assert_null(store_open(&store, path, &torn));
    assert_int_equal(replacement[0], '\0');
    assert_string_equal(store_open(&other, path, &torn), "another lwchat-bridge uses it");
    store_close(&other);
}

static size_t file_bytes(void)
{
    return store.journal.file_bytes;
}

/* Writes the first bytes of `content` to the file. Where `flipped` is below that, a bit is wrong.
 */
static void put_file(const char *content, size_t bytes, size_t flipped)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    for (size_t i = 0; i < bytes; i++) {
        (void)fputc(content[i] ^ (i == flipped ? 1 << i % 8 : 0), file);
    }
    assert_int_equal(fclose(file), 0);
}

/* A file that ends anywhere, or has a wrong bit anywhere, is read up to there. */
static void test_torn_at_each_byte(void **state)
{
    enum { MESSAGES = 5 };
    char content[4096];
    size_t ends[MESSAGES + 1];

    (void)state;
    assert_true(store_commit(&store));
    ends[0] = file_bytes();
    for (unsigned i = 1; i <= MESSAGES; i++) {
        assert_true(hear("#lobby", "Zoe", 7, i, i));
        assert_true(store_commit(&store));
        ends[i] = file_bytes();
    }
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fread(content, 1, sizeof content, file), ends[MESSAGES]);
    (void)fclose(file);
    for (size_t at = 17; at <= 2 * ends[MESSAGES]; at++) {
        bool flips = at > ends[MESSAGES];
        size_t place = flips ? at - ends[MESSAGES] - 1 : at;
        unsigned whole = 0;
        while (whole < MESSAGES && ends[whole + 1] <= place) {
            whole++;
        }
        if (flips && place < ends[0]) {
            continue; /* the head, and its own ID */
        }
        store_close(&store);
        put_file(content, flips ? ends[MESSAGES] : place, flips ? place : SIZE_MAX);
        assert_null(store_open(&store, path, &torn));
        assert_int_equal(store.next, whole);
        assert_int_equal(torn,
                         (flips ? ends[MESSAGES] : place) - (place < ends[0] ? 16 : ends[whole]));
        /* What was cut off is heard again, and is there the next time. */
        for (unsigned i = whole + 1; i <= MESSAGES; i++) {
            assert_true(hear("#lobby", "Zoe", 7, i, i));
        }
        assert_true(store_commit(&store));
        reopen();
        assert_int_equal(torn, 0);
        assert_int_equal(store.next, MESSAGES);
    }
}

/* What a server does not get while the bridge does not join it is counted. */
static void test_left_out(void **state)
{
    enum { LINES = 3000, OWN = 500 };

    (void)state;
    struct store_position *out = store_position(&store, AT, "#lobby");
    store_name(out, "Zoe");
    (void)store_position(&store, "10.0.0.2:50000", "#lobby");
    assert_true(store_commit(&store));
    reopen();
    struct store_position *in = store_position(&store, "10.0.0.2:50000", "#lobby");
    for (unsigned i = 1; i <= LINES; i++) {
        assert_true(hear("#lobby", i <= OWN ? "Zoe" : "Lucas", 7, i <= OWN ? i : i - OWN,
                         i <= OWN ? i : i - OWN));
    }
    in->cursor = store.next;
    in->changed = true;
    assert_true(store_commit(&store));
    assert_true(store_commit(&store));
    reopen();
    out = store_position(&store, AT, "#lobby");
    assert_int_equal(out->lost, LINES - OWN);
    assert_int_equal(out->cursor, LINES);
}

/* What was said under its former name is not said there. */
static void test_former_name(void **state)
{
    (void)state;
    struct store_position *position = store_position(&store, AT, "#lobby");
    position->echo_start = 7;
    store_name(position, "Zoe");
    store_name(position, "Anna");
    store_name(position, "Anna");
    assert_true(store_commit(&store));
    reopen();
    position = store_position(&store, AT, "#lobby");
    assert_true(hear("#lobby", "Zoe", 7, 1, 1));
    assert_true(hear("#lobby", "Zoe", 8, 1, 1)); /* another that got its name */
    assert_true(hear("#lobby", "Anna", 7, 1, 1));
    assert_false(store_is_for(position, store_at(&store, 0)));
    assert_true(store_is_for(position, store_at(&store, 2)));
    assert_false(store_is_for(position, store_at(&store, 3)));
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
        cmocka_unit_test_setup_teardown(test_replaced_meanwhile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_torn_at_each_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_former_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_persons, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

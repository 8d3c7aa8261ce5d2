/* The log against a plain list of the appended records, at every wrap position. */
#include "unit.h"

#include "core/log.h"

enum { RING_BYTES = 1024, MOST_RECORDS = RING_BYTES / 16, LONGEST_TEXT = 180 };

/* A record of the model. */
struct entry {
    uint32_t position;
    size_t nick_bytes, text_bytes;
    char nick[16], text[LONGEST_TEXT];
    uint16_t from, to;
    uint32_t previous;
    uint8_t kind, word, room;
};

static struct entry model[MOST_RECORDS];
static unsigned first, count;
static struct log log_;

static struct entry *entry_at(unsigned i)
{
    return &model[(first + i) % MOST_RECORDS];
}

static void assert_same(const struct log_record *record, const struct entry *entry)
{
    assert_int_equal(record->kind, entry->kind);
    assert_int_equal(record->word, entry->word);
    assert_int_equal(record->from, entry->from);
    assert_int_equal(record->to, entry->to);
    assert_int_equal(record->room, entry->room);
    assert_int_equal(record->previous, entry->previous);
    assert_int_equal(record->bytes,
                     ((int)sizeof *record + entry->nick_bytes + entry->text_bytes + 3) / 4 * 4);
    assert_int_equal(record->nick_bytes, entry->nick_bytes);
    assert_int_equal(record->text_bytes, entry->text_bytes);
    assert_memory_equal(log_nick(record), entry->nick, entry->nick_bytes);
    assert_memory_equal(log_text(record), entry->text, entry->text_bytes);
}

/* The log holds exactly the model's records, in order. */
static void assert_holds_the_model(void)
{
    uint32_t at = log_.first;
    unsigned i = 0;

    assert_true(log_.next - log_.first <= RING_BYTES);
    while (at != log_.next) {
        const struct log_record *record = log_at(&log_, at);
        assert_true((at & (RING_BYTES - 1)) + record->bytes <= RING_BYTES);
        if (record->kind != LOG_PADDING) {
            assert_true(i < count);
            assert_int_equal(at, entry_at(i)->position);
            assert_same(record, entry_at(i));
            i++;
        }
        at += record->bytes;
    }
    assert_int_equal(i, count);
}

static void drop_as_told(uint32_t keep)
{
    while (log_.first != keep) {
        const struct log_record *record = log_at(&log_, log_.first);
        if (record->kind != LOG_PADDING) {
            assert_int_equal(entry_at(0)->position, log_.first);
            first = (first + 1) % MOST_RECORDS;
            count--;
        }
        log_drop_first(&log_);
    }
}

static void append_random(struct dice *dice)
{
    struct entry *entry = entry_at(count);
    struct log_record record;
    uint32_t last;

    *entry = (struct entry){
        .kind = (uint8_t)(LOG_MESSAGE + dice_below(dice, 4)),
        .word = (uint8_t)dice_throw(dice),
        .from = (uint16_t)dice_throw(dice),
        .to = (uint16_t)dice_throw(dice),
        .room = (uint8_t)dice_throw(dice),
        .nick_bytes = dice_below(dice, 17),
        .text_bytes =
            dice_below(dice, 4) == 0 ? dice_below(dice, LONGEST_TEXT + 1) : dice_below(dice, 20),
    };
    for (size_t i = 0; i < entry->nick_bytes; i++) {
        entry->nick[i] = (char)dice_throw(dice);
    }
    for (size_t i = 0; i < entry->text_bytes; i++) {
        entry->text[i] = (char)dice_throw(dice);
    }
    uint32_t bytes = log_record_bytes(entry->nick_bytes, entry->text_bytes);
    uint32_t before = log_.first;
    uint32_t keep = log_must_drop(&log_, bytes);
    assert_int_equal(log_.first, before);
    drop_as_told(keep);
    assert_int_equal(log_must_drop(&log_, bytes), log_.first);

    record = (struct log_record){.kind = entry->kind,
                                 .word = entry->word,
                                 .from = entry->from,
                                 .to = entry->to,
                                 .room = entry->room};
    bool has_last = count > 0 && dice_below(dice, 2) == 0;
    if (has_last) {
        last = entry_at(dice_below(dice, count))->position;
    }
    uint32_t next = log_.next;
    entry->position = log_append(&log_, &record, entry->nick, entry->nick_bytes, entry->text,
                                 entry->text_bytes, has_last ? &last : NULL);
    entry->previous = has_last ? entry->position - last : 0;
    assert_int_equal(log_.next, entry->position + bytes);
    /* There is padding only where the record would have wrapped. */
    uint32_t left = RING_BYTES - (next & (RING_BYTES - 1));
    assert_int_equal(entry->position - next, left < bytes ? left : 0);
    count++;
}

static void run_from(uint32_t start, uint64_t seed)
{
    char *ring = guarded_end(RING_BYTES) - RING_BYTES;
    struct dice dice = {seed};

    first = count = 0;
    memset(ring, 0xFF, RING_BYTES);
    log_init(&log_, ring, RING_BYTES, start);
    assert_int_equal(log_.first, log_.next);
    for (int i = 0; i < 4000; i++) {
        append_random(&dice);
        assert_holds_the_model();
        if (dice_below(&dice, 50) == 0) {
            drop_as_told(dice_below(&dice, 2) == 0 ? log_.next : entry_at(count / 2)->position);
            assert_holds_the_model();
        }
    }
}

static void test_wraps(void **state)
{
    (void)state;
    run_from(0, 1);
    run_from(0x80000000U - 20 * RING_BYTES, 2);
    run_from(0U - 20 * RING_BYTES, 3);
    for (uint32_t place = 0; place < RING_BYTES; place += 4) {
        char *ring = guarded_end(RING_BYTES) - RING_BYTES;
        struct dice dice = {place};
        first = count = 0;
        log_init(&log_, ring, RING_BYTES, 0U - place);
        for (int i = 0; i < 60; i++) {
            append_random(&dice);
            assert_holds_the_model();
        }
    }
}

static void test_no_more_goes_than_must(void **state)
{
    struct log_record record = {.kind = LOG_MESSAGE};
    char *ring = guarded_end(RING_BYTES) - RING_BYTES;

    (void)state;
    log_init(&log_, ring, RING_BYTES, 0);
    size_t text_bytes = 32 - sizeof record - 2;
    for (int i = 0; i < RING_BYTES / 32; i++) {
        assert_int_equal(log_must_drop(&log_, 32), 0);
        log_append(&log_, &record, "ab", 2, "0123456789ab", text_bytes, NULL);
    }
    assert_int_equal(log_must_drop(&log_, 4), 32);
    assert_int_equal(log_must_drop(&log_, 32), 32);
    assert_int_equal(log_must_drop(&log_, 36), 64);
}

static void test_order_of_positions(void **state)
{
    (void)state;
    assert_true(log_before(1, 2) && log_before(0xFFFFFFFF, 0) &&
                log_before(0x7FFFFFFF, 0x80000000));
    assert_false(log_before(2, 1) || log_before(5, 5) || log_before(0, 0xFFFFFFFF));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wraps),
        cmocka_unit_test(test_no_more_goes_than_must),
        cmocka_unit_test(test_order_of_positions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

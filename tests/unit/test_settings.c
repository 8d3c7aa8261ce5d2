/* What a board keeps in its flash, with the power failing at every step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../port/wifi/settings.h"

/*
 * A NOR flash. An erase sets bits and a program clears them, a byte at a time; at `power` bytes the
 * power fails, and the byte that is being written has some of its bits.
 */
static uint8_t slots[SETTINGS_SLOTS][SETTINGS_SLOT_BYTES];
static long power;
static uint8_t torn_bits;

static bool write_byte(uint8_t *at, uint8_t value, bool sets)
{
    uint8_t wanted = sets ? 0xFF : (uint8_t)(*at & value);

    if (power == 0) {
        return false;
    }
    if (--power == 0) {
        wanted = (uint8_t)((*at & ~torn_bits) | (wanted & torn_bits));
    }
    *at = wanted;
    return true;
}

static bool erase(unsigned slot)
{
    for (unsigned i = 0; i < SETTINGS_SLOT_BYTES; i++) {
        if (!write_byte(&slots[slot][i], 0xFF, true)) {
            return false;
        }
    }
    return true;
}

static bool program(unsigned slot, const uint8_t data[SETTINGS_SLOT_BYTES])
{
    for (unsigned i = 0; i < SETTINGS_SLOT_BYTES; i++) {
        if (!write_byte(&slots[slot][i], data[i], false)) {
            return false;
        }
    }
    return true;
}

static const struct settings_flash flash = {{slots[0], slots[1]}, erase, program};

static const struct settings
    home = {SETTINGS_STATION, "home", "correct horse"},
    lab = {SETTINGS_ACCESS_POINT, "lab on the \"third\" floor, at end", ""},
    longest = {SETTINGS_STATION, "12345678901234567890123456789012",
               "1234567890123456789012345678901234567890123456789012345678901234"};

static int set_up(void **state)
{
    (void)state;
    memset(slots, 0xFF, sizeof slots);
    power = -1;
    return 0;
}

static bool same(const struct settings *a, const struct settings *b)
{
    return a->mode == b->mode && strcmp(a->ssid, b->ssid) == 0 &&
           strcmp(a->password, b->password) == 0;
}

static void assert_kept(const struct settings *wanted)
{
    struct settings read;

    assert_true(settings_load(&flash, &read));
    assert_true(same(&read, wanted));
}

static bool is_in_flash(const char *text)
{
    for (unsigned slot = 0; slot < SETTINGS_SLOTS; slot++) {
        for (size_t i = 0; i + strlen(text) <= SETTINGS_SLOT_BYTES; i++) {
            if (memcmp(&slots[slot][i], text, strlen(text)) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void test_kept(void **state)
{
    struct settings read;

    (void)state;
    memset(&read, 'x', sizeof read);
    assert_false(settings_load(&flash, &read));
    assert_string_equal(read.ssid, "");
    assert_string_equal(read.password, "");
    for (unsigned i = 0; i < 5; i++) {
        assert_true(settings_save(&flash, &home));
        assert_kept(&home);
        assert_true(settings_save(&flash, &lab));
        assert_kept(&lab);
        assert_false(is_in_flash(home.password));
        assert_true(settings_save(&flash, &longest));
        assert_kept(&longest);
    }
    assert_true(settings_forget(&flash));
    assert_false(settings_load(&flash, &read));
    assert_false(is_in_flash("12345678"));
}

static void put(const struct settings *settings)
{
    power = -1;
    assert_true(settings_forget(&flash));
    if (settings != NULL) {
        assert_true(settings_save(&flash, settings));
    }
}

/* Whether the flash holds either of these; NULL is none. */
static void assert_either(const struct settings *a, const struct settings *b)
{
    struct settings read;
    bool found = settings_load(&flash, &read);

    assert_true((!found && (a == NULL || b == NULL)) || (found && a != NULL && same(&read, a)) ||
                (found && b != NULL && same(&read, b)));
}

/* Wherever the power fails, the settings are the old ones or the new ones, and can be changed
 * again. */
static void try_all(const struct settings *old, const struct settings *new, unsigned before)
{
    static const uint8_t bits[] = {0x00, 0x0F, 0xAA, 0xFF};

    for (size_t i = 0; i < sizeof bits; i++) {
        bool done = false;
        torn_bits = bits[i];
        for (long at = 1; !done; at++) {
            put(old);
            for (unsigned j = 0; j < before; j++) { /* the other slot is in use */
                assert_true(settings_save(&flash, old));
            }
            power = at;
            done =
                (new != NULL ? settings_save(&flash, new) : settings_forget(&flash)) && power > 0;
            assert_either(old, new);
            power = -1;
            if (done) {
                assert_either(new, new);
            }
            assert_true(settings_save(&flash, &lab));
            assert_kept(&lab);
            assert_false(is_in_flash(home.password));
        }
    }
}

static void test_the_power_fails(void **state)
{
    (void)state;
    try_all(NULL, &home, 0);
    try_all(&home, &longest, 0);
    try_all(&home, &longest, 1);
    try_all(&longest, &home, 2);
    try_all(&home, NULL, 0);
    try_all(&home, NULL, 1);
}

/* A forgotten network must not come back, however often forgetting is interrupted. */
static void test_two_slots_forgotten(void **state)
{
    (void)state;
    torn_bits = 0x55;
    for (unsigned before = 0; before < 2; before++) {
        for (long at = 1; at < 2 * SETTINGS_SLOT_BYTES; at++) {
            put(&home);
            for (unsigned j = 0; j < before; j++) {
                assert_true(settings_save(&flash, &home));
            }
            /* The power fails between writing the new settings and erasing the old ones. */
            power = 2L * SETTINGS_SLOT_BYTES;
            assert_false(settings_save(&flash, &longest));
            assert_kept(&longest);
            power = at;
            (void)settings_forget(&flash);
            assert_either(&longest, NULL);
        }
    }
}

static void test_each_bit_counts(void **state)
{
    struct settings read;

    (void)state;
    put(&home);
    for (unsigned slot = 0; slot < SETTINGS_SLOTS; slot++) {
        if (slots[slot][0] == 0xFF) {
            continue;
        }
        for (unsigned bit = 0; bit < 112 * 8; bit++) {
            slots[slot][bit / 8] ^= (uint8_t)(1U << bit % 8);
            if (settings_load(&flash, &read)) {
                fail_msg("bit %u of slot %u", bit, slot);
            }
            slots[slot][bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
    }
    assert_kept(&home);
}

static uint32_t crc32(const uint8_t *bytes, size_t count)
{
    uint32_t crc = 0xFFFFFFFF;

    for (size_t i = 0; i < 8 * count; i++) {
        bool bit = ((crc ^ (uint32_t)bytes[i / 8] >> i % 8) & 1) != 0;
        crc = crc >> 1 ^ (bit ? 0xEDB88320U : 0);
    }
    return ~crc;
}

static void number_slot(uint8_t *slot, uint32_t sequence)
{
    for (unsigned i = 0; i < 4; i++) {
        slot[4 + i] = (uint8_t)(sequence >> 8 * i);
    }
    uint32_t crc = crc32(slot, 108);
    for (unsigned i = 0; i < 4; i++) {
        slot[108 + i] = (uint8_t)(crc >> 8 * i);
    }
}

/* The newer of two slots is in use, after 2^32 changes, too. */
static void test_the_sequence_wraps(void **state)
{
    (void)state;
    put(&home);
    memcpy(slots[0], slots[slots[0][0] == 0xFF], SETTINGS_SLOT_BYTES);
    number_slot(slots[0], UINT32_MAX);
    assert_true(erase(1));
    assert_kept(&home);
    power = 2L * SETTINGS_SLOT_BYTES; /* the old settings stay */
    assert_false(settings_save(&flash, &lab));
    assert_int_equal(slots[1][4] | slots[1][5] | slots[1][6] | slots[1][7], 0);
    assert_kept(&lab);
    number_slot(slots[1], UINT32_MAX - 1);
    assert_kept(&home);
}

/* A flash that does not keep what is written is noticed. */
static bool program_nothing(unsigned slot, const uint8_t data[SETTINGS_SLOT_BYTES])
{
    (void)slot;
    (void)data;
    return true;
}

static void test_a_worn_flash(void **state)
{
    const struct settings_flash worn = {{slots[0], slots[1]}, erase, program_nothing};

    (void)state;
    put(&home);
    assert_false(settings_save(&worn, &lab));
    assert_kept(&home);
}

static void test_wiped(void **state)
{
    char secret[] = "secret";

    (void)state;
    settings_wipe(secret, sizeof secret);
    assert_memory_equal(secret, "\0\0\0\0\0\0", sizeof secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_kept, set_up),
        cmocka_unit_test_setup(test_the_power_fails, set_up),
        cmocka_unit_test_setup(test_two_slots_forgotten, set_up),
        cmocka_unit_test_setup(test_each_bit_counts, set_up),
        cmocka_unit_test_setup(test_the_sequence_wraps, set_up),
        cmocka_unit_test_setup(test_a_worn_flash, set_up),
        cmocka_unit_test_setup(test_wiped, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "settings.h"

#include <string.h>

/*
 * A slot: what is not listed is 0xFF.
 *
 *   0  mark   4  sequence number   8  mode   9  SSID's length   10  password's length
 *   12  SSID, 32 bytes   44  password, 64 bytes   108  CRC-32 of bytes 0 to 107
 *
 * Numbers are little-endian.
 */
enum {
    AT_SEQUENCE = 4,
    AT_MODE = 8,
    AT_SSID_LENGTH = 9,
    AT_PASSWORD_LENGTH = 10,
    AT_SSID = 12,
    AT_PASSWORD = AT_SSID + SETTINGS_SSID_BYTES,
    AT_CRC = AT_PASSWORD + SETTINGS_PASSWORD_BYTES,
    SLOT_END = AT_CRC + 4
};

_Static_assert((int)SLOT_END <= (int)SETTINGS_SLOT_BYTES, "a slot holds the settings");

static const uint8_t mark[AT_SEQUENCE] = {'l', 'w', 'c', 1};

static uint32_t read_word(const uint8_t *from)
{
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

static void write_word(uint8_t *to, uint32_t word)
{
    for (unsigned i = 0; i < 4; i++) {
        to[i] = (uint8_t)(word >> 8 * i);
    }
}

/* The CRC of IEEE 802.3, bit by bit. */
static uint32_t crc_of(const uint8_t *bytes, size_t count)
{
    uint32_t crc = UINT32_MAX;

    for (; count > 0; count--) {
        crc ^= *bytes++;
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320U : 0);
        }
    }
    return ~crc;
}

static bool is_valid(const uint8_t *slot)
{
    return memcmp(slot, mark, sizeof mark) == 0 &&
           read_word(slot + AT_CRC) == crc_of(slot, AT_CRC) &&
           slot[AT_MODE] <= SETTINGS_ACCESS_POINT && slot[AT_SSID_LENGTH] >= 1 &&
           slot[AT_SSID_LENGTH] <= SETTINGS_SSID_BYTES &&
           slot[AT_PASSWORD_LENGTH] <= SETTINGS_PASSWORD_BYTES;
}

/* The slot in use; SETTINGS_SLOTS if there is none. Sequence numbers wrap. */
static unsigned newest(const struct settings_flash *flash)
{
    unsigned found = SETTINGS_SLOTS;

    for (unsigned i = 0; i < SETTINGS_SLOTS; i++) {
        if (is_valid(flash->slot[i]) &&
            (found == SETTINGS_SLOTS ||
             (int32_t)(read_word(flash->slot[i] + AT_SEQUENCE) -
                       read_word(flash->slot[found] + AT_SEQUENCE)) > 0)) {
            found = i;
        }
    }
    return found;
}

bool settings_load(const struct settings_flash *flash, struct settings *settings)
{
    unsigned used = newest(flash);

    memset(settings, 0, sizeof *settings);
    if (used == SETTINGS_SLOTS) {
        return false;
    }
    const uint8_t *slot = flash->slot[used];
    settings->mode = (enum settings_mode)slot[AT_MODE];
    memcpy(settings->ssid, slot + AT_SSID, slot[AT_SSID_LENGTH]);
    memcpy(settings->password, slot + AT_PASSWORD, slot[AT_PASSWORD_LENGTH]);
    return true;
}

static void write_slot(uint8_t *slot, const struct settings *settings, uint32_t sequence)
{
    size_t ssid = strlen(settings->ssid), password = strlen(settings->password);

    memset(slot, 0xFF, SETTINGS_SLOT_BYTES);
    memcpy(slot, mark, sizeof mark);
    write_word(slot + AT_SEQUENCE, sequence);
    slot[AT_MODE] = (uint8_t)settings->mode;
    slot[AT_SSID_LENGTH] = (uint8_t)ssid;
    slot[AT_PASSWORD_LENGTH] = (uint8_t)password;
    memcpy(slot + AT_SSID, settings->ssid, ssid);
    memcpy(slot + AT_PASSWORD, settings->password, password);
    write_word(slot + AT_CRC, crc_of(slot, AT_CRC));
}

bool settings_save(const struct settings_flash *flash, const struct settings *settings)
{
    uint8_t slot[SETTINGS_SLOT_BYTES];
    unsigned old = newest(flash), next = old == 0 ? 1 : 0;
    uint32_t sequence = old == SETTINGS_SLOTS ? 0 : read_word(flash->slot[old] + AT_SEQUENCE) + 1;

    write_slot(slot, settings, sequence);
    bool saved = flash->erase(next) && flash->program(next, slot) &&
                 memcmp(flash->slot[next], slot, sizeof slot) == 0;
    settings_wipe(slot, sizeof slot);
    return saved && flash->erase(1 - next);
}

/* The older ones first: if the power fails in between, they must not be in use again. */
bool settings_forget(const struct settings_flash *flash)
{
    unsigned last = newest(flash) == 0 ? 0 : 1;

    return flash->erase(1 - last) && flash->erase(last);
}

void settings_wipe(void *memory, size_t bytes)
{
    volatile uint8_t *at = memory;

    while (bytes-- > 0) {
        *at++ = 0;
    }
}

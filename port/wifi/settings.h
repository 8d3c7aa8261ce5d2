/**
 * @file
 * What a board with Wi-Fi keeps in its flash: the network that it joins, or the access point that
 * it is.
 *
 * There are two slots, each in a sector of its own. A change is written to the slot that is not in
 * use, which is valid once its checksum is: if the power fails, the settings are the old ones or
 * the new ones, never a mixture. Then the old slot is erased, so that no old password stays.
 *
 *     in use: 0          writing 1          both, 1 is newer     in use: 1
 *     [ 7 | crc ] [ ]    [ 7 | crc ] [ 8 |  [ 7 | crc ] [ 8 | crc ]  [ ] [ 8 | crc ]
 *
 * The password is not encrypted: whoever can read the flash can read it.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SETTINGS_SSID_BYTES = 32,     /**< IEEE 802.11-2020, section 9.4.2.2 */
    SETTINGS_PASSWORD_BYTES = 64, /**< a passphrase of 8 to 63, or a key of 64 hexadecimal digits */
    SETTINGS_SLOTS = 2,
    SETTINGS_SLOT_BYTES = 256, /**< used of a slot: one page of a NOR flash */
};

enum settings_mode { SETTINGS_STATION, SETTINGS_ACCESS_POINT };

struct settings {
    enum settings_mode mode;
    char ssid[SETTINGS_SSID_BYTES + 1];         /**< 1 to 32 bytes, NUL-terminated */
    char password[SETTINGS_PASSWORD_BYTES + 1]; /**< "" for an open network */
};

/** The flash. Functions return false if it was not written; what a slot holds then is undefined. */
struct settings_flash {
    const uint8_t *slot[SETTINGS_SLOTS]; /**< SETTINGS_SLOT_BYTES each, as they can be read */
    bool (*erase)(unsigned slot);        /**< sets all its bits */
    bool (*program)(unsigned slot, const uint8_t data[SETTINGS_SLOT_BYTES]); /**< clears bits */
};

/**
 * Reads the settings. The caller passes them to settings_wipe() when it has used them.
 * @return false, with `settings` all zero, if there are none.
 */
bool settings_load(const struct settings_flash *flash, struct settings *settings);

/**
 * Writes the settings, and erases the old ones.
 * @return false if the flash was not written or does not hold them; the old ones are then still
 *         in use, or the new ones if only erasing the old ones has failed.
 */
bool settings_save(const struct settings_flash *flash, const struct settings *settings);

/** Erases them. @return false if the flash was not written. */
bool settings_forget(const struct settings_flash *flash);

/** Zeroes memory that held a password, which the compiler does not leave out. */
void settings_wipe(void *memory, size_t bytes);

#endif

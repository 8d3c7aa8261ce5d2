/*
 * A stand-in for the RP2040's boot ROM: it starts the firmware in the flash as the ROM does, and
 * has the functions that pico-sdk looks up by two letters. Section 2.8 of the RP2040's datasheet
 * describes the ROM.
 */
#include <stddef.h>
#include <stdint.h>

/* bkpt with one of these tells the emulator why there is nothing to run: machine.js. */
#define NO_FIRMWARE 1
#define USB_BOOT    2
#define STOP(why)   __asm__ volatile("bkpt %0" : : "i"(why))

#define FLASH       ((const uint8_t *)0x10000000)
#define BOOT2       ((uint8_t *)0x20041F00)
#define BOOT2_BYTES 252 /* followed by their CRC */

#define SSI_CTRLR0   (*(volatile uint32_t *)0x18000000)
#define SSI_SSIENR   (*(volatile uint32_t *)0x18000008)
#define CTRLR0_BYTES (7UL << 16) /* frames of 8 bits, one bit wide */

#define FUNCTION __attribute__((used))

/* The vectors and the ROM's header; bootrom.ld puts them at address 0. */
__asm__(".section .start, \"a\"\n"
        ".word 0x20041F00, start + 1, hang + 1, hang + 1\n"
        ".ascii \"Mu\\1\\2\"\n"
        ".hword functions, no_data, look_up + 1\n"
        ".macro entry name, function\n"
        ".ascii \"\\name\"\n"
        ".hword \\function + 1\n"
        ".endm\n"
        "functions:\n"
        "entry MC, copy\n"
        "entry C4, copy\n"
        "entry MS, fill\n"
        "entry S4, fill\n"
        "entry L3, leading_zeros\n"
        "entry T3, trailing_zeros\n"
        "entry P3, ones\n"
        "entry R3, reversed\n"
        "entry IF, connect_flash\n"
        "entry EX, nothing\n" /* the emulated flash takes commands at any time, and has no cache */
        "entry FC, nothing\n"
        "entry UB, usb_boot\n"
        "no_data:\n"
        ".word 0\n"
        ".text\n");

static uint32_t crc32(const uint8_t *data, unsigned bytes)
{
    uint32_t crc = 0xFFFFFFFF;

    while (bytes-- != 0) {
        crc ^= (uint32_t)*data++ << 24;
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc << 1 ^ (crc >> 31 != 0 ? 0x04C11DB7 : 0);
        }
    }
    return crc;
}

FUNCTION static void *copy(uint8_t *to, const uint8_t *from, uint32_t bytes)
{
    for (uint32_t at = 0; at < bytes; at++) {
        to[at] = from[at];
    }
    return to;
}

FUNCTION static void *fill(uint8_t *to, uint8_t value, uint32_t bytes)
{
    for (uint32_t at = 0; at < bytes; at++) {
        to[at] = value;
    }
    return to;
}

/* The second stage of the start is in the first 256 bytes of the flash: it configures the flash,
 * and enters the firmware. */
FUNCTION static void start(void)
{
    copy(BOOT2, FLASH, BOOT2_BYTES + 4);
    if (crc32(BOOT2, BOOT2_BYTES) != *(const uint32_t *)(BOOT2 + BOOT2_BYTES)) {
        STOP(NO_FIRMWARE);
    }
    __asm__ volatile("movs r1, #0\n"
                     "mov lr, r1\n"
                     "bx %0"
                     :
                     : "l"((uintptr_t)BOOT2 | 1)
                     : "r1", "lr");
}

FUNCTION static void hang(void)
{
    for (;;) {
    }
}

FUNCTION static void *look_up(const uint16_t *table, uint32_t name)
{
    for (; *table != 0; table += 2) {
        if (*table == name) {
            return (void *)(uintptr_t)table[1];
        }
    }
    return NULL;
}

FUNCTION static uint32_t leading_zeros(uint32_t word)
{
    uint32_t count = 0;

    for (; count < 32 && word >> 31 == 0; word <<= 1) {
        count++;
    }
    return count;
}

FUNCTION static uint32_t trailing_zeros(uint32_t word)
{
    uint32_t count = 0;

    for (; count < 32 && (word & 1) == 0; word >>= 1) {
        count++;
    }
    return count;
}

FUNCTION static uint32_t ones(uint32_t word)
{
    uint32_t count = 0;

    for (; word != 0; word &= word - 1) {
        count++;
    }
    return count;
}

FUNCTION static uint32_t reversed(uint32_t word)
{
    uint32_t result = 0;

    for (unsigned bit = 0; bit < 32; bit++, word >>= 1) {
        result = result << 1 | (word & 1);
    }
    return result;
}

FUNCTION static void connect_flash(void)
{
    SSI_SSIENR = 0;
    SSI_CTRLR0 = CTRLR0_BYTES;
    SSI_SSIENR = 1;
}

FUNCTION static void nothing(void)
{
}

FUNCTION static void usb_boot(void)
{
    STOP(USB_BOOT);
}

#include "arch/cc.h"

#include <string.h>

/*
 * The Internet checksum's sum of 16-bit words, computed eight bytes at a time:
 * with end-around carry, neither the width nor the byte order of the words
 * matters (RFC 1071, 2).
 */
uint16_t checksum(const void *data, int bytes)
{
    const uint8_t *at = data;
    uint64_t sum = 0;

    for (; bytes >= 8; bytes -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        sum += word;
        sum += sum < word;
    }
    for (; bytes > 0; bytes -= 2, at += 2) {
        uint16_t half = 0;
        memcpy(&half, at, bytes > 1 ? 2 : 1);
        sum += half;
        sum += sum < half;
    }
    while (sum > UINT16_MAX) {
        sum = (sum >> 16) + (sum & UINT16_MAX);
    }
    return (uint16_t)sum;
}

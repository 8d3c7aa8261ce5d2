#include "sha1.h"

#include <string.h>

enum { BLOCK_BYTES = 64, LENGTH_BYTES = 8, BLOCK_WORDS = 16, DIGEST_WORDS = 5, ROUNDS = 80 };

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

/* Returns byte `at` of the padded message (RFC 3174 section 4). */
static uint8_t padded(const uint8_t *in, size_t bytes, size_t at, size_t end)
{
    if (at < bytes) {
        return in[at];
    }
    if (end - at <= 4) {
        return (uint8_t)((uint32_t)bytes << 3 >> 8 * (end - at - 1));
    }
    return at == bytes ? 0x80 : 0;
}

/*
 * Adds one block; `w` holds the message words of this round and of the next 15 (RFC 3174 section
 * 6.2).
 */
static void add_block(uint32_t digest[DIGEST_WORDS], uint32_t w[BLOCK_WORDS])
{
    static const uint32_t k[] = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};
    uint32_t s[DIGEST_WORDS];

    memcpy(s, digest, sizeof s);
    for (unsigned t = 0; t < ROUNDS; t++) {
        uint32_t b = s[1], c = s[2], d = s[3];
        uint32_t f = b ^ c ^ d;
        if (t < 20) {
            f = d ^ (b & (c ^ d));
        } else if (t >= 40 && t < 60) {
            f = (b & c) | (d & (b | c));
        }
        f += rotate(s[0], 5) + s[4] + w[0] + k[t / 20];
        memmove(s + 1, s, sizeof s - sizeof s[0]);
        s[0] = f;
        s[2] = rotate(b, 30);
        f = rotate(w[13] ^ w[8] ^ w[2] ^ w[0], 1);
        memmove(w, w + 1, (BLOCK_WORDS - 1) * sizeof w[0]);
        w[BLOCK_WORDS - 1] = f;
    }
    for (size_t i = 0; i < DIGEST_WORDS; i++) {
        digest[i] += s[i];
    }
}

void sha1(const void *in, size_t bytes, uint8_t digest[SHA1_BYTES])
{
    uint32_t h[DIGEST_WORDS] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    uint32_t w[BLOCK_WORDS] = {0};
    size_t end = (bytes + LENGTH_BYTES) / BLOCK_BYTES * BLOCK_BYTES + BLOCK_BYTES;

    for (size_t at = 0; at < end; at++) {
        size_t word = at % BLOCK_BYTES / 4;
        w[word] = w[word] << 8 | padded(in, bytes, at, end);
        if (at % BLOCK_BYTES == BLOCK_BYTES - 1) {
            add_block(h, w);
        }
    }
    for (size_t i = 0; i < SHA1_BYTES; i++) {
        digest[i] = (uint8_t)(h[i / 4] >> (24 - i % 4 * 8));
    }
}

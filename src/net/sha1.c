#include "sha1.h"

enum { BLOCK_BYTES = 64, LENGTH_BYTES = 8, BLOCK_WORDS = 16, ROUNDS = 80 };

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

/* A byte of the message with its padding (RFC 3174 section 4). */
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

/* One block, with 16 words used again and again (RFC 3174 section 6.2). */
static void add_block(uint32_t digest[5], uint32_t w[BLOCK_WORDS])
{
    uint32_t a = digest[0], b = digest[1], c = digest[2], d = digest[3], e = digest[4];

    for (unsigned t = 0; t < ROUNDS; t++) {
        uint32_t f;
        if (t >= BLOCK_WORDS) {
            w[t % 16] = rotate(w[(t + 13) % 16] ^ w[(t + 8) % 16] ^ w[(t + 2) % 16] ^ w[t % 16], 1);
        }
        if (t < 20) {
            f = (d ^ (b & (c ^ d))) + 0x5A827999;
        } else if (t < 40) {
            f = (b ^ c ^ d) + 0x6ED9EBA1;
        } else if (t < 60) {
            f = ((b & c) | (d & (b | c))) + 0x8F1BBCDC;
        } else {
            f = (b ^ c ^ d) + 0xCA62C1D6;
        }
        f += rotate(a, 5) + e + w[t % 16];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = f;
    }
    digest[0] += a;
    digest[1] += b;
    digest[2] += c;
    digest[3] += d;
    digest[4] += e;
}

void sha1(const void *in, size_t bytes, uint8_t digest[SHA1_BYTES])
{
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
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

/**
 * @file
 * Shared by the targets: the fuzzer's bytes, consumed in order, and an assertion
 * that ends the run if it fails.
 */
#ifndef LWCHAT_FUZZ_H
#define LWCHAT_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define FUZZ_PROMISE(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

/** The next byte; 0 once all are used. */
static inline uint8_t fuzz_byte(struct fuzz_input *input)
{
    if (input->left == 0) {
        return 0;
    }
    input->left--;
    return *input->at++;
}

/** A number from 0 to `most`, which must not exceed 65535. */
static inline unsigned fuzz_number(struct fuzz_input *input, unsigned most)
{
    unsigned value = fuzz_byte(input);

    if (most > 255) {
        value = value << 8 | fuzz_byte(input);
    }
    return value % (most + 1);
}

/** Up to `most` of the next bytes. @return how many. */
static inline size_t fuzz_bytes(struct fuzz_input *input, size_t most, const uint8_t **bytes)
{
    size_t n = most < input->left ? most : input->left;

    *bytes = input->at;
    input->at += n;
    input->left -= n;
    return n;
}

#endif

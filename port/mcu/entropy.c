#include "entropy.h"
#include "port.h"
#include "processor.h"

#include <string.h>

/* Survives a restart; after power-on it holds whatever the memory cells power up with. */
static uint32_t pool[4] __attribute__((section(".uninitialized_data")));

static uint32_t rotate(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

/* One round of HalfSipHash: additions, rotations, exclusive or. */
static void stir_once(void)
{
    pool[0] += pool[1];
    pool[1] = rotate(pool[1], 5) ^ pool[0];
    pool[0] = rotate(pool[0], 16);
    pool[2] += pool[3];
    pool[3] = rotate(pool[3], 8) ^ pool[2];
    pool[0] += pool[3];
    pool[3] = rotate(pool[3], 7) ^ pool[0];
    pool[2] += pool[1];
    pool[1] = rotate(pool[1], 13) ^ pool[2];
    pool[2] = rotate(pool[2], 16);
}

void entropy_stir(uint32_t word)
{
    uint32_t before = processor_mask();
    word ^= rotate(processor_cycles(), 8);
    pool[3] ^= word;
    stir_once();
    pool[0] ^= word;
    processor_unmask(before);
}

uint32_t entropy_word(void)
{
    uint32_t word;

    entropy_stir(0);
    uint32_t before = processor_mask();
    for (unsigned round = 0; round < 4; round++) {
        stir_once();
    }
    word = pool[0] ^ pool[1] ^ pool[2] ^ pool[3];
    /* So that the pool cannot be run backwards to this word. */
    pool[2] = ~pool[2] + word;
    stir_once();
    processor_unmask(before);
    return word;
}

void port_entropy(void *buffer, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += sizeof(uint32_t)) {
        uint32_t word = entropy_word();
        size_t rest = bytes - at;
        memcpy((uint8_t *)buffer + at, &word, rest < sizeof word ? rest : sizeof word);
    }
}

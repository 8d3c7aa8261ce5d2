/**
 * @file
 * Random numbers on a board without a source of them: the moments at which
 * interrupts come, stirred into a small pool. This is weak, above all right
 * after the start; a board with a generator feeds it to entropy_stir() too.
 */
#ifndef ENTROPY_H
#define ENTROPY_H

#include <stdint.h>

/** Mixes in a word and this moment. From an interrupt, too. */
void entropy_stir(uint32_t word);

/** 32 bits. From any task. */
uint32_t entropy_word(void);

#endif

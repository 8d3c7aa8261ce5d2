/**
 * @file
 * Random numbers on a board without a hardware generator: the times at which
 * interrupts occur, mixed into a small pool. This is weak, especially right after
 * the start. A board with a generator also feeds its output to entropy_stir().
 */
#ifndef ENTROPY_H
#define ENTROPY_H

#include <stdint.h>

/** Mixes in a word and the current time. May be called from an interrupt handler. */
void entropy_stir(uint32_t word);

/** 32 random bits. May be called from any task. */
uint32_t entropy_word(void);

#endif

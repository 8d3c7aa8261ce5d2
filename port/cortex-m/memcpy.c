#include <string.h>

#define UNUSED __attribute__((unused))

/*
 * For the same reasons as in libc.c: copies here are a few bytes, a line, or a
 * frame. A Cortex-M3 supports unaligned words and halfwords. It has a file of its
 * own because memmove() calls it for overlapping blocks, which the compiler must
 * not assume away.
 */
__attribute__((naked)) void *memcpy(void *restrict to UNUSED, const void *restrict from UNUSED,
                                    size_t bytes UNUSED)
{
    __asm("      mov   ip, r0           \n"
          "      subs  r2, #16          \n"
          "      blo   2f               \n"
          "1:    ldr   r3, [r1], #4     \n"
          "      str   r3, [ip], #4     \n"
          "      ldr   r3, [r1], #4     \n"
          "      str   r3, [ip], #4     \n"
          "      ldr   r3, [r1], #4     \n"
          "      str   r3, [ip], #4     \n"
          "      ldr   r3, [r1], #4     \n"
          "      str   r3, [ip], #4     \n"
          "      subs  r2, #16          \n"
          "      bhs   1b               \n"
          "2:    adds  r2, #12          \n"
          "      bmi   4f               \n"
          "3:    ldr   r3, [r1], #4     \n"
          "      str   r3, [ip], #4     \n"
          "      subs  r2, #4           \n"
          "      bpl   3b               \n"
          "4:    lsls  r2, r2, #31      \n" /* the carry is 2 bytes, the sign 1 */
          "      itt   cs               \n"
          "      ldrhcs r3, [r1], #2    \n"
          "      strhcs r3, [ip], #2    \n"
          "      itt   mi               \n"
          "      ldrbmi r3, [r1]        \n"
          "      strbmi r3, [ip]        \n"
          "      bx    lr               \n");
}

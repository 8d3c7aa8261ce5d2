#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define UNUSED __attribute__((unused))

/*
 * lwIP looks an interface's number up with it. The C library's own brings
 * locales and a reentrancy block of 1 KB of RAM along.
 */
int atoi(const char *text)
{
    int number = 0;

    while (*text >= '0' && *text <= '9') {
        number = number * 10 + (*text++ - '0');
    }
    return number;
}

/*
 * The C library's own are made for long texts and blocks: here they would be
 * ten times as large, and slower for "> " or the end of a line.
 */
char *strchr(const char *text, int wanted)
{
    while (*text != (char)wanted) {
        if (*text++ == '\0') {
            return NULL;
        }
    }
    return (char *)(uintptr_t)text;
}

size_t strlen(const char *text)
{
    const char *end = text;

    while (*end != '\0') {
        end++;
    }
    return (size_t)(end - text);
}

void *memset(void *to, int value, size_t bytes)
{
    uint8_t *put = to;

    while (bytes-- != 0) {
        *put++ = (uint8_t)value;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
    uint8_t *put = to;
    const uint8_t *get = from;

    if (put <= get) {
        return memcpy(to, from, bytes); /* this file's, which goes forwards */
    }
    while (bytes-- != 0) {
        put[bytes] = get[bytes];
    }
    return to;
}

/*
 * As above. What is copied is a few bytes, or a line, or a frame; a Cortex-M3
 * reads and writes words and halves at any address.
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

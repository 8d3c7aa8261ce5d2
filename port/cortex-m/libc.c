#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* An unaligned word, which a Cortex-M3 can write. */
struct word {
    uint32_t value;
} __attribute__((packed, may_alias));

/*
 * The C library's versions are made for long strings and blocks: they are ten
 * times as large, and slower for the short ones that are usual here.
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
    uint32_t four = (uint8_t)value * 0x01010101UL;
    struct word *words = to;

    for (; bytes >= sizeof *words; bytes -= sizeof *words) {
        words++->value = four;
    }
    uint8_t *put = (uint8_t *)words;
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
        return memcpy(to, from, bytes); /* memcpy.c's, which goes forwards */
    }
    while (bytes-- != 0) {
        put[bytes] = get[bytes];
    }
    return to;
}

/*
 * lwIP's heap: malloc()'s, but the memory of segments that were acknowledged is
 * kept for the next ones. glibc is fast with blocks of up to 1,032 bytes, which it
 * keeps itself; a full segment with its headers is larger.
 */
#ifndef HEAP_H
#define HEAP_H

#include <malloc.h>
#include <stdlib.h>

/* The largest block that glibc keeps for its next use. */
enum { HEAP_KEPT_BY_MALLOC = 1032 };

/* For larger blocks. */
void *heap_take_large(size_t bytes);
void heap_give_large(void *memory);

/* As malloc(). */
static inline void *heap_take(size_t bytes)
{
    return bytes <= HEAP_KEPT_BY_MALLOC ? malloc(bytes) : heap_take_large(bytes);
}

/* As free(), for what heap_take() has returned. */
static inline void heap_give(void *memory)
{
    if (malloc_usable_size(memory) <= HEAP_KEPT_BY_MALLOC) {
        free(memory);
    } else {
        heap_give_large(memory);
    }
}

#endif

/*
 * lwIP's heap: malloc()'s, but the memory of segments that were acknowledged is
 * kept for the next ones. glibc is fast with up to 1,032 bytes, which it keeps
 * itself; a full segment with its headers is larger.
 */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>

/* As malloc(). */
void *heap_take(size_t bytes);

/* As free(), for what heap_take() has returned. */
void heap_give(void *memory);

#endif

/*
 * Limits the memory of lwIP, its Unix port and our port under control of a
 * test: wraps malloc() and lwIP's pools (see CMakeLists.txt). The limits and
 * counters are in a file that both processes map.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lwip/memp.h"

enum { POOLS = 32 };

_Static_assert((int)MEMP_MAX <= (int)POOLS, "raise POOLS, here and in test_memory.py");

/* The same layout as in test_memory.py. */
static struct shortage {
    int32_t fails_in; /* the allocation that fails, counted from 1; 0: none */
    int32_t failed;   /* allocations that have failed */
    int32_t calls;
    int32_t living;
    int32_t limit[POOLS]; /* elements of a pool; 0: no limit */
    int32_t used[POOLS];
} own, *shortage = &own;

/* lwIP reserves memory for timers, and stops without it: see MEMP_NUM_SYS_TIMEOUT. */
static _Thread_local int is_timer;

void *__real_malloc(size_t bytes);
void __real_free(void *memory);
void *__real_memp_malloc(memp_t type);
void __real_memp_free(memp_t type, void *memory);

__attribute__((constructor)) static void attach(void)
{
    const char *name = getenv("LWCHAT_SHORTAGE");
    int file = name != NULL ? open(name, O_RDWR) : -1;

    if (file >= 0) {
        shortage = mmap(NULL, sizeof(*shortage), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        close(file);
    }
    if (file < 0 || shortage == MAP_FAILED) {
        abort();
    }
}

static int32_t add(int32_t *to, int32_t count)
{
    return __atomic_add_fetch(to, count, __ATOMIC_SEQ_CST);
}

void *__wrap_malloc(size_t bytes)
{
    void *memory;

    if (!is_timer && __atomic_load_n(&shortage->fails_in, __ATOMIC_SEQ_CST) > 0 &&
        add(&shortage->fails_in, -1) == 0) {
        (void)add(&shortage->failed, 1);
        return NULL;
    }
    memory = __real_malloc(bytes);
    (void)add(&shortage->calls, !is_timer);
    (void)add(&shortage->living, memory != NULL);
    return memory;
}

void __wrap_free(void *memory)
{
    (void)add(&shortage->living, -(memory != NULL));
    __real_free(memory);
}

/* Without what the heap keeps, each segment is an allocation that can fail. */
void *__wrap_heap_take_large(size_t bytes)
{
    return __wrap_malloc(bytes);
}

void __wrap_heap_give_large(void *memory)
{
    __wrap_free(memory);
}

void *__wrap_memp_malloc(memp_t type)
{
    void *memory;

    if (type != MEMP_SYS_TIMEOUT && shortage->limit[type] > 0 &&
        shortage->used[type] >= shortage->limit[type]) {
        (void)add(&shortage->failed, 1);
        return NULL;
    }
    is_timer = type == MEMP_SYS_TIMEOUT;
    memory = __real_memp_malloc(type);
    is_timer = 0;
    (void)add(&shortage->used[type], memory != NULL);
    return memory;
}

void __wrap_memp_free(memp_t type, void *memory)
{
    (void)add(&shortage->used[type], -(memory != NULL));
    __real_memp_free(type, memory);
}

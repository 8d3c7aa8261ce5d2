#include "heap.h"

#include <stdbool.h>

#include "lwip/opt.h"
#include "lwip/sys.h"

enum { MOST_KEPT = 512 }; /* segments: what is sent to many people in one pass */

struct segment_memory {
    struct segment_memory *next;
};

static struct segment_memory *kept;
static unsigned kept_count;

void *heap_take_large(size_t bytes)
{
    struct segment_memory *memory;
    SYS_ARCH_DECL_PROTECT(level);

    if (bytes > PORT_SEGMENT_BYTES) {
        return malloc(bytes);
    }
    SYS_ARCH_PROTECT(level);
    memory = kept;
    if (memory != NULL) {
        kept = memory->next;
        kept_count--;
    }
    SYS_ARCH_UNPROTECT(level);
    return memory != NULL ? memory : malloc(PORT_SEGMENT_BYTES);
}

static bool keep(struct segment_memory *memory)
{
    bool room;
    SYS_ARCH_DECL_PROTECT(level);

    SYS_ARCH_PROTECT(level);
    room = kept_count < MOST_KEPT;
    if (room) {
        memory->next = kept;
        kept = memory;
        kept_count++;
    }
    SYS_ARCH_UNPROTECT(level);
    return room;
}

void heap_give_large(void *memory)
{
    /* malloc() rounds a size up to 16 bytes. */
    size_t bytes = malloc_usable_size(memory);
    bool segment = bytes >= PORT_SEGMENT_BYTES && bytes < PORT_SEGMENT_BYTES + 16;

    if (!segment || !keep(memory)) {
        free(memory);
    }
}

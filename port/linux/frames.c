#include "frames.h"

#include <string.h>

#include "incoming.h"
#include "lwchat_config.h"
#include "lwip/opt.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/sys.h"

enum {
    SMALL_BYTES = 512,
    SMALL_FRAMES = 32 * LWCHAT_MAX_CONNECTIONS,
    /* A batch being processed and the frames being read next; RESERVE adds one per connection. */
    UNDER_WAY = FRAME_BATCH + 2 * FRAME_PIECES,
    RESERVE = LWCHAT_MAX_CONNECTIONS + UNDER_WAY,
    LARGE_FRAMES = 16 * LWCHAT_MAX_CONNECTIONS + 2 * UNDER_WAY,
    /* Aligns the IP header to four bytes. */
    SHIFT = 2
};

_Static_assert(LARGE_FRAMES > 2 * RESERVE,
               "frames.c: raise LARGE_FRAMES, or unread data exhausts what reading needs");

/** A buffer, free or in use. */
struct frame {
    struct pbuf_custom pbuf; /* must be first: pbuf_free() passes it to give_back() */
    struct frame *next;
    struct shelf *shelf;
    uint8_t data[];
};

/**
 * Buffers of one size. Those never used are not on the free list, so that their
 * memory stays untouched.
 */
struct shelf {
    const char *name;
    uint8_t *store;
    size_t frame_bytes; /* one struct frame with its data */
    size_t data_bytes;
    uint32_t frames;
    uint32_t fresh; /* frames from this index on were never used */
    uint32_t used;
    uint32_t most;
    struct frame *free;
};

#define FRAME_SIZE(data_bytes) ((sizeof(struct frame) + (data_bytes) + SHIFT + 63) / 64 * 64)

static _Alignas(64) uint8_t small_store[SMALL_FRAMES * FRAME_SIZE(SMALL_BYTES)];
static _Alignas(64) uint8_t large_store[LARGE_FRAMES * FRAME_SIZE(FRAME_BYTES)];

static struct shelf small = {.name = "RECEIVE_SMALL",
                             .store = small_store,
                             .frame_bytes = FRAME_SIZE(SMALL_BYTES),
                             .data_bytes = SMALL_BYTES,
                             .frames = SMALL_FRAMES};
static struct shelf large = {.name = "RECEIVE_LARGE",
                             .store = large_store,
                             .frame_bytes = FRAME_SIZE(FRAME_BYTES),
                             .data_bytes = FRAME_BYTES,
                             .frames = LARGE_FRAMES};

/* The large buffers for reading the next frame. */
static struct frame *reading[FRAME_PIECES];

static struct frame *take(struct shelf *shelf)
{
    struct frame *frame;
    SYS_ARCH_DECL_PROTECT(level);

    SYS_ARCH_PROTECT(level);
    frame = shelf->free;
    if (frame != NULL) {
        shelf->free = frame->next;
    } else if (shelf->fresh < shelf->frames) {
        frame = (struct frame *)(void *)(shelf->store + shelf->fresh * shelf->frame_bytes);
        shelf->fresh++;
    }
    if (frame != NULL) {
        frame->shelf = shelf;
        shelf->used++;
        if (shelf->used > shelf->most) {
            shelf->most = shelf->used;
        }
    }
    SYS_ARCH_UNPROTECT(level);
    return frame;
}

int frames_room(struct iovec *pieces, int most)
{
    int count = 0;

    for (; count < most; count++) {
        if (reading[count] == NULL) {
            reading[count] = take(&large);
            if (reading[count] == NULL) {
                break;
            }
        }
        pieces[count].iov_base = reading[count]->data + SHIFT;
        pieces[count].iov_len = FRAME_BYTES;
    }
    return count;
}

#if LWCHAT_EXACT_MEMORY
struct pbuf *frames_copy(const uint8_t *frame, size_t bytes)
{
    size_t all = bytes < FRAME_SHORTEST_BYTES ? FRAME_SHORTEST_BYTES : bytes;
    /* lwIP rounds the size up to eight: put slack in front, so that overreads are detected. */
    size_t front = all % 8 == 2 ? SHIFT + 4 : SHIFT;
    struct pbuf *exact = pbuf_alloc(PBUF_RAW, (u16_t)(front + all), PBUF_RAM);

    if (exact != NULL) {
        (void)pbuf_remove_header(exact, front);
        memcpy(exact->payload, frame, bytes);
        memset((uint8_t *)exact->payload + bytes, 0, all - bytes);
    }
    return exact;
}

struct pbuf *frames_wrap(size_t bytes)
{
    static uint8_t flat[FRAME_PIECES * FRAME_BYTES];

    for (size_t at = 0; at < bytes; at += FRAME_BYTES) {
        size_t left = bytes - at;
        memcpy(flat + at, reading[at / FRAME_BYTES]->data + SHIFT,
               left < FRAME_BYTES ? left : FRAME_BYTES);
    }
    return frames_copy(flat, bytes);
}
#else
/* Called from the loop's thread and from lwIP's own. */
static void give_back(struct pbuf *pbuf)
{
    struct frame *frame = (struct frame *)(void *)pbuf;
    struct shelf *shelf = frame->shelf;
    SYS_ARCH_DECL_PROTECT(level);

    SYS_ARCH_PROTECT(level);
    frame->next = shelf->free;
    shelf->free = frame;
    shelf->used--;
    SYS_ARCH_UNPROTECT(level);
}

static struct pbuf *wrap(struct frame *frame, size_t bytes)
{
    frame->pbuf.custom_free_function = give_back;
    return pbuf_alloced_custom(PBUF_RAW, (u16_t)bytes, PBUF_REF, &frame->pbuf, frame->data + SHIFT,
                               (u16_t)frame->shelf->data_bytes);
}

struct pbuf *frames_copy(const uint8_t *frame, size_t bytes)
{
    struct frame *smaller = bytes <= SMALL_BYTES ? take(&small) : NULL;

    if (smaller != NULL) {
        memcpy(smaller->data + SHIFT, frame, bytes);
        if (bytes < FRAME_SHORTEST_BYTES) {
            memset(smaller->data + SHIFT + bytes, 0, FRAME_SHORTEST_BYTES - bytes);
            bytes = FRAME_SHORTEST_BYTES;
        }
        return wrap(smaller, bytes);
    }
    struct iovec pieces[FRAME_PIECES];
    int needed = (int)((bytes + FRAME_BYTES - 1) / FRAME_BYTES);
    if (needed > FRAME_PIECES || frames_room(pieces, needed) < needed) {
        return NULL;
    }
    for (int i = 0; i < needed; i++) {
        size_t left = bytes - (size_t)i * FRAME_BYTES;
        memcpy(pieces[i].iov_base, frame + (size_t)i * FRAME_BYTES,
               left < FRAME_BYTES ? left : FRAME_BYTES);
    }
    return frames_wrap(bytes);
}

struct pbuf *frames_wrap(size_t bytes)
{
    struct pbuf *whole = NULL;

    if (bytes < FRAME_SHORTEST_BYTES) {
        memset(reading[0]->data + SHIFT + bytes, 0, FRAME_SHORTEST_BYTES - bytes);
        bytes = FRAME_SHORTEST_BYTES;
    }
    for (size_t i = 0; bytes > 0 && reading[i] != NULL; i++) {
        size_t here = bytes < FRAME_BYTES ? bytes : FRAME_BYTES;
        struct pbuf *piece = wrap(reading[i], here);

        reading[i] = NULL;
        bytes -= here;
        if (whole == NULL) {
            whole = piece;
        } else {
            pbuf_cat(whole, piece);
        }
    }
    return whole;
}
#endif

/* Whether `frame` is a TCP segment whose data would be queued behind unread data or a gap. */
static bool burdens(const struct pbuf *frame)
{
    const struct tcp_hdr *tcp;
    const struct tcp_pcb *pcb = incoming_find(frame, &tcp);

    return pcb != NULL &&
           (pcb->rcv_wnd < TCP_WND_MAX(pcb) || lwip_ntohl(tcp->seqno) != pcb->rcv_nxt);
}

bool frames_admit(const struct pbuf *frame)
{
    /* `used` is read without its lock: buffers freed meanwhile make no difference. */
    return large.frames - large.used >= RESERVE || !burdens(frame);
}

bool frames_are_short(void)
{
    return large.used > large.frames / 4 || small.used > small.frames / 4;
}

bool frames_show(unsigned index, struct port_pool *pool)
{
    const struct shelf *const shelves[] = {&small, &large};

    if (index >= sizeof(shelves) / sizeof(shelves[0])) {
        return false;
    }
    pool->name = shelves[index]->name;
    pool->used = shelves[index]->used;
    pool->most = shelves[index]->most;
    pool->available = shelves[index]->frames;
    return true;
}

/**
 * @file
 * Faults on the wire, for tests: what --fault SPEC asks for, and what becomes
 * of each frame. No network and no clock in here: fault_wire.c has those.
 *
 *     SPEC  = word,word,...
 *     drop=N         of 100 frames, N are lost
 *     dup=N          ... N arrive twice, each copy with a delay of its own
 *     reorder=N      ... N are held back so long that those behind them overtake
 *     corrupt=N      ... N have one bit turned over, ARP frames excepted
 *     delay=A+-B     each takes A - B to A + B ms, any of them as likely; or delay=A
 *     down=START+S   from START s after the start on, all are lost for S s
 *     seed=N         of the dice: 0 unless given
 *
 * All of it happens in both directions, in each on its own: the n-th frame of
 * a direction meets the same fate whenever the seed is the same.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Frames that come in are counted apart from those that go out. */
enum fault_direction { FAULT_INWARD, FAULT_OUTWARD, FAULT_DIRECTIONS };

/** A SPEC, read. */
struct fault_spec {
    uint32_t drop_percent;
    uint32_t dup_percent;
    uint32_t reorder_percent;
    uint32_t corrupt_percent;
    uint32_t delay_ms;
    uint32_t spread_ms; /**< at most delay_ms */
    uint32_t down_start_s;
    uint32_t down_s; /**< 0: never */
    uint64_t seed;
};

/** What becomes of one frame. */
struct fault_fate {
    bool lost;
    bool corrupt;
    uint32_t bit;         /**< to turn over, modulo the bits of the frame */
    unsigned copies;      /**< 1 or 2 */
    uint32_t delay_us[2]; /**< of each copy */
};

/** Held back: so much longer than the longest delay takes a frame that others overtake. */
#define FAULT_REORDER_MS 10

/**
 * Reads a SPEC.
 * @return NULL, or where in `text` the word begins that is wrong; its length
 *         is then in `*bytes`.
 */
const char *fault_read(struct fault_spec *spec, const char *text, size_t *bytes);

/** The fate of frame `number`, counted from 0, of a direction. */
struct fault_fate fault_decide(const struct fault_spec *spec, enum fault_direction direction,
                               uint64_t number);

/** Whether the link is down `since_start_ms` after the start. */
bool fault_is_down(const struct fault_spec *spec, uint64_t since_start_ms);

/** Turns the bit of `fate` over in a frame of `bytes` bytes, unless it is ARP. */
void fault_corrupt(const struct fault_fate *fate, uint8_t *frame, size_t bytes);

#endif

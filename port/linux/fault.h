/**
 * @file
 * Faults on the wire, for tests: parses --fault SPEC and decides the fate of each
 * frame. No network and no clock here: fault_wire.c has those.
 *
 *     SPEC  = word,word,...
 *     drop=N         N percent of the frames are lost
 *     dup=N          N percent arrive twice, each copy with its own delay
 *     reorder=N      N percent are delayed until later frames have overtaken them
 *     corrupt=N      N percent have one bit flipped, except ARP frames
 *     delay=A+-B     each takes A - B to A + B ms, uniformly distributed; or delay=A
 *     down=START+S   all are lost for S s, beginning START s after the start
 *     seed=N         of the random numbers, 0 by default
 *
 * This applies to both directions independently, and is deterministic: the n-th
 * frame of a direction meets the same fate whenever the seed is the same.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Each direction numbers its frames separately. */
enum fault_direction { FAULT_INWARD, FAULT_OUTWARD, FAULT_DIRECTIONS };

/** A parsed SPEC. */
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

/** The fate of one frame. */
struct fault_fate {
    bool lost;
    bool corrupt;
    uint32_t bit;         /**< the bit to flip, modulo the bits of the frame */
    unsigned copies;      /**< 1 or 2 */
    uint32_t delay_us[2]; /**< of each copy */
};

/** A reordered frame takes this much longer than the longest delay. */
#define FAULT_REORDER_MS 10

/**
 * Parses a SPEC.
 * @return NULL, or the first invalid word in `text`, whose length is then in
 *         `*bytes`.
 */
const char *fault_read(struct fault_spec *spec, const char *text, size_t *bytes);

/** The fate of frame `number` of a direction, counted from 0. */
struct fault_fate fault_decide(const struct fault_spec *spec, enum fault_direction direction,
                               uint64_t number);

/** Whether the link is down `since_start_ms` after the start. */
bool fault_is_down(const struct fault_spec *spec, uint64_t since_start_ms);

/** Flips the bit of `fate`, if it is corrupt, in a frame of `bytes` bytes, unless that is ARP. */
void fault_corrupt(const struct fault_fate *fate, uint8_t *frame, size_t bytes);

#endif

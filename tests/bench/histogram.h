/**
 * @file
 * Times in nanoseconds, counted in bins that are 1/32 of an octave wide: a
 * quantile is right within 3 %, and counting one costs two instructions or so.
 */
#ifndef LWCHAT_BENCH_HISTOGRAM_H
#define LWCHAT_BENCH_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_STEPS = 32, HISTOGRAM_OCTAVES = 40 };

struct histogram {
    uint64_t count;
    uint64_t most_ns;
    uint64_t bin[HISTOGRAM_OCTAVES * HISTOGRAM_STEPS];
};

/** Counts `times` times `ns`. */
static inline void histogram_add(struct histogram *histogram, uint64_t ns, uint64_t times)
{
    unsigned index = (unsigned)ns;

    if (ns >= HISTOGRAM_STEPS) {
        unsigned octave = 63U - (unsigned)__builtin_clzll(ns) - 5U;
        index = (octave + 1) * HISTOGRAM_STEPS + (unsigned)(ns >> octave) - HISTOGRAM_STEPS;
    }
    if (index >= HISTOGRAM_OCTAVES * HISTOGRAM_STEPS) {
        index = HISTOGRAM_OCTAVES * HISTOGRAM_STEPS - 1;
    }
    histogram->bin[index] += times;
    histogram->count += times;
    if (ns > histogram->most_ns) {
        histogram->most_ns = ns;
    }
}

/** The time that a fraction `share` of what was counted does not exceed; 0 when nothing was. */
uint64_t histogram_quantile(const struct histogram *histogram, double share);

#endif

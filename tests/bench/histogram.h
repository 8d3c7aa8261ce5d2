/**
 * @file
 * Times in nanoseconds, counted in bins of 1/32 octave: quantiles are accurate
 * to 3 %, and counting a value takes about two instructions.
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

/** Counts the value `ns` `times` times. */
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

/** @return the quantile at the fraction `share`, in ns; 0 if nothing was counted. */
uint64_t histogram_quantile(const struct histogram *histogram, double share);

#endif

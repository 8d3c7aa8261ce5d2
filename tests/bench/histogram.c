#include "histogram.h"

uint64_t histogram_quantile(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)histogram->count);
    uint64_t seen = 0;

    for (unsigned i = 0; i < HISTOGRAM_OCTAVES * HISTOGRAM_STEPS; i++) {
        seen += histogram->bin[i];
        if (seen > wanted || (seen == histogram->count && seen > 0)) {
            unsigned octave = i / HISTOGRAM_STEPS;
            uint64_t step = i % HISTOGRAM_STEPS;
            /* The middle of the bin. */
            uint64_t ns = octave == 0 ? step
                                      : ((step + HISTOGRAM_STEPS) << (octave - 1)) +
                                            ((1ULL << (octave - 1)) >> 1);
            return ns < histogram->most_ns ? ns : histogram->most_ns;
        }
    }
    return 0;
}

/*
 * The simulation from the command line:
 *
 *     sim                    the runs that ctest does, seeds 1 to 1000
 *     sim --seeds A..B       runs A to B; even seeds run at ease
 *     sim --seed N [--trace] one run, with a trace of what happens in it
 */
#include "sim.h"

#include "choice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SEEDS = 1000 };

static int usage(void)
{
    fputs("usage: sim [--seed N | --seeds A..B] [--trace]\n", stderr);
    return 2;
}

int main(int argc, char *argv[])
{
    uint64_t first = 1, last = SEEDS;
    bool trace = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--trace") == 0) {
            trace = true;
        } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            first = last = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seeds") == 0 && i + 1 < argc) {
            char *dots = strstr(argv[++i], "..");
            if (dots == NULL) {
                return usage();
            }
            first = strtoull(argv[i], NULL, 10);
            last = strtoull(dots + 2, NULL, 10);
        } else {
            return usage();
        }
    }
    double minutes = 0;
    for (uint64_t seed = first; seed <= last; seed++) {
        char replay[256];
        snprintf(replay, sizeof replay, "replay it with: %s --seed %" PRIu64 " --trace", argv[0],
                 seed);
        choice_begin(seed, NULL, 0);
        sim_run(replay, trace, seed % 2 == 0);
        minutes += (double)sim.now_us / 60e6;
    }
    if (first == last) { /* without the time taken: two runs print the same */
        printf("seed %" PRIu64 ": every promise kept over %.0f minutes\n", first, minutes);
        return 0;
    }
    double took_s = (double)clock() / CLOCKS_PER_SEC;
    printf("seeds %" PRIu64 "..%" PRIu64 ": every promise kept over %.0f minutes, %.0f a second\n",
           first, last, minutes, minutes / (took_s > 0 ? took_s : 1));
    return 0;
}

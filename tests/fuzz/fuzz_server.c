/* The server's loop with the simulation's peers and faults, chosen by the fuzzer. */
#include "choice.h"
#include "fuzz.h"
#include "sim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    choice_begin(0, data, bytes);
    sim_run("replay it with: LWCHAT_TRACE=1 fuzz_server FILE", getenv("LWCHAT_TRACE") != NULL,
            false);
    return 0;
}

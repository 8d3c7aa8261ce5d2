/* The same as fuzz_chat.c, where half of the peers are IRC clients from the start. */
#define FUZZ_IRC 1
#include "fuzz_chat.c"

/*
 * Counts how often the loop slept for as long as it wanted, because nothing woke it up: linked with
 * --wrap=lwip_poll.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lwip/sockets.h"

int __real_lwip_poll(struct pollfd *sockets, nfds_t count, int timeout_ms);
int __wrap_lwip_poll(struct pollfd *sockets, nfds_t count, int timeout_ms);

static unsigned overslept;

static void tell(void)
{
    fprintf(stderr, "overslept %u times\n", overslept);
}

int __wrap_lwip_poll(struct pollfd *sockets, nfds_t count, int timeout_ms)
{
    static int told;
    int ready = __real_lwip_poll(sockets, count, timeout_ms);

    if (!told) {
        told = 1;
        (void)atexit(tell);
    }
    overslept += timeout_ms > 0 && ready == 0;
    return ready;
}

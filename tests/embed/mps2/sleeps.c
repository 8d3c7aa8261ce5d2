/*
 * Counts how often the loop slept for as long as it wanted, because nothing woke it up: linked with
 * --wrap=lwip_poll. The test reads the count with a debugger.
 */
#include "lwip/sockets.h"

int __real_lwip_poll(struct pollfd *sockets, nfds_t count, int timeout_ms);
int __wrap_lwip_poll(struct pollfd *sockets, nfds_t count, int timeout_ms);

volatile unsigned overslept;

int __wrap_lwip_poll(struct pollfd *sockets, nfds_t count, int timeout_ms)
{
    int ready = __real_lwip_poll(sockets, count, timeout_ms);

    overslept += timeout_ms > 0 && ready == 0;
    return ready;
}

/* port.h: the scripted clock; the console is in seat.c. */
#include "port.h"

#include "choice.h"
#include "lwchat_error.h"
#include "sim.h"

#include <string.h>

uint32_t port_now_ms(void)
{
    return sim.start_ms + (uint32_t)(sim.now_us / 1000);
}

void port_entropy(void *buffer, size_t bytes)
{
    memset(buffer, 7, bytes); /* a simulation is deterministic for its seed */
}

void port_address(char text[PORT_ADDRESS_BYTES])
{
    text[0] = '\0';
}

#if LWCHAT_IPV6
bool port_address6(unsigned index, struct lwchat_address *address)
{
    (void)index;
    (void)address;
    return false;
}

unsigned port_address6_changes(void)
{
    return 0;
}
#endif

bool port_leaves(char text[PORT_ADDRESS_BYTES])
{
    (void)text;
    return false;
}

bool port_clock(uint32_t *utc_s, int32_t *local_s)
{
    *utc_s = 0;
    *local_s = 0;
    return false;
}

bool port_stopping(void)
{
    return sim.signalled;
}

void port_reach(struct port_reach *reach, uint16_t listening)
{
    strcpy(reach->address, "192.168.7.2");
    reach->port = listening;
}

int port_set_address(const char *address, const char *gateway)
{
    (void)address;
    return gateway == NULL && choice_in(50) ? LWCHAT_OK : LWCHAT_BAD_ARGUMENT;
}

bool port_reading_is_short(void)
{
    bool is_short = choice_in(1);

    sim.short_us = is_short ? sim.now_us : sim.short_us;
    return is_short;
}

bool port_pool(unsigned index, struct port_pool *pool)
{
    static const struct port_pool pools[] = {{"heap", 1200, 2400, 16000}, {"TCP_PCB", 3, 4, 5}};

    if (index >= sizeof pools / sizeof pools[0]) {
        return false;
    }
    *pool = pools[index];
    return true;
}

void port_panic(const char *file, int line, const char *what)
{
    sim_fail("%s:%d: %s", file, line, what);
}

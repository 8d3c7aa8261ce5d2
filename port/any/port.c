/*
 * src/port.h over any lwIP that is up already. What lwIP does not have comes from
 * lwchat_platform(): see lwchat.h.
 */
#include "lwchat.h"
#include "port.h"

#include <string.h>

#include "lwip/debug.h"
#include "lwip/ip4_addr.h"
#include "lwip/memp.h"
#include "lwip/netif.h"
#include "lwip/opt.h"
#include "lwip/priv/tcpip_priv.h"
#include "lwip/stats.h"
#include "lwip/sys.h"

#if LWCHAT_MDNS
#error "LWCHAT_MDNS must be 0: here lwIP's interface is not ours to name"
#endif

static const struct lwchat_platform nothing;
static const struct lwchat_platform *platform = &nothing;

void lwchat_platform(const struct lwchat_platform *given)
{
    platform = given != NULL ? given : &nothing;
}

/* --- Starting, waiting, ending --------------------------------------------------- */

int port_start(const struct port_config *config, int (*run)(void *arg), void *arg)
{
    (void)config;
    return run(arg);
}

const char *port_reason(void)
{
    return "";
}

void port_wait(uint32_t timeout_ms)
{
    if (platform->wait != NULL && timeout_ms > 0) {
        platform->wait(timeout_ms);
    }
}

uint32_t port_poll_ms(void)
{
    if (platform->wait != NULL) {
        return 0;
    }
    return platform->console_read != NULL || platform->console_write != NULL ? LWCHAT_CONSOLE_MS
                                                                             : UINT32_MAX;
}

void port_wake(void)
{
    if (platform->wake != NULL) {
        platform->wake();
    }
}

bool port_stopping(void)
{
    return false;
}

_Noreturn void port_panic(const char *file, int line, const char *what)
{
    if (platform->panic != NULL) {
        platform->panic(file, line, what);
    }
    LWIP_PLATFORM_ASSERT(what);
    for (;;) {
    }
}

/* --- Time and chance --------------------------------------------------------------- */

uint32_t port_now_ms(void)
{
    return platform->now_ms != NULL ? platform->now_ms() : sys_now();
}

bool port_clock(uint32_t *utc_s, int32_t *local_s)
{
    return platform->clock != NULL && platform->clock(utc_s, local_s);
}

void port_entropy(void *buffer, size_t bytes)
{
    if (platform->entropy != NULL) {
        platform->entropy(buffer, bytes);
        return;
    }
#ifdef LWIP_RAND
    for (uint8_t *to = buffer; bytes > 0;) {
        uint32_t random = (uint32_t)LWIP_RAND();
        size_t most = bytes < sizeof random ? bytes : sizeof random;

        memcpy(to, &random, most);
        to += most;
        bytes -= most;
    }
#else
    port_panic(__FILE__, __LINE__,
               "no random numbers: define LWIP_RAND(), or give lwchat_platform() entropy");
#endif
}

/* --- The network --------------------------------------------------------------------- */

uint16_t port_places(uint16_t wanted)
{
    return wanted;
}

/* The default interface's addresses. */
struct addresses {
    struct tcpip_api_call_data call; /* the first member: lwIP passes it on */
    ip4_addr_t address, mask, gateway;
};

static err_t read_addresses(struct tcpip_api_call_data *call)
{
    struct addresses *addresses = (struct addresses *)(void *)call;

    if (netif_default != NULL) {
        addresses->address = *netif_ip4_addr(netif_default);
        addresses->mask = *netif_ip4_netmask(netif_default);
        addresses->gateway = *netif_ip4_gw(netif_default);
    }
    return ERR_OK;
}

static struct addresses addresses_now(void)
{
    struct addresses now = {.address = {0}};

    (void)tcpip_api_call(read_addresses, &now.call);
    return now;
}

void port_reach(struct port_reach *reach, uint16_t listening)
{
    struct addresses now = addresses_now();

    (void)ip4addr_ntoa_r(&now.address, reach->address, sizeof reach->address);
    reach->port = listening;
}

static unsigned prefix_of(const ip4_addr_t *mask)
{
    unsigned bits = 0;

    for (uint32_t rest = lwip_ntohl(ip4_addr_get_u32(mask)); rest != 0; rest <<= 1) {
        bits++;
    }
    return bits;
}

_Static_assert(PORT_ADDRESS_BYTES > sizeof "255.255.255.255/32 255.255.255.255", "port_address()");

void port_address(char text[PORT_ADDRESS_BYTES])
{
    struct addresses now = addresses_now();
    unsigned prefix = prefix_of(&now.mask);
    char *end = text;

    text[0] = '\0';
    if (ip4_addr_isany_val(now.address)) {
        return;
    }
    (void)ip4addr_ntoa_r(&now.address, end, IP4ADDR_STRLEN_MAX);
    end += strlen(end);
    *end++ = '/';
    if (prefix >= 10) {
        *end++ = (char)('0' + prefix / 10);
    }
    *end++ = (char)('0' + prefix % 10);
    *end = '\0';
    if (!ip4_addr_isany_val(now.gateway)) {
        *end++ = ' ';
        (void)ip4addr_ntoa_r(&now.gateway, end, IP4ADDR_STRLEN_MAX);
    }
}

#if LWCHAT_IPV6
struct addresses6 {
    struct tcpip_api_call_data call; /* the first member: lwIP passes it on */
    struct lwchat_address *address;
    unsigned index;
    bool found;
};

static err_t find_address6(struct tcpip_api_call_data *call)
{
    struct addresses6 *wanted = (struct addresses6 *)(void *)call;

    for (s8_t i = 0; netif_default != NULL && i < LWIP_IPV6_NUM_ADDRESSES; i++) {
        if (ip6_addr_isvalid(netif_ip6_addr_state(netif_default, i)) && wanted->index-- == 0) {
            *wanted->address = address_read_v6(netif_ip6_addr(netif_default, i)->addr);
            wanted->found = true;
            break;
        }
    }
    return ERR_OK;
}

bool port_address6(unsigned index, struct lwchat_address *address)
{
    struct addresses6 wanted = {.address = address, .index = index};

    (void)tcpip_api_call(find_address6, &wanted.call);
    return wanted.found;
}

unsigned port_address6_changes(void)
{
    return 0; /* they are the firmware's */
}
#endif

bool port_leaves(char text[PORT_ADDRESS_BYTES])
{
    text[0] = '\0';
    return false;
}

int port_set_address(const char *address, const char *gateway)
{
    (void)address;
    (void)gateway;
    return LWCHAT_UNSUPPORTED; /* the address is the firmware's */
}

int port_resolve(const char *host, struct lwchat_address *ip)
{
    (void)host;
    (void)ip;
    return LWCHAT_UNSUPPORTED;
}

uint32_t port_unacknowledged(bool *silent)
{
    *silent = false;
    return 0;
}

bool port_reading_is_short(void)
{
#if LWIP_STATS && MEMP_STATS && !MEMP_MEM_MALLOC
    const struct stats_mem *pool = lwip_stats.memp[MEMP_PBUF_POOL];

    return pool->used > pool->avail / 4;
#else
    return false;
#endif
}

/* --- lwIP's memory ---------------------------------------------------------------------- */

#if LWIP_STATS && MEMP_STATS
static const char *const pool_names[] = {
#define LWIP_MEMPOOL(name, number, size, description) #name,
#include "lwip/priv/memp_std.h"
};
#endif

#if LWIP_STATS && (MEM_STATS || MEMP_STATS)
static bool show(const struct stats_mem *stats, struct port_pool *pool)
{
    SYS_ARCH_DECL_PROTECT(level);

    SYS_ARCH_PROTECT(level);
    pool->used = (uint32_t)stats->used;
    pool->most = (uint32_t)stats->max;
    pool->available = (uint32_t)stats->avail;
    SYS_ARCH_UNPROTECT(level);
    return true;
}
#endif

bool port_pool(unsigned index, struct port_pool *pool)
{
#if LWIP_STATS && MEM_STATS
    if (index == 0) {
        pool->name = "HEAP";
        return show(&lwip_stats.mem, pool);
    }
    index--;
#endif
#if LWIP_STATS && MEMP_STATS
    if (index < sizeof pool_names / sizeof pool_names[0]) {
        pool->name = pool_names[index];
        return show(lwip_stats.memp[index], pool);
    }
#endif
    (void)index;
    (void)pool;
    return false;
}

/* --- The console -------------------------------------------------------------------------- */

int port_console_read(char *buffer, size_t bytes)
{
    if (platform->console_read == NULL) {
        return LWCHAT_GONE;
    }
    int n = platform->console_read(buffer, bytes);
    return n > 0 ? n : LWCHAT_AGAIN;
}

int port_console_write(const char *text, size_t bytes)
{
    return platform->console_write != NULL ? platform->console_write(text, bytes) : LWCHAT_GONE;
}

void port_complain(const char *line)
{
    (void)port_console_write(line, strlen(line));
    (void)port_console_write("\n", 1);
}

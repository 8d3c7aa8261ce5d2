#include "port.h"
#include "address.h"
#include "address6.h"
#include "addresses.h"
#include "board.h"
#include "console.h"
#include "entropy.h"
#include "ethernet.h"
#include "guard.h"
#include "lwchat_config.h"
#include "lwchat_error.h"
#include "pools.h"
#include "publish.h"
#include "os.h"

#include "lwip/api.h"
#include "lwip/dhcp.h"
#include "lwip/dns.h"
#include "lwip/errno.h"
#include "lwip/prot/dhcp.h"
#include "lwip/tcpip.h"
#include "tcp_isn.h"

#include <string.h>

#define LEASE_WAIT_MS    5000
#define ASK_EVERY_MS     500
#define TRY_AGAIN_MS     10000
#define SLEEP_AT_MOST_MS 1000 /* to feed the watchdog well within its 20 s */
#define FAREWELL_MS      10   /* for a frame at 10 Mbit/s, and some more */
#define LOOK_EVERY_MS    1000 /* poll the link: not every MAC reports changes */

#define BAD_ADDRESS                                                                                \
    "the fixed address is not one that a host can have: correct it in the program's options"

#define SAY(in_english, in_french) (french ? (in_french) : (in_english))

static const char default_gateway[] = "192.168.7.1";
static const char default_server[] = "192.168.7.2/24";
static const char default_client[] = "192.168.7.3/24";

/* lwIP's sockets set this (LWIP_PROVIDE_ERRNO in arch/cc.h). */
int errno;

static struct netif netif;
#if LWCHAT_MDNS
static struct publish_way publish_way = {.interface = &netif, .wake = port_wake};
#endif
static const char *reason = "";
static bool french, settled;
static bool told_down;       /* the console has been told that the link is down */
static uint8_t looked_at_ms; /* when the link was last polled, in units of LOOK_EVERY_MS */

bool port_clock(uint32_t *utc_s, int32_t *local_s)
{
    (void)utc_s;
    (void)local_s;
    return false; /* no board here has a real-time clock */
}

/* Reports a change of the link, later if the console is in the middle of a line. */
static void watch_link(void)
{
    uint8_t now = (uint8_t)(port_now_ms() / LOOK_EVERY_MS);

    if (now == looked_at_ms) {
        return;
    }
    looked_at_ms = now;
    bool up = board_ethernet_link();
    if (up != (bool)netif_is_link_up(&netif)) {
        LOCK_TCPIP_CORE();
        address_link_is(up);
        UNLOCK_TCPIP_CORE();
    }
    if (settled && up == told_down && !console_in_line()) {
        told_down = !up;
        port_complain(
            up ? SAY("the network cable is plugged in again", "le câble réseau est rebranché")
               : SAY("the network cable is unplugged, or nothing is at its other end",
                     "le câble réseau est débranché, ou rien n'est branché à l'autre bout"));
    }
}

/*
 * A call with 0 leaves a wake-up pending: it may be about the console, which the
 * caller does not poll between such a call and the next one that sleeps.
 */
void port_wait(uint32_t timeout_ms)
{
    uint32_t start_ms = port_now_ms();
    uint32_t left_ms = timeout_ms < address_due() ? timeout_ms : address_due();

#if LWCHAT_MDNS
    left_ms = left_ms < publish_due() ? left_ms : publish_due();
#endif
    timeout_ms = left_ms;
    do {
        board_watchdog_feed();
        if (os_wait(left_ms < SLEEP_AT_MOST_MS ? left_ms : SLEEP_AT_MOST_MS)) {
            break;
        }
        uint32_t gone_ms = port_now_ms() - start_ms;
        left_ms = gone_ms < timeout_ms ? timeout_ms - gone_ms : 0;
    } while (left_ms != 0);
    watch_link();
    address_turn(!console_in_line());
#if LWCHAT_MDNS
    publish_turn(!console_in_line());
#endif
}

#if LWCHAT_MDNS
void port_publish(const struct port_service *service)
{
    publish(&publish_way, service);
}

bool port_is_on_link(const char *host)
{
    return publish_is_host(host);
}
#endif

void port_address(char text[PORT_ADDRESS_BYTES])
{
    LOCK_TCPIP_CORE();
    addresses_write(&netif, text, PORT_ADDRESS_BYTES);
    UNLOCK_TCPIP_CORE();
}

bool port_leaves(char text[PORT_ADDRESS_BYTES])
{
    return address_leaves(text, PORT_ADDRESS_BYTES);
}

#if LWCHAT_IPV6
bool port_address6(unsigned index, struct lwchat_address *address)
{
    LOCK_TCPIP_CORE();
    bool found = address6_show(index, address);
    UNLOCK_TCPIP_CORE();
    return found;
}

unsigned port_address6_changes(void)
{
    return address6_changes();
}
#endif

int port_set_address(const char *address, const char *gateway)
{
    struct addresses new;

#if LWCHAT_IPV6
    if (strchr(address, ':') != NULL && gateway == NULL) {
        return address6_set(address);
    }
#endif
    if (strcmp(address, addresses_auto) == 0 && gateway == NULL) {
        return address_ask();
    }
    if (!addresses_read(&new, address, gateway)) {
        return LWCHAT_BAD_ARGUMENT;
    }
    return address_claim(&new, ADDRESS_GIVEN, NULL);
}

static const struct address_port address_port = {
    .wake = port_wake, .address_option = "the program's options", .mac_option = ""};

/* Runs in lwIP's thread, as netif calls require. */
static void bring_up(void *argument)
{
    const struct port_config *config = argument;

    /* Not tcpip_input(): ethernet_feed() itself holds the core lock. */
    (void)netif_add_noaddr(&netif, NULL, ethernet_init, guard_input);
    netif_set_default(&netif);
    netif_set_up(&netif);
#if LWCHAT_IPV6
    address6_start(&netif, false);
#endif
    address_start(&netif, &address_port,
                  &(struct address_ways){
                      .claims = true, .serves = config->serve != 0, .french = config->french});
    port_wake();
}

static bool has_address(void)
{
    return !ip4_addr_isany_val(*netif_ip4_addr(&netif));
}

/*
 * lwIP sends DISCOVER at 0, 2 and 6 s: a link that comes up slowly would get its lease too late.
 * The transaction stays the same, so that a server which answers later than this is heard.
 */
static void ask_again(void)
{
    LOCK_TCPIP_CORE();
    struct dhcp *dhcp = netif_dhcp_data(&netif);
    if (dhcp->state == DHCP_STATE_SELECTING) {
        dhcp->tries = 1; /* with 0 it would begin another; it counts for the pauses, too */
        dhcp->request_timeout = 1;
    }
    UNLOCK_TCPIP_CORE();
}

/* With LWCHAT_MDNS the address is a link-local one if no DHCP server answers. */
static bool take_lease(void)
{
    uint32_t start_ms = port_now_ms();
    uint32_t asked_ms = start_ms;

    LOCK_TCPIP_CORE();
    err_t started = dhcp_start(&netif);
    UNLOCK_TCPIP_CORE();
    while (started == ERR_OK && !has_address() &&
           (LWCHAT_MDNS || address_is_checked() || port_now_ms() - start_ms < LEASE_WAIT_MS)) {
        port_wait(100);
        if (port_now_ms() - asked_ms >= ASK_EVERY_MS) {
            asked_ms = port_now_ms();
            ask_again();
        }
    }
    return has_address();
}

/* Called once some frames have arrived, whose times have been mixed into the entropy pool. */
static void seed_sequence_numbers(void)
{
    uint8_t secret[16];

    port_entropy(secret, sizeof secret);
    LOCK_TCPIP_CORE();
    lwip_init_tcp_isn(entropy_word(), secret);
    UNLOCK_TCPIP_CORE();
}

/* Waits up to TRY_AGAIN_MS for a lease. @return whether there is an address. */
static bool await_lease(void)
{
    uint32_t start_ms = port_now_ms();

    while (!has_address() && port_now_ms() - start_ms < TRY_AGAIN_MS) {
        port_wait(100);
    }
    return has_address();
}

/*
 * Claims a fixed address. The DHCP client, if any, keeps running and replaces it
 * later, since a router may start after the board. An address that is taken is
 * reported and tried again: there may be nobody to restart the board.
 */
static int take_fixed(const struct port_config *config, const char *address)
{
    const char *gateway = config->gateway != NULL ? config->gateway : default_gateway;
    enum address_origin origin = config->dhcp ? ADDRESS_DEFAULT : ADDRESS_GIVEN;
    struct addresses fixed;
    int outcome;

    if (!addresses_read(&fixed, address, gateway)) {
        reason = BAD_ADDRESS;
        return LWCHAT_BAD_ARGUMENT;
    }
    reason = "there is no address";
    do {
        outcome = address_claim(&fixed, origin, NULL);
    } while (outcome == LWCHAT_IN_USE && !await_lease());
    return outcome == LWCHAT_IN_USE ? LWCHAT_OK : outcome;
}

/* A restart would cut off the frame that is leaving: the goodbye to the link. */
static int end_well(int outcome)
{
#if LWCHAT_MDNS
    uint32_t start_ms = port_now_ms();

    while (port_now_ms() - start_ms < FAREWELL_MS) {
        port_wait(1);
    }
#endif
    return outcome;
}

int port_start(const struct port_config *config, int (*run)(void *arg), void *arg)
{
    const char *address = config->serve != 0 ? default_server : default_client;

    french = config->french;
#if LWCHAT_MDNS
    publish_way.host = config->hostname;
    publish_way.french = french;
#endif
    console_start();
    os_start_lwip(bring_up, (void *)(uintptr_t)config);
    netconn_thread_init();
    while (!netif_is_up(&netif)) {
        port_wait(100);
    }
    board_watchdog_start();
#if LWCHAT_IPV6
    if (config->ip6 != NULL && address6_set(config->ip6) != LWCHAT_OK) {
        reason = BAD_ADDRESS;
        return LWCHAT_BAD_ARGUMENT;
    }
#endif
    if (config->address != NULL) {
        address = config->address;
    }
    if ((config->address != NULL && !config->dhcp) || !take_lease()) {
        int outcome = take_fixed(config, address);
        if (outcome != LWCHAT_OK) {
            return outcome;
        }
    }
    seed_sequence_numbers();
    address_settled();
    settled = true;
    return end_well(run(arg));
}

const char *port_reason(void)
{
    return reason;
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

uint16_t port_places(uint16_t wanted)
{
    return wanted;
}

void port_reach(struct port_reach *reach, uint16_t listening)
{
    (void)ip4addr_ntoa_r(netif_ip4_addr(&netif), reach->address, sizeof reach->address);
    reach->port = listening;
}

bool port_stopping(void)
{
    return false;
}

bool port_reading_is_short(void)
{
    return guard_is_short();
}

bool port_pool(unsigned index, struct port_pool *pool)
{
    unsigned shown = 0;

    while (shown < index && pools_show(shown, pool)) {
        shown++;
    }
    if (shown == index && pools_show(index, pool)) {
        return true;
    }
    return os_pool(index - shown, pool);
}

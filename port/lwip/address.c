#include "address.h"

#include <string.h>

#include "address6.h"
#include "address_state.h"
#include "lwchat_error.h"
#include "lwip/def.h"
#include "lwip/dhcp.h"
#include "lwip/etharp.h"
#include "lwip/tcpip.h"
#include "port.h"

/*
 * Where a new address may come from, and what happens before it is used:
 *
 *     address_claim()      probes, while the caller waits
 *     the DHCP client      probes, then connected clients are told
 *     a lasting conflict   the same, for one of the spare addresses
 *     no DHCP server       probes, for a link-local address, with LWCHAT_MDNS
 */

enum {
    /* The last octets of the addresses that replace a default that is taken. */
    SPARE_FIRST = 10,
    SPARES = 90,
    /* Between telling connected clients and dropping the address. */
    LEAVE_MS = 1000
};

struct station station;

/* --- Events, with the core lock held --------------------------------------- */

static void add_news(unsigned what)
{
    station.news |= (uint8_t)what;
    station.port->wake();
}

/* A DHCP server has some time to answer from now on, before a link-local address is used. */
static void await_answer(void)
{
#if LWCHAT_MDNS
    station.asked_ms = port_now_ms();
#endif
}

/* lwIP does not announce addresses itself when LWIP_ACD is on. */
static void announce(void)
{
    const ip4_addr_t address = *netif_ip4_addr(station.interface);

    if (!ip4_addr_isany_val(address)) {
        station.claim.spoke_ms = port_now_ms();
        (void)etharp_acd_announce(station.interface, &address);
    }
}

static void status_changed(struct netif *unused)
{
    (void)unused;
    if (LWCHAT_MDNS) {
        local_broadcasts();
    }
#if LWIP_IPV6
    static uint32_t known; /* the callback is also about IPv6 addresses */

    address6_changed();
    if (address_now() == known) {
        add_news(NEWS_CHANGED);
        return;
    }
    known = address_now();
#endif
    announce();
    await_answer();
    add_news(NEWS_CHANGED);
}

void address_link_is(bool up)
{
    if (up) {
        /* The ARP entries may be stale. */
        etharp_cleanup_netif(station.interface);
        netif_set_link_up(station.interface);
        announce();
        await_answer();
    } else {
        netif_set_link_down(station.interface);
    }
}

static void hear(const struct etharp_hdr *packet)
{
    switch (claim_hear(&station.claim, (const uint8_t *)packet, port_now_ms())) {
    case CLAIM_QUIET:
        break;
    case CLAIM_REFUSED:
        add_news(NEWS_REFUSED);
        break;
    case CLAIM_CONTEST:
        announce();
        add_news(NEWS_CONTEST);
        break;
    case CLAIM_LOST:
        add_news(NEWS_LOST);
        break;
    case CLAIM_TWIN:
        add_news(NEWS_TWIN);
        break;
    }
}

static const struct acd_worker worker = {
    .hear = hear, .check = lease_check, .forget = lease_forget};

void address_start(struct netif *netif, const struct address_port *of,
                   const struct address_ways *how)
{
    station.interface = netif;
    station.port = of;
    station.ways = *how;
    station.claim.mac = netif->hwaddr;
    acd_worker = &worker;
    await_answer();
    netif_set_status_callback(netif, status_changed);
    announce();
}

int address_ask(void)
{
    int error;

    LOCK_TCPIP_CORE();
    error = addresses_ask(station.interface);
    await_answer();
    UNLOCK_TCPIP_CORE();
    return error;
}

/* --- Claims, with the core lock held ---------------------------------------- */

/* The search begins at an address derived from the MAC, so that two stations do not collide. */
static bool try_spare(const ip4_addr_t *instead_of)
{
    uint32_t network = lwip_ntohl(instead_of->addr) & 0xFFFFFF00U;
    uint32_t address = instead_of->addr;
    unsigned first = 0;

    if (LWCHAT_MDNS && (address == 0 || local_is(instead_of))) {
        local_try(port_now_ms());
        return true;
    }
    for (unsigned i = 0; i < CLAIM_MAC_BYTES; i++) {
        first = first * 31 + station.claim.mac[i];
    }
    while (station.tried < SPARES && address == instead_of->addr) {
        address = lwip_htonl(network + SPARE_FIRST + (first + station.tried++) % SPARES);
    }
    if (address == instead_of->addr) {
        return false;
    }
    claim_probe(&station.claim, address);
    return true;
}

static const ip4_addr_t *claimed(void)
{
    _Static_assert(sizeof(ip4_addr_t) == sizeof station.claim.address, "an address is its 32 bits");
    return (const ip4_addr_t *)(const void *)&station.claim.address;
}

static void use(const ip4_addr_t *mask, const ip4_addr_t *gateway)
{
    if (station.origin == ADDRESS_GIVEN) {
        dhcp_release_and_stop(station.interface);
    }
    netif_set_addr(station.interface, claimed(), mask, gateway);
}

static void use_local(void)
{
    ip4_addr_t mask;

    IP4_ADDR(&mask, 255, 255, 0, 0);
    station.origin = ADDRESS_DEFAULT;
    use(&mask, IP4_ADDR_ANY4);
}

/* Changes the address, once connected clients have been told, or if there are none. */
static void go(void)
{
    station.leaving = false;
    if (lease_let_go()) {
        return;
    }
    if (station.moving) {
        station.moving = false;
        if (LWCHAT_MDNS && local_is(claimed())) {
            use_local();
        } else { /* a spare address, in the same network */
            use(netif_ip4_netmask(station.interface), netif_ip4_gw(station.interface));
        }
    } else if (station.checking && station.lease != NULL) {
        lease_accept();
    }
}

/* The probed address is free, or a link-local one is to be announced again. */
static void won(uint32_t now_ms)
{
    if (LWCHAT_MDNS && !station.moving && !station.checking) {
        announce();
    } else if (station.ways.serves && station.settled && address_now() != 0) {
        station.leaving = true;
        station.leave_ms = now_ms;
    } else {
        go();
    }
}

static void refused(uint32_t now_ms)
{
    if (station.moving && !try_spare(netif_ip4_addr(station.interface))) {
        station.moving = false;
        claim_take(&station.claim, address_now(), now_ms);
    } else if (station.checking && station.lease != NULL) {
        lease_decline();
        claim_take(&station.claim, address_now(), now_ms);
        station.news |= NEWS_DECLINED;
    }
}

/* A lease does not wait until the first address of all is probed, which takes seconds. */
static bool check_waits(void)
{
    return station.lease != NULL && !station.checking && !station.leaving && !station.wanted &&
           (station.claim.state != CLAIM_PROBING ||
            (LWCHAT_MDNS && station.moving && address_now() == 0));
}

/* A default is given up only if the other station keeps using it, so of two lwchats one stays. */
static bool has_to_move(void)
{
    return (station.news & NEWS_LOST) != 0 && station.origin == ADDRESS_DEFAULT &&
           !station.wanted && !station.moving && !station.checking &&
           station.claim.state == CLAIM_OURS;
}

static void step(uint32_t now_ms)
{
    if (station.leaving && now_ms - station.leave_ms >= LEAVE_MS) {
        go();
    }
    if (has_to_move()) {
        station.tried = 0;
        station.moving = try_spare(netif_ip4_addr(station.interface));
    }
    if (LWCHAT_MDNS && local_due(now_ms) == 0) {
        station.tried = 0;
        station.moving = true;
        local_try(now_ms);
    }
    if (check_waits()) {
        station.moving = false;
        station.checking = true;
        claim_probe(&station.claim, station.leased.addr);
    }
    if (station.claim.state == CLAIM_TAKEN && !station.wanted) {
        refused(now_ms);
    }
    if (claim_turn(&station.claim, now_ms)) {
        if (station.claim.state == CLAIM_PROBING) {
            (void)etharp_acd_probe(station.interface, claimed());
        } else if (!station.wanted) {
            won(now_ms);
        }
    }
    station.news &= (uint8_t) ~(NEWS_REFUSED |
                                NEWS_LOST * (!station.wanted && station.origin == ADDRESS_DEFAULT));
}

/* --- The loop --------------------------------------------------------------- */

/* Tries the next spare address if allowed. @return CLAIM_PROBING while probing continues. */
static unsigned look_at_claim(const struct addresses *addresses, bool spares, uint8_t *other)
{
    static const uint8_t nobody[CLAIM_MAC_BYTES];
    unsigned state;

    LOCK_TCPIP_CORE();
    if (station.claim.state == CLAIM_TAKEN) {
        if (memcmp(other, nobody, sizeof nobody) == 0) {
            memcpy(other, station.claim.other, CLAIM_MAC_BYTES);
        }
        if (spares) {
            (void)try_spare(&addresses->address);
        }
    }
    state = station.claim.state;
    UNLOCK_TCPIP_CORE();
    return state;
}

/* The caller's stack is deep, so messages are left until the wait is over. */
static unsigned await_claim(const struct addresses *addresses, bool spares, uint8_t *other)
{
    unsigned state;

    LOCK_TCPIP_CORE();
    if (station.kept != NULL) {
        go();
    }
    station.leaving = station.moving = station.checking =
        false; /* a check begins anew afterwards */
    station.wanted = true;
    station.tried = 0;
    claim_probe(&station.claim, addresses->address.addr);
    UNLOCK_TCPIP_CORE();
    while ((state = look_at_claim(addresses, spares, other)) == CLAIM_PROBING && !port_stopping()) {
        port_wait(address_due());
    }
    return state;
}

int address_claim(const struct addresses *addresses, enum address_origin from, char *why)
{
    uint8_t other[CLAIM_MAC_BYTES] = {0};
    unsigned state = await_claim(addresses, from == ADDRESS_DEFAULT, other);

    LOCK_TCPIP_CORE();
    station.wanted = false;
    if (state == CLAIM_OURS) {
        station.origin = (uint8_t)from;
        station.shown_address = station.claim.address; /* the caller reports it */
        use(&addresses->mask, &addresses->gateway);
    } else {
        claim_take(&station.claim, address_now(), port_now_ms());
    }
    if (state == CLAIM_TAKEN && station.settled) {
        station.refused_address =
            addresses->address.addr; /* reported later, where the stack is not so deep */
        station.news |= NEWS_TAKEN;
    }
    UNLOCK_TCPIP_CORE();
    if (state == CLAIM_TAKEN) {
        if (!station.settled) {
            tell_taken(addresses->address.addr, other, from, why);
        }
        return LWCHAT_IN_USE;
    }
    if (state == CLAIM_OURS && station.shown_address != addresses->address.addr) {
        tell_passed_over(addresses->address.addr, other);
    }
    return LWCHAT_OK;
}

bool address_is_checked(void)
{
    return station.lease != NULL;
}

void address_settled(void)
{
    LOCK_TCPIP_CORE();
    station.settled = true;
    station.shown_address = address_now();
    if (dhcp_supplied_address(station.interface) != 0) {
        station.origin = ADDRESS_LEASED;
    }
    if (station.ways.claims && station.claim.state == CLAIM_NONE) {
        claim_take(&station.claim, station.shown_address, port_now_ms());
    }
    UNLOCK_TCPIP_CORE();
}

void address_turn(bool tells)
{
    unsigned what = 0;

    if (station.news == 0 && station.lease == NULL && !station.moving && !station.leaving &&
        !claim_is_busy(&station.claim) &&
        !(LWCHAT_MDNS && address_now() == 0 && local_due(port_now_ms()) == 0)) {
        return;
    }
    LOCK_TCPIP_CORE();
    step(port_now_ms());
    if (tells && !station.wanted) {
        what = station.settled ? station.news : station.news & ~(unsigned)NEWS_CHANGED;
        station.news = 0;
    }
    UNLOCK_TCPIP_CORE();
    tell_news(what);
}

uint32_t address_due(void)
{
    uint32_t now_ms = port_now_ms();
    uint32_t passed_ms = now_ms - station.leave_ms;

    if (station.leaving) {
        return passed_ms < LEAVE_MS ? LEAVE_MS - passed_ms : 0;
    }
    if (check_waits() ||
        (station.claim.state == CLAIM_TAKEN && (station.moving || station.checking))) {
        return 0;
    }
    if (LWCHAT_MDNS && address_now() == 0 && !claim_is_busy(&station.claim)) {
        return local_due(now_ms);
    }
    return claim_due(&station.claim, now_ms);
}

bool address_leaves(char *text, size_t bytes)
{
    ip4_addr_t next = {.addr = station.kept == NULL ? station.claim.address : 0};

    text[0] = '\0';
    if (station.leaving && next.addr != 0) {
        (void)ip4addr_ntoa_r(&next, text, (int)bytes);
    }
    return station.leaving;
}

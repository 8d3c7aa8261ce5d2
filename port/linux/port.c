#include "port.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "address.h"
#include "address6.h"
#include "addresses.h"
#include "announce.h"
#include "avahi.h"
#include "console.h"
#include "fault_wire.h"
#include "frames.h"
#include "links.h"
#include "lwchat_config.h"
#include "lwchat_error.h"
#include "lwip/api.h"
#include "lwip/dhcp.h"
#include "lwip/dns.h"
#include "lwip/etharp.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcpip.h"
#include "names.h"
#include "pools.h"
#include "publish.h"
#include "reason.h"
#include "signals.h"
#include "station.h"
#include "system.h"
#include "tcp_isn.h"
#include "wait.h"
#include "wire.h"

enum {
    LEASE_MS = 10000,
    /* The most time to send the last frames when the application has ended. */
    FAREWELL_MS = 300,
    /* How long a client waits for a full disk; a server keeps serving others. */
    PATIENCE_MS = 5000,
    MTU_LEAST = 576,
    MTU_MOST = 1500
};

/* The argument of tcpip_init()'s callback. */
struct bring_up {
    const struct port_config *config;
    struct addresses addresses;
    ip6_addr_t ip6; /* --ip6, or the wire's */
    bool has_ip6;
    sys_sem_t done;
};

static const struct wire *wire;
static struct netif interface;
static struct publish_way publish_way = {.interface = &interface, .wake = port_wake};
static uint16_t interface_mtu;
static uint8_t station[ETH_HWADDR_LEN];
static bool asks_name_server; /* --dns was given */
static bool tells;            /* --verbose was given */

bool port_reading_is_short(void)
{
    return frames_are_short();
}

bool port_pool(unsigned index, struct port_pool *pool)
{
    if (frames_show(index, pool)) {
        return true;
    }
    return pools_show(index - 2, pool);
}

/* --- Addresses ------------------------------------------------------------- */

static int choose_addresses(const struct port_config *config, struct addresses *out)
{
    const struct wire_defaults *defaults = wire->defaults;
    const char *address = config->serve != 0 ? defaults->server : defaults->client;
    ip6_addr_t ip6;

    if (config->address != NULL) {
        address = config->address;
    }
    if (!addresses_read(out, address, config->gateway)) {
        return reason_set(
            LWCHAT_BAD_ARGUMENT,
            SAY("--ip or --gateway is not an address that a host can have: write --ip %s --gateway "
                "%s",
                "--ip ou --gateway n'est pas une adresse qu'une machine puisse avoir : écrire "
                "--ip %s --gateway %s"),
            defaults->server, defaults->gateway);
    }
    if (config->ip6 != NULL && (!wire->moves || !address6_read(config->ip6, &ip6))) {
        return reason_set(
            LWCHAT_BAD_ARGUMENT,
            SAY("--ip6 gives an address that a host can have, on a TAP or stream, as in --ip6 "
                "fd00::2/64",
                "--ip6 donne une adresse qu'une machine puisse avoir, sur un TAP ou un flux, "
                "comme --ip6 fd00::2/64"));
    }
    if (config->gateway == NULL) {
        /* The default gateway, if it is on this network. */
        (void)ip4addr_aton(defaults->gateway, &out->gateway);
        if (!ip4_addr_net_eq(&out->gateway, &out->address, &out->mask)) {
            ip4_addr_set_zero(&out->gateway);
        }
    }
    return LWCHAT_OK;
}

static struct lwchat_address address_of(const ip_addr_t *from)
{
    return IP_IS_V4(from) ? address_v4(lwip_ntohl(ip_2_ip4(from)->addr))
                          : address_read_v6(ip_2_ip6(from)->addr);
}

void port_address(char text[PORT_ADDRESS_BYTES])
{
    LOCK_TCPIP_CORE();
    addresses_write(&interface, text, PORT_ADDRESS_BYTES);
    UNLOCK_TCPIP_CORE();
}

bool port_leaves(char text[PORT_ADDRESS_BYTES])
{
    return address_leaves(text, PORT_ADDRESS_BYTES);
}

bool port_address6(unsigned index, struct lwchat_address *address)
{
    bool found = false;

    LOCK_TCPIP_CORE();
    /* On the user-mode network it is nobody else's address. */
    found = wire->moves && address6_show(index, address);
    UNLOCK_TCPIP_CORE();
    return found;
}

unsigned port_address6_changes(void)
{
    return address6_changes();
}

int port_set_address(const char *address, const char *gateway)
{
    struct addresses new;

    if (!wire->moves) {
        return LWCHAT_UNSUPPORTED;
    }
    if (strchr(address, ':') != NULL && gateway == NULL) {
        return address6_set(address);
    }
    if (strcmp(address, addresses_auto) == 0 && gateway == NULL) {
        return address_ask();
    }
    if (!addresses_read(&new, address, gateway)) {
        return LWCHAT_BAD_ARGUMENT;
    }
    return address_claim(&new, ADDRESS_GIVEN, NULL);
}

/* The server is at addresses of this machine, unless only this machine reaches it. */
static void publish_by_host(const struct port_service *service)
{
    struct port_reach chat = {.port = service->port}, page = {.port = service->http};
    struct port_service there = *service;
    ip4_addr_t address;

    (void)wire->reach(&chat);
    (void)wire->reach(&page);
    there.port = chat.port;
    there.http = service->http != 0 ? page.port : 0;
    if (ip4addr_aton(chat.address, &address) != 0 && !ip4_addr_isloopback(&address)) {
        avahi_publish(&there, tells);
    }
}

void port_publish(const struct port_service *service)
{
    if (wire->moves) {
        publish(&publish_way, service);
    } else if (service == NULL) {
        avahi_withdraw();
    } else {
        publish_by_host(service);
    }
}

/* Through addresses of this machine, the server has its name, which is the part before a dot. */
bool port_is_on_link(const char *host)
{
    char name[HOST_NAME_MAX + 1];
    size_t bytes = strlen(host);

    if (wire->moves) {
        return publish_is_host(host);
    }
    return gethostname(name, sizeof name) == 0 && bytes == strcspn(name, ".") &&
           strncasecmp(name, host, bytes) == 0;
}

/* Whether the network has announced a name server, which this machine itself may not be using. */
static bool has_name_server(void)
{
    bool has;

    LOCK_TCPIP_CORE();
    has = wire->defaults->dns == NULL && !ip_addr_isany(dns_getserver(0));
    UNLOCK_TCPIP_CORE();
    return has;
}

/* This machine as `address` of a user-mode network; on any other it has another address, if any. */
static int resolve_self(const char *address, struct lwchat_address *ip)
{
    ip_addr_t self;

    if (address == NULL || ipaddr_aton(address, &self) == 0) {
        return LWCHAT_UNREACHABLE;
    }
    *ip = address_of(&self);
    return LWCHAT_OK;
}

/* Whether only multicast DNS resolves it (RFC 6762, section 3). */
static bool is_local(const char *host)
{
    static const char end[] = ".local";
    size_t bytes = strlen(host);

    bytes -= bytes > 0 && host[bytes - 1] == '.';
    return bytes >= sizeof(end) &&
           strncasecmp(host + bytes - (sizeof(end) - 1), end, sizeof(end) - 1) == 0;
}

int port_resolve(const char *host, struct lwchat_address *ip)
{
    bool local = is_local(host);
    int outcome;

    if (strcmp(host, "::1") == 0) {
        return resolve_self(wire->defaults->localhost6, ip);
    }
    /* A TAP or a stream is a link of its own. */
    if (local ? wire->moves : asks_name_server) {
        return LWCHAT_UNSUPPORTED;
    }
    outcome = LWCHAT_OK;
    *ip = address_v4(IPADDR_LOOPBACK);
    if (strcmp(host, "localhost") != 0) {
        outcome = names_look_up(host, ip, wait_alarm());
    }
    if (outcome == LWCHAT_NOT_FOUND && (local || has_name_server())) {
        return LWCHAT_UNSUPPORTED;
    }
    if (outcome == LWCHAT_OK && address_is_loopback(*ip)) {
        return resolve_self(
            address_is_v4(*ip) ? wire->defaults->localhost : wire->defaults->localhost6, ip);
    }
    return outcome;
}

int port_ask(const void *question, size_t bytes)
{
    if (wire->moves) {
        return LWCHAT_UNSUPPORTED;
    }
    if (question == NULL) {
        links_close();
        return LWCHAT_OK;
    }
    return links_ask(question, bytes);
}

int port_hear(void *answer, size_t bytes, struct lwchat_address *from)
{
    return links_hear(answer, bytes, from);
}

uint32_t port_unacknowledged(bool *silent)
{
    *silent = false;
    return wire->unacknowledged != NULL ? wire->unacknowledged(silent) : 0;
}

uint16_t port_places(uint16_t wanted)
{
    unsigned connections = wire->connections != NULL ? wire->connections() : UINT16_MAX;
    /* Connections that are being refused or closed. */
    unsigned spare = connections >= 3 * LWCHAT_SPARE_CONNECTIONS ? LWCHAT_SPARE_CONNECTIONS
                                                                 : (connections + 2) / 3;
    unsigned places = connections - spare;
    char line[160];

    if (places >= wanted) {
        return wanted;
    }
    (void)snprintf(
        line, sizeof(line),
        SAY("the system allows file descriptors for only %u people at once, not %u: raise the "
            "limit (ulimit -Hn)",
            "le système n'a de descripteurs de fichiers que pour %u personnes à la fois, "
            "pas %u : relever la limite (ulimit -Hn)"),
        places, (unsigned)wanted);
    port_complain(line);
    return (uint16_t)places;
}

void port_reach(struct port_reach *reach, uint16_t listening)
{
    reach->port = listening;
    if (!wire->reach(reach)) {
        (void)ip4addr_ntoa_r(netif_ip4_addr(&interface), reach->address,
                             (int)sizeof(reach->address));
    }
}

/* --- Bringing up and taking down ------------------------------------------- */

static err_t send_frame(struct netif *netif, struct pbuf *frame)
{
    (void)netif;
    return wire->send(frame);
}

/* lwIP would ask the link itself for link-local addresses, to which its router leads. */
static err_t send_by_router(struct netif *netif, struct pbuf *packet, const ip4_addr_t *to)
{
    return etharp_output(netif, packet, ip4_addr_islinklocal(to) ? netif_ip4_gw(netif) : to);
}

static err_t start_interface(struct netif *netif)
{
    netif->name[0] = 'l';
    netif->name[1] = 'w';
    netif->output = wire->moves ? etharp_output : send_by_router;
    netif->linkoutput = send_frame;
    netif->mtu = interface_mtu;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
                   NETIF_FLAG_IGMP | NETIF_FLAG_LINK_UP;
    netif->hwaddr_len = ETH_HWADDR_LEN;
    memcpy(netif->hwaddr, station, ETH_HWADDR_LEN);
    return ERR_OK;
}

static const struct address_port address_port = {
    .wake = port_wake, .address_option = "--ip", .mac_option = "--mac"};

/* Runs in lwIP's thread. */
static void bring_up(void *arg)
{
    struct bring_up *up = arg;
    const char *dns = up->config->dns != NULL ? up->config->dns : wire->defaults->dns;
    ip_addr_t server;

    /* Start without an address when DHCP gives one, or when it must be claimed first. */
    if (up->config->dhcp || wire->moves) {
        memset(&up->addresses, 0, sizeof(up->addresses));
    }
    (void)netif_add(&interface, &up->addresses.address, &up->addresses.mask, &up->addresses.gateway,
                    NULL, start_interface, wait_take);
    wait_set_sums(true);
    netif_set_default(&interface);
    netif_set_up(&interface);
    address6_start(&interface, wire->defaults->ip6 != NULL);
    if (up->has_ip6) {
        address6_give(&up->ip6);
    }
    address_start(&interface, &address_port,
                  &(struct address_ways){.claims = wire->moves,
                                         .serves = up->config->serve != 0,
                                         .french = up->config->french});
    if (up->config->dhcp) {
        (void)dhcp_start(&interface);
    }
    if (dns != NULL && ipaddr_aton(dns, &server)) {
        dns_setserver(0, &server);
    }
    if (wire->defaults->localhost != NULL && ipaddr_aton(wire->defaults->localhost, &server)) {
        (void)dns_local_addhost("localhost", &server);
    }
    sys_sem_signal(&up->done);
}

static bool has_address(void)
{
    return !ip4_addr_isany_val(*netif_ip4_addr(&interface));
}

/* On a TAP or a stream the address is a link-local one if no DHCP server answers. */
static int await_address(void)
{
    uint32_t start_ms = port_now_ms();

    while (!has_address() && !port_stopping()) {
        if (!wire->moves && port_now_ms() - start_ms >= LEASE_MS) {
            return reason_set(LWCHAT_NO_LEASE,
                              SAY("no DHCP server answered within %d s: leave --dhcp out",
                                  "aucun serveur DHCP n'a répondu en %d s : omettre --dhcp"),
                              LEASE_MS / 1000);
        }
        port_wait(100);
    }
    return LWCHAT_OK;
}

static int claim(const struct addresses *addresses, enum address_origin origin)
{
    char why[ADDRESS_LINE_BYTES];
    int outcome = address_claim(addresses, origin, why);

    return outcome == LWCHAT_OK ? outcome : reason_set(outcome, "%s", why);
}

static int start_stack(const struct port_config *config, const struct addresses *addresses)
{
    const char *ip6 = config->ip6 != NULL ? config->ip6 : wire->defaults->ip6;
    struct bring_up up = {.config = config, .addresses = *addresses};
    uint8_t secret[16];
    int outcome = LWCHAT_OK;

    up.has_ip6 = ip6 != NULL && address6_read(ip6, &up.ip6);
    port_entropy(secret, sizeof(secret));
    lwip_init_tcp_isn(random_word(), secret);
    if (sys_sem_new(&up.done, 0) != ERR_OK) {
        port_panic(__FILE__, __LINE__, "no memory to start with");
    }
    tcpip_init(bring_up, &up);
    (void)sys_arch_sem_wait(&up.done, 0);
    sys_sem_free(&up.done);
    /* From now on this thread holds the lock, except while it sleeps: see arch/sys_arch.h. */
    (void)sys_lock_enter();
    if (config->dhcp) {
        outcome = await_address();
    } else if (wire->moves) {
        outcome = claim(addresses, config->address != NULL ? ADDRESS_GIVEN : ADDRESS_DEFAULT);
    }
    address_settled();
    return outcome;
}

/* True while a connection has data that its peer has not acknowledged. */
static bool sending(void)
{
    bool found = false;

    LOCK_TCPIP_CORE();
    for (const struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL && !found; pcb = pcb->next) {
        found = pcb->unsent != NULL || pcb->unacked != NULL;
    }
    UNLOCK_TCPIP_CORE();
    return found;
}

/* Closed sockets may still have data in flight. */
static void bid_farewell(void)
{
    uint32_t start_ms = port_now_ms();

    do {
        port_wait(5);
    } while (sending() && port_now_ms() - start_ms < FAREWELL_MS);
    wire->turn();
}

static void stop_stack(void)
{
    LOCK_TCPIP_CORE();
    dhcp_release_and_stop(&interface);
    netif_remove(&interface);
    /* Keep the lock: lwIP's thread cannot be stopped, and must not run any more. */
    netconn_thread_cleanup();
}

static int open_wire(const struct port_config *config, struct addresses *addresses)
{
    const char *net = config->net != NULL ? config->net : "user";
    const char *colon = strchr(net, ':');
    size_t kind_bytes = colon != NULL ? (size_t)(colon - net) : strlen(net);
    int error;

    if (kind_bytes == 3 && strncmp(net, "tap", 3) == 0) {
        wire = &wire_tap;
    } else if (kind_bytes == 4 && strncmp(net, "user", 4) == 0) {
        wire = &wire_user;
    } else if (kind_bytes == 6 && strncmp(net, "stream", 6) == 0) {
        wire = &wire_stream;
    } else {
        return reason_set(LWCHAT_BAD_ARGUMENT,
                          SAY("\"%s\" is not a network: use user, tap:NAME or stream:PATH",
                              "\"%s\" n'est pas un réseau : écrire user, tap:NOM ou "
                              "stream:CHEMIN"),
                          net);
    }
    if (config->fault != NULL) {
        wire = fault_wire(wire, config->fault);
        if (wire == NULL) {
            return LWCHAT_BAD_ARGUMENT;
        }
    }
    interface_mtu = config->mtu != 0 ? config->mtu : MTU_MOST;
    if (interface_mtu < MTU_LEAST || interface_mtu > MTU_MOST) {
        return reason_set(LWCHAT_BAD_ARGUMENT,
                          SAY("the MTU cannot be %u: choose %d to %d",
                              "le MTU ne peut pas être %u : choisir de %d à %d"),
                          interface_mtu, MTU_LEAST, MTU_MOST);
    }
    error = choose_addresses(config, addresses);
    if (error != LWCHAT_OK) {
        return error;
    }
    error = wire->open(colon != NULL ? colon + 1 : NULL, config, addresses);
    if (error == LWCHAT_OK && (config->mac == NULL || !station_read(config->mac, station))) {
        station_make(wire->name != NULL ? wire->name() : NULL, station);
    }
    return error;
}

int port_start(const struct port_config *config, int (*run)(void *arg), void *arg)
{
    struct addresses addresses = {0};

    reason_french = config->french;
    asks_name_server = config->dns != NULL;
    tells = config->verbose;
    publish_way.host = config->hostname;
    publish_way.french = config->french;
    console_reserve();
    int outcome = open_wire(config, &addresses);
    if (outcome != LWCHAT_OK) {
        return outcome;
    }
    outcome = wait_open(wire, &interface, config->timeout_s);
    if (outcome == LWCHAT_OK) {
        signals_start(wait_alarm());
        outcome = start_stack(config, &addresses);
        if (outcome == LWCHAT_OK && !port_stopping()) {
            if (config->verbose) {
                announce(wire, &interface, config);
            }
            console_start(config->serve != 0 ? UINT32_MAX : PATIENCE_MS, config->serve == 0);
            outcome = run(arg);
            bid_farewell();
            console_stop();
        }
        stop_stack();
        signals_stop();
        if (outcome >= LWCHAT_OK && wait_is_lost_for_good()) {
            outcome = reason_set(LWCHAT_GONE,
                                 SAY("the network has been gone for %lu s: restore it and start "
                                     "again, or wait longer with --net-timeout",
                                     "le réseau a disparu depuis %lu s : le rétablir et "
                                     "recommencer, ou attendre plus longtemps avec --net-timeout"),
                                 (unsigned long)config->timeout_s);
        }
    }
    wire->close();
    names_forget();
    wait_close();
    return outcome;
}

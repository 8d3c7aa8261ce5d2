/* Names and addresses of hosts: sock_resolve() over lwIP's DNS client, and multicast DNS. */
#include "sock.h"

#include <string.h>

#include "../core/address_text.h"
#include "../lwchat_error.h"
#include "../port.h"
#include "client_dnssd.h"
#include "lwip/api.h"
#include "lwip/dns.h"
#include "lwip/ip_addr.h"
#include "lwip/priv/tcpip_priv.h"

enum { TYPES = LWCHAT_IPV6 ? LWIP_DNS_ADDRTYPE_IPV4_IPV6 : LWIP_DNS_ADDRTYPE_IPV4 };

#if LWIP_DNS || LWCHAT_SCREEN
static struct lwchat_address address_of(const ip_addr_t *found)
{
#if LWCHAT_IPV6
    if (IP_IS_V6(found)) {
        return address_read_v6(ip_2_ip6(found)->addr);
    }
#endif
    return address_v4(lwip_ntohl(ip_2_ip4(found)->addr));
}
#endif

#if LWIP_DNS
/* The name being looked up. Used inside lwIP only. */
static struct {
    char host[DNS_MAX_NAME_LENGTH];
    enum { IDLE, ASKING, FOUND, FAILED } state;
    struct lwchat_address ip;
} lookup;

static void answer(const char *name, const ip_addr_t *address, void *arg)
{
    (void)arg;
    if (lookup.state != ASKING || strcmp(name, lookup.host) != 0) {
        return;
    }
    /* lwIP has no loopback interface here: such an address leads nowhere. */
    if (address == NULL || address_is_loopback(address_of(address))) {
        lookup.state = FAILED;
        return;
    }
    lookup.state = FOUND;
    lookup.ip = address_of(address);
}

static void ask(const char *host, size_t bytes)
{
    ip_addr_t address;
    err_t error;

    memcpy(lookup.host, host, bytes + 1);
    lookup.state = ASKING;
    error = dns_gethostbyname_addrtype(lookup.host, &address, answer, NULL, TYPES);
    if (error == ERR_OK) {
        answer(lookup.host, &address, NULL);
    } else if (error != ERR_INPROGRESS) {
        lookup.state = FAILED;
    }
}

struct lookup_call {
    struct tcpip_api_call_data data; /* the first member: lwIP passes it on */
    const char *host;
    struct lwchat_address ip;
    int outcome;
};

static err_t look_up(struct tcpip_api_call_data *data)
{
    struct lookup_call *call = (struct lookup_call *)(void *)data;

    if (lookup.state == IDLE || strcmp(call->host, lookup.host) != 0) {
        ask(call->host, strlen(call->host));
    }
    if (lookup.state == FOUND) {
        call->ip = lookup.ip;
        call->outcome = LWCHAT_OK;
    } else if (lookup.state == FAILED) {
        call->outcome = LWCHAT_NOT_FOUND;
    }
    if (call->outcome != LWCHAT_AGAIN) {
        lookup.state = IDLE;
    }
    return ERR_OK;
}

static int resolve(const char *host, struct lwchat_address *ip)
{
    struct lookup_call call = {.host = host, .outcome = LWCHAT_AGAIN};

    if (strlen(host) >= sizeof(lookup.host)) {
        return LWCHAT_NOT_FOUND;
    }
    /* If lwIP has no memory to ask its thread, the outcome is as it was. */
    (void)tcpip_api_call(look_up, &call.data);
    if (call.outcome == LWCHAT_OK) {
        *ip = call.ip;
    }
    return call.outcome;
}
#else
static int resolve(const char *host, struct lwchat_address *ip)
{
    (void)host;
    (void)ip;
    return LWCHAT_NOT_FOUND;
}
#endif

/* --- Multicast DNS -------------------------------------------------------- */

#if LWCHAT_SCREEN
enum { MULTICAST_PORT = 5353 };

static struct netconn *asker;
static bool port_asks; /* it was sent by the port */

int sock_ask(const void *question, size_t bytes)
{
    static const ip_addr_t group = IPADDR4_INIT_BYTES(224, 0, 0, 251);
    int outcome = port_ask(question, bytes);
    struct netbuf *packet;

    port_asks = outcome != LWCHAT_UNSUPPORTED;
    if (port_asks) {
        return outcome;
    }
    if (question == NULL) {
        if (asker != NULL) {
            (void)netconn_delete(asker);
            asker = NULL;
        }
        return LWCHAT_OK;
    }
    if (asker == NULL) {
        asker = netconn_new(NETCONN_UDP);
    }
    packet = netbuf_new();
    outcome = LWCHAT_NO_MEMORY;
    if (asker != NULL && packet != NULL && netbuf_ref(packet, question, (u16_t)bytes) == ERR_OK) {
        err_t error = netconn_sendto(asker, packet, &group, MULTICAST_PORT);
        outcome = error == ERR_OK ? LWCHAT_OK : LWCHAT_UNREACHABLE;
    }
    netbuf_delete(packet);
    return outcome;
}

int sock_hear(void *answer, size_t bytes, struct lwchat_address *from)
{
    struct netbuf *packet;
    int length;

    if (port_asks) {
        return port_hear(answer, bytes, from);
    }
    if (asker == NULL ||
        netconn_recv_udp_raw_netbuf_flags(asker, &packet, NETCONN_DONTBLOCK) != ERR_OK) {
        return LWCHAT_AGAIN;
    }
    *from = address_of(netbuf_fromaddr(packet));
    length = netbuf_copy(packet, answer, (u16_t)bytes);
    netbuf_delete(packet);
    return length;
}

enum {
    /* How often a question is asked, and for how long. */
    ASK_MS = 500,
    LOCAL_MS = 3000
};

/* The host that is asked for. */
static struct {
    char host[256];
    struct dnssd_name name;
    uint16_t id;
    bool asking;
    unsigned rounds;
    uint32_t since_ms;
} local;

static bool begin_local(const char *host)
{
    size_t bytes = strlen(host);

    if (bytes >= sizeof(local.host) || !dnssd_read_host(&local.name, host)) {
        return false;
    }
    memcpy(local.host, host, bytes + 1);
    port_entropy(&local.id, sizeof(local.id));
    local.asking = true;
    local.rounds = 0;
    local.since_ms = port_now_ms();
    return true;
}

/* Asks for what most hosts have first. */
static void ask_local(void)
{
    uint8_t question[DNSSD_QUESTION_BYTES];

    (void)sock_ask(question, dnssd_ask(question, local.id, &local.name, DNSSD_A));
    if (local.rounds > 0) {
        (void)sock_ask(question, dnssd_ask(question, local.id, &local.name, DNSSD_AAAA));
    }
    local.rounds++;
}

static bool hear_local(struct lwchat_address *ip)
{
    uint8_t answer[DNSSD_ANSWER_BYTES];
    struct lwchat_address from;
    int bytes;

    while ((bytes = sock_hear(answer, sizeof(answer), &from)) >= 0) {
        if (dnssd_find_address(answer, (size_t)bytes, local.id, &local.name, ip)) {
            return true;
        }
    }
    return false;
}

static int resolve_local(const char *host, struct lwchat_address *ip)
{
    if ((!local.asking || strcmp(host, local.host) != 0) && !begin_local(host)) {
        return LWCHAT_NOT_FOUND;
    }
    uint32_t passed_ms = port_now_ms() - local.since_ms;
    bool found = hear_local(ip);
    if (found || passed_ms >= LOCAL_MS) {
        local.asking = false;
        (void)sock_ask(NULL, 0);
        return found ? LWCHAT_OK : LWCHAT_NOT_FOUND;
    }
    if (passed_ms >= local.rounds * ASK_MS) {
        ask_local();
    }
    return LWCHAT_AGAIN;
}
#else
static int resolve_local(const char *host, struct lwchat_address *ip)
{
    (void)host;
    (void)ip;
    return LWCHAT_NOT_FOUND;
}
#endif

int sock_resolve(const char *host, struct lwchat_address *ip)
{
    enum { MOST_NAME_BYTES = 255 };
    ip4_addr_t dotted; /* lwIP also takes fewer numbers, as in 127.1 */
    bool is_address = ip4addr_aton(host, &dotted) != 0;
    int outcome;

    if (is_address) {
        *ip = address_v4(lwip_ntohl(dotted.addr));
    } else {
        is_address = address_parse(host, strlen(host), ip);
    }
    if (is_address) {
        if (!address_is_loopback(*ip)) {
            return LWCHAT_OK;
        }
        /* On a hosted port this may mean the host machine: let the port resolve it. */
        host = address_is_v4(*ip) ? "localhost" : "::1";
    }
    if (host[0] == '\0' || strlen(host) > MOST_NAME_BYTES) {
        return LWCHAT_NOT_FOUND;
    }
    outcome = port_resolve(host, ip);
    if (outcome != LWCHAT_UNSUPPORTED) {
        return outcome;
    }
    return dnssd_is_local(host) ? resolve_local(host, ip) : resolve(host, ip);
}

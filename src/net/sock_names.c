/* Names and addresses of hosts: sock_resolve() over lwIP's DNS client. */
#include "sock.h"

#include <string.h>

#include "../core/address_text.h"
#include "../lwchat_error.h"
#include "../port.h"
#include "lwip/dns.h"
#include "lwip/ip_addr.h"
#include "lwip/priv/tcpip_priv.h"

enum { TYPES = LWCHAT_IPV6 ? LWIP_DNS_ADDRTYPE_IPV4_IPV6 : LWIP_DNS_ADDRTYPE_IPV4 };

#if LWIP_DNS
/* The name being looked up. Used inside lwIP only. */
static struct {
    char host[DNS_MAX_NAME_LENGTH];
    enum { IDLE, ASKING, FOUND, FAILED } state;
    struct lwchat_address ip;
} lookup;

static struct lwchat_address address_of(const ip_addr_t *found)
{
#if LWCHAT_IPV6
    if (IP_IS_V6(found)) {
        return address_read_v6(ip_2_ip6(found)->addr);
    }
#endif
    return address_v4(lwip_ntohl(ip_2_ip4(found)->addr));
}

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
    return outcome != LWCHAT_UNSUPPORTED ? outcome : resolve(host, ip);
}

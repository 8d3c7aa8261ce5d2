#include "dhcp_server.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lwip/def.h"
#include "lwip/ip.h"
#include "lwip/pbuf.h"
#include "lwip/prot/dhcp.h"
#include "lwip/prot/ethernet.h"
#include "lwip/prot/iana.h"
#include "lwip/timeouts.h"
#include "lwip/udp.h"

enum {
    MINUTE_MS = 60000,
    OFFER_MIN = 2,     /* that an offer is kept; the first is not whole */
    DECLINED_MIN = 30, /* that an address rests which somebody else has, if there are others */
    CLIENT_BYTES = 19, /* of an identifier */
    FIXED_BYTES = DHCP_OPTIONS_OFS,             /* of a message, as far as its options */
    OPTIONS_BYTES = 312,                        /* that a client may expect (RFC 2131, section 2) */
    MESSAGE_BYTES = FIXED_BYTES + OPTIONS_BYTES /* longer messages are read so far */
};

/* Who has an address. An ended lease is kept until its place is needed. */
struct lease {
    uint8_t client[CLIENT_BYTES]; /* its client identifier, or hardware type and address */
    uint8_t client_bytes;         /* 0: nobody */
    uint16_t left_min;            /* 0: it has ended */
};

/* What a client says. Addresses are in host byte order, 0 if they are not given. */
struct request {
    const struct dhcp_msg *message; /* as far as its options */
    uint8_t type;
    uint8_t client_bytes;
    const uint8_t *client;
    bool named;       /* the client has sent an identifier */
    uint32_t address; /* that it asks for */
    uint32_t server;  /* that it has chosen */
};

/* An answer being written. */
struct answer {
    struct dhcp_msg message;
    size_t bytes; /* of its options */
};

static struct lease leases[DHCP_SERVER_LEASES];
static struct netif *served;
static struct udp_pcb *pcb;

static uint32_t own_address(void)
{
    return lwip_ntohl(ip4_addr_get_u32(netif_ip4_addr(served)));
}

static uint32_t address_of(const struct lease *lease)
{
    return own_address() + 1 + (uint32_t)(lease - leases);
}

/* --- Leases ---------------------------------------------------------------------- */

static void pass_minute(void *unused)
{
    (void)unused;
    for (struct lease *lease = leases; lease < leases + DHCP_SERVER_LEASES; lease++) {
        if (lease->left_min > 0) {
            lease->left_min--;
        }
    }
    sys_timeout(MINUTE_MS, pass_minute, NULL);
}

static bool is_of(const struct lease *lease, const struct request *request)
{
    return lease->client_bytes == request->client_bytes &&
           memcmp(lease->client, request->client, request->client_bytes) == 0;
}

static struct lease *lease_of(const struct request *request)
{
    for (struct lease *lease = leases; lease < leases + DHCP_SERVER_LEASES; lease++) {
        if (is_of(lease, request)) {
            return lease;
        }
    }
    return NULL;
}

/* The lease with this address, NULL if it is none of ours. */
static struct lease *lease_at(uint32_t address)
{
    uint32_t index = address - own_address() - 1;

    return index < DHCP_SERVER_LEASES ? &leases[index] : NULL;
}

static bool is_declined(const struct lease *lease)
{
    return lease->left_min > 0 && lease->client_bytes == 0;
}

/*
 * A lease that nobody has had, or else the first that has ended, or else the one that was declined
 * the longest ago: a single client could decline them all.
 */
static struct lease *free_lease(void)
{
    struct lease *ended = NULL, *oldest = NULL;

    for (struct lease *lease = leases; lease < leases + DHCP_SERVER_LEASES; lease++) {
        if (lease->left_min == 0 && lease->client_bytes == 0) {
            return lease;
        }
        if (lease->left_min == 0 && ended == NULL) {
            ended = lease;
        }
        if (is_declined(lease) && (oldest == NULL || lease->left_min < oldest->left_min)) {
            oldest = lease;
        }
    }
    return ended != NULL ? ended : oldest;
}

/* RFC 2131, section 4.3.1: the client's last address, or the one that it asks for, or any. */
static struct lease *choose(const struct request *request)
{
    struct lease *lease = lease_of(request);

    if (lease == NULL) {
        lease = lease_at(request->address);
        if (lease == NULL || lease->left_min > 0) {
            lease = free_lease();
        }
    }
    return lease;
}

static void give(struct lease *lease, const struct request *request, uint16_t minutes)
{
    struct lease *last = lease_of(request);

    if (last != NULL && last != lease) {
        memset(last, 0, sizeof *last);
    }
    memcpy(lease->client, request->client, request->client_bytes);
    lease->client_bytes = request->client_bytes;
    lease->left_min = minutes;
}

/* --- Messages --------------------------------------------------------------------- */

static void add(struct answer *answer, uint8_t option, const void *value, uint8_t bytes)
{
    uint8_t *to = answer->message.options + answer->bytes;

    to[0] = option;
    to[1] = bytes;
    memcpy(to + 2, value, bytes);
    answer->bytes += 2U + bytes;
}

static void add_word(struct answer *answer, uint8_t option, uint32_t value)
{
    value = lwip_htonl(value);
    add(answer, option, &value, sizeof value);
}

static void begin(struct answer *answer, const struct request *request, uint8_t type)
{
    const struct dhcp_msg *asked = request->message;
    struct dhcp_msg *message = &answer->message;

    memset(answer, 0, sizeof *answer);
    message->op = DHCP_BOOTREPLY;
    message->htype = asked->htype;
    message->hlen = asked->hlen;
    message->xid = asked->xid;
    message->flags = asked->flags;
    memcpy(message->chaddr, asked->chaddr, sizeof message->chaddr);
    message->cookie = PP_HTONL(DHCP_MAGIC_COOKIE);
    add(answer, DHCP_OPTION_MESSAGE_TYPE, &type, sizeof type);
    add_word(answer, DHCP_OPTION_SERVER_ID, own_address());
    if (request->named) { /* RFC 6842 */
        add(answer, DHCP_OPTION_CLIENT_ID, request->client, request->client_bytes);
    }
}

static void add_network(struct answer *answer)
{
    add_word(answer, DHCP_OPTION_SUBNET_MASK,
             lwip_ntohl(ip4_addr_get_u32(netif_ip4_netmask(served))));
    add_word(answer, DHCP_OPTION_ROUTER, own_address());
    add_word(answer, DHCP_OPTION_DNS_SERVER, own_address());
}

static void send(struct answer *answer, uint32_t to)
{
    ip_addr_t address = IPADDR4_INIT(lwip_htonl(to));
    struct pbuf *packet = pbuf_alloc(PBUF_TRANSPORT, sizeof answer->message, PBUF_RAM);

    if (packet == NULL) {
        return; /* the client asks again */
    }
    answer->message.options[answer->bytes] = DHCP_OPTION_END;
    (void)pbuf_take(packet, &answer->message, sizeof answer->message);
    (void)udp_sendto_if(pcb, packet, &address, LWIP_IANA_PORT_DHCP_CLIENT, served);
    pbuf_free(packet);
}

/* A client without an address may not hear anything but a broadcast. */
static uint32_t hears_at(const struct request *request)
{
    uint32_t address = lwip_ntohl(request->message->ciaddr.addr);

    return address != 0 ? address : IPADDR_BROADCAST;
}

static void grant(const struct request *request, uint8_t type, const struct lease *lease)
{
    struct answer answer;

    begin(&answer, request, type);
    answer.message.yiaddr.addr = lwip_htonl(address_of(lease));
    answer.message.ciaddr = request->message->ciaddr;
    add_word(&answer, DHCP_OPTION_LEASE_TIME, DHCP_SERVER_LEASE_MIN * 60UL);
    add_network(&answer);
    send(&answer, hears_at(request));
}

static void refuse(const struct request *request)
{
    struct answer answer;

    begin(&answer, request, DHCP_NAK);
    send(&answer, IPADDR_BROADCAST);
}

static void discovered(const struct request *request)
{
    struct lease *lease = choose(request);

    if (lease != NULL) {
        if (!is_of(lease, request) || lease->left_min < OFFER_MIN) {
            give(lease, request, OFFER_MIN);
        }
        grant(request, DHCP_OFFER, lease);
    }
}

/* RFC 2131, section 4.3.2: the answer to an offer, or a client that has an address already. */
static void requested(const struct request *request)
{
    uint32_t has = lwip_ntohl(request->message->ciaddr.addr);
    struct lease *lease = lease_at(has != 0 ? has : request->address);

    if (request->server != 0 && request->server != own_address()) {
        struct lease *offered = lease_of(request);
        if (offered != NULL) {
            offered->left_min = 0;
        }
    } else if (lease != NULL && (lease->left_min == 0 || is_of(lease, request))) {
        give(lease, request, DHCP_SERVER_LEASE_MIN);
        grant(request, DHCP_ACK, lease);
    } else {
        refuse(request);
    }
}

/* Somebody else has the address. */
static void declined(const struct request *request)
{
    struct lease *lease = lease_of(request);

    if (lease != NULL && address_of(lease) == request->address) {
        memset(lease, 0, sizeof *lease);
        lease->left_min = DECLINED_MIN;
    }
}

static void released(const struct request *request)
{
    struct lease *lease = lease_of(request);

    if (lease != NULL && lwip_htonl(address_of(lease)) == request->message->ciaddr.addr) {
        lease->left_min = 0;
    }
}

static void informed(const struct request *request)
{
    struct answer answer;

    begin(&answer, request, DHCP_ACK);
    answer.message.ciaddr = request->message->ciaddr;
    add_network(&answer);
    send(&answer, hears_at(request));
}

static uint32_t read_word(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static void take_option(struct request *request, uint8_t option, const uint8_t *value,
                        uint8_t bytes)
{
    if (option == DHCP_OPTION_MESSAGE_TYPE && bytes == 1) {
        request->type = value[0];
    } else if (option == DHCP_OPTION_REQUESTED_IP && bytes == 4) {
        request->address = read_word(value);
    } else if (option == DHCP_OPTION_SERVER_ID && bytes == 4) {
        request->server = read_word(value);
    } else if (option == DHCP_OPTION_CLIENT_ID && bytes >= 2 && bytes <= CLIENT_BYTES) {
        request->client = value;
        request->client_bytes = bytes;
        request->named = true;
    }
}

/* @return false if it is malformed. */
static bool read_options(struct request *request, const uint8_t *options, size_t bytes)
{
    for (size_t at = 0; at < bytes && options[at] != DHCP_OPTION_END;) {
        const uint8_t *option = options + at;

        if (option[0] == DHCP_OPTION_PAD) {
            at++;
            continue;
        }
        if (bytes - at < 2 || bytes - at - 2 < option[1]) {
            return false;
        }
        take_option(request, option[0], option + 2, option[1]);
        at += 2U + option[1];
    }
    return true;
}

/* @return false if it is not a message of a client on this link, or malformed. */
static bool read_request(struct request *request, const uint8_t *bytes, size_t count)
{
    /* The hardware type and address identify a client unless it names itself (section 4.2). */
    static uint8_t hardware[1 + ETH_HWADDR_LEN];
    const struct dhcp_msg *message = (const struct dhcp_msg *)(const void *)bytes;

    if (count < FIXED_BYTES || message->op != DHCP_BOOTREQUEST || message->hlen != ETH_HWADDR_LEN ||
        message->cookie != PP_HTONL(DHCP_MAGIC_COOKIE) || message->giaddr.addr != 0) {
        return false;
    }
    hardware[0] = message->htype;
    memcpy(hardware + 1, message->chaddr, ETH_HWADDR_LEN);
    memset(request, 0, sizeof *request);
    request->message = message;
    request->client = hardware;
    request->client_bytes = sizeof hardware;
    return read_options(request, bytes + FIXED_BYTES, count - FIXED_BYTES);
}

static void received(void *unused, struct udp_pcb *from, struct pbuf *packet,
                     const ip_addr_t *address, u16_t port)
{
    static uint8_t message[MESSAGE_BYTES];
    struct request request;
    size_t bytes = pbuf_copy_partial(packet, message, sizeof message, 0);

    (void)unused;
    (void)from;
    (void)address;
    (void)port;
    pbuf_free(packet);
    if (!read_request(&request, message, bytes)) {
        return;
    }
    switch (request.type) {
    case DHCP_DISCOVER:
        discovered(&request);
        break;
    case DHCP_REQUEST:
        requested(&request);
        break;
    case DHCP_DECLINE:
        declined(&request);
        break;
    case DHCP_RELEASE:
        released(&request);
        break;
    case DHCP_INFORM:
        informed(&request);
        break;
    default:
        break;
    }
}

err_t dhcp_server_start(struct netif *netif)
{
    uint32_t hosts = ~lwip_ntohl(ip4_addr_get_u32(netif_ip4_netmask(netif)));
    uint32_t own = lwip_ntohl(ip4_addr_get_u32(netif_ip4_addr(netif))) & hosts;
    err_t error;

    if (own == 0 || own + DHCP_SERVER_LEASES >= hosts) {
        return ERR_VAL;
    }
    pcb = udp_new();
    if (pcb == NULL) {
        return ERR_MEM;
    }
    error = udp_bind(pcb, IP_ANY_TYPE, LWIP_IANA_PORT_DHCP_SERVER);
    if (error != ERR_OK) {
        udp_remove(pcb);
        return error;
    }
    served = netif;
    ip_set_option(pcb, SOF_BROADCAST);
    udp_bind_netif(pcb, netif);
    udp_recv(pcb, received, NULL);
    sys_timeout(MINUTE_MS, pass_minute, NULL);
    return ERR_OK;
}

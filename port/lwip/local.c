/* Link-local addresses: RFC 3927. */
#include "address_state.h"

#include <string.h>

#include "lwip/def.h"
#include "lwip/dhcp.h"
#include "lwip/prot/dhcp.h"
#include "lwip/prot/ethernet.h"

#if LWCHAT_MDNS

/* All but the first and the last 256, which are reserved (section 2.1). */
#define FIRST UINT32_C(0xA9FE0100)
#define COUNT UINT32_C(0xFE00)

enum {
    /* How long a DHCP server has to answer. */
    ANSWER_MS = 5000,
    /* MAX_CONFLICTS of section 9: after so many, addresses are tried slowly. */
    MOST_CONFLICTS = 10,
    /* Between the addresses that a station tries; odd, so that it tries all of them. */
    STRIDE = 0x6a4d
};

static netif_linkoutput_fn output; /* the interface's own */

bool local_is(const ip4_addr_t *address)
{
    return ip4_addr_islinklocal(address);
}

/* The address differs among stations, and is the same at each start. */
void local_try(uint32_t now_ms)
{
    uint32_t number = 2166136261U, address;

    for (unsigned i = 0; i < CLAIM_MAC_BYTES; i++) {
        number = (number ^ station.claim.mac[i]) * 16777619U;
    }
    number = (number ^ number >> 16) + station.tried * (uint32_t)STRIDE;
    do {
        address = lwip_htonl(FIRST + number % COUNT);
        number += STRIDE;
    } while (address == address_now());
    claim_probe_local(&station.claim, address, now_ms, station.tried >= MOST_CONFLICTS);
    station.tried = (uint8_t)(station.tried < UINT8_MAX ? station.tried + 1 : MOST_CONFLICTS);
}

/* @return whether there is no address, and a DHCP client asks for one. */
static bool is_alone(void)
{
    const struct dhcp *dhcp = netif_dhcp_data(station.interface);

    return station.ways.claims && address_now() == 0 && dhcp != NULL &&
           dhcp->state != DHCP_STATE_OFF && station.lease == NULL && !station.wanted &&
           !station.moving && !station.leaving && station.claim.state != CLAIM_PROBING;
}

uint32_t local_due(uint32_t now_ms)
{
    uint32_t passed_ms = now_ms - station.asked_ms;

    if (!is_alone()) {
        return UINT32_MAX;
    }
    return passed_ms < ANSWER_MS ? ANSWER_MS - passed_ms : 0;
}

/* RFC 3927, section 2.5: so that all stations learn of a conflict. */
static err_t broadcast_arp(struct netif *netif, struct pbuf *frame)
{
    struct eth_hdr *ethernet = frame->payload;

    if (ethernet->type == PP_HTONS(ETHTYPE_ARP)) {
        memset(&ethernet->dest, UINT8_MAX, sizeof ethernet->dest);
    }
    return output(netif, frame);
}

void local_broadcasts(void)
{
    if (output == NULL) {
        output = station.interface->linkoutput;
    }
    station.interface->linkoutput =
        local_is(netif_ip4_addr(station.interface)) ? broadcast_arp : output;
}

#endif

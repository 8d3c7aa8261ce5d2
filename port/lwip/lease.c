#include <string.h>

#include "address_state.h"
#include "lwip/dhcp.h"
#include "lwip/prot/dhcp.h"
#include "lwip/prot/iana.h"
#include "lwip/prot/ip.h"
#include "port.h"

/*
 * A DHCP client that has declined an address waits for 10 s (RFC 2131, 3.1), which
 * is to prevent endless loops. So the first HASTY_DECLINES wait only HASTY_MS.
 */
enum { HASTY_DECLINES = 3, HASTY_MS = 1000 };

/* Offsets in an Ethernet frame with a DHCP message over IPv4. */
enum {
    TYPE = ETH_PAD_SIZE + 12,
    IP = SIZEOF_ETH_HDR, /* includes ETH_PAD_SIZE */
    PROTOCOL = IP + 9,
    TO_PORT = IP + IP_HLEN + 2,
    DHCP = IP + IP_HLEN + 8,
    HARDWARE = DHCP + 28,
    OPTIONS = DHCP + DHCP_OPTIONS_OFS
};

void lease_check(struct acd *of, ip4_addr_t address)
{
    if (!station.ways.claims || address.addr == address_now()) {
        of->acd_conflict_callback(station.interface, ACD_IP_OK);
        return;
    }
    station.lease = of;
    station.leased = address;
    station.checking = false;
    station.port->wake();
}

static void end_check(void)
{
    station.lease = NULL;
    if (station.checking) {
        station.checking = false;
        station.leaving = station.kept != NULL;
        claim_take(&station.claim, address_now(), port_now_ms());
    }
}

void lease_forget(const struct acd *of)
{
    if (of == NULL || of == station.lease) {
        end_check();
    }
}

static bool dhcp_checks(void)
{
    const struct dhcp *dhcp = netif_dhcp_data(station.interface);

    return dhcp != NULL && dhcp->state == DHCP_STATE_CHECKING;
}

static bool is_refusal(const struct pbuf *frame)
{
    unsigned at = OPTIONS; /* it may pass the end of the longest frame */

    while (at + 2 < frame->tot_len) {
        u8_t option = pbuf_get_at(frame, (u16_t)at);
        if (option == DHCP_OPTION_END) {
            return false;
        }
        if (option == DHCP_OPTION_MESSAGE_TYPE) {
            return pbuf_get_at(frame, (u16_t)(at + 2)) == DHCP_NAK;
        }
        at += option == DHCP_OPTION_PAD ? 1U : 2U + pbuf_get_at(frame, (u16_t)(at + 1));
    }
    return false;
}

/*
 * When the DHCP client is refused a lease, or declines one, lwIP removes the
 * interface's address, whatever its origin, and aborts its connections. An address
 * that is not a lease is hidden from it meanwhile.
 */
static void hide(struct addresses *hidden)
{
    ip4_addr_copy(hidden->address, *netif_ip4_addr(station.interface));
    ip4_addr_copy(hidden->mask, *netif_ip4_netmask(station.interface));
    ip4_addr_copy(hidden->gateway, *netif_ip4_gw(station.interface));
    ip4_addr_set_zero(ip_2_ip4(&station.interface->ip_addr));
}

static void unhide(const struct addresses *hidden)
{
    ip4_addr_copy(*ip_2_ip4(&station.interface->ip_addr), hidden->address);
    netif_set_netmask(station.interface, &hidden->mask);
    netif_set_gw(station.interface, &hidden->gateway);
}

static void input(struct pbuf *frame)
{
    if (station.interface->input(frame, station.interface) != ERR_OK) {
        pbuf_free(frame);
    }
}

static bool refuses_us(const struct pbuf *frame)
{
    return address_now() != 0 && netif_dhcp_data(station.interface) != NULL &&
           station.kept == NULL &&
           pbuf_memcmp(frame, HARDWARE, station.interface->hwaddr, ETH_HWADDR_LEN) == 0 &&
           is_refusal(frame);
}

bool address_keeps(struct pbuf *frame)
{
    const uint8_t *bytes = frame->payload;
    struct addresses hidden;

    if (frame->len < DHCP || bytes[TO_PORT + 1] != LWIP_IANA_PORT_DHCP_CLIENT ||
        bytes[TO_PORT] != 0 || bytes[PROTOCOL] != IP_PROTO_UDP || bytes[TYPE] != 8 ||
        bytes[TYPE + 1] != 0 || !refuses_us(frame)) {
        return false;
    }
    if (station.origin != ADDRESS_LEASED) {
        hide(&hidden);
        input(frame);
        unhide(&hidden);
        return true;
    }
    if (!station.ways.serves || !station.settled || station.lease != NULL) {
        return false;
    }
    station.kept = frame;
    station.leaving = true;
    station.leave_ms = port_now_ms();
    station.port->wake();
    return true;
}

void lease_accept(void)
{
    acd_conflict_callback_t answer = station.lease->acd_conflict_callback;

    station.checking = false;
    station.lease = NULL;
    station.declined = 0;
    if (dhcp_checks()) {
        station.origin = ADDRESS_LEASED;
        answer(station.interface, ACD_IP_OK);
    }
}

void lease_decline(void)
{
    acd_conflict_callback_t answer = station.lease->acd_conflict_callback;
    struct addresses hidden;

    station.checking = false;
    station.lease = NULL;
    if (!dhcp_checks()) {
        return;
    }
    hide(&hidden);
    answer(station.interface, ACD_DECLINE);
    unhide(&hidden);
    answer(station.interface, ACD_RESTART_CLIENT);
    if (station.declined < HASTY_DECLINES) {
        station.declined++;
        netif_dhcp_data(station.interface)->request_timeout = HASTY_MS / DHCP_FINE_TIMER_MSECS;
    }
}

bool lease_let_go(void)
{
    struct pbuf *frame = station.kept;

    station.kept = NULL;
    if (frame != NULL) {
        input(frame);
    }
    return frame != NULL;
}

#include "address.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "claim.h"
#include "lwchat_error.h"
#include "lwip/def.h"
#include "lwip/dhcp.h"
#include "lwip/tcpip.h"
#include "port.h"
#include "reason.h"

enum {
    /* The last number of what a default that is taken gives way to. */
    SPARE_FIRST = 10,
    SPARES = 90,
    /* How often it is told that somebody else uses the address. */
    TELL_EVERY_MS = 60000,
    LINE_BYTES = 160,
    MAC_TEXT_BYTES = 18
};

static struct netif *interface;
static const struct wire *wire;
static void (*wake_loop)(void);

static struct claim claim;
static enum address_origin origin;
static struct addresses wanted;
static unsigned tried; /* of the spare ones, since the default was found taken */
static bool changed;   /* atomic: lwIP's thread sets it */
static bool settled;
static bool moving;            /* from a default that somebody else uses, while the loop goes on */
static uint32_t shown_address; /* what people know of, in network order */

static bool contested, lost, told;
static uint32_t told_ms;

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void tell(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    port_complain(line);
}

static const char *name_of(uint32_t address, char text[IP4ADDR_STRLEN_MAX])
{
    ip4_addr_t value = {.addr = address};

    return ip4addr_ntoa_r(&value, text, IP4ADDR_STRLEN_MAX);
}

static const char *name_of_other(char text[MAC_TEXT_BYTES])
{
    const uint8_t *mac = claim.other;

    (void)snprintf(text, MAC_TEXT_BYTES, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
                   mac[3], mac[4], mac[5]);
    return text;
}

/* --- What comes in -------------------------------------------------------- */

static void status_changed(struct netif *unused)
{
    (void)unused;
    __atomic_store_n(&changed, true, __ATOMIC_RELEASE);
    wake_loop();
}

void address_start(struct netif *netif, const struct wire *of, void (*wake)(void))
{
    interface = netif;
    wire = of;
    wake_loop = wake;
    memcpy(claim.mac, netif->hwaddr, CLAIM_MAC_BYTES);
    LOCK_TCPIP_CORE();
    netif_set_status_callback(netif, status_changed);
    UNLOCK_TCPIP_CORE();
}

void address_hear(const struct pbuf *frame)
{
    enum claim_news news;

    /* A frame of ARP is in one piece: frames.h. */
    if (claim.state == CLAIM_NONE || claim.state == CLAIM_TAKEN) {
        return;
    }
    news = claim_hear(&claim, frame->payload, frame->len, port_now_ms());
    contested = contested || news == CLAIM_CONTEST;
    lost = lost || news == CLAIM_LOST;
}

/* --- Claims --------------------------------------------------------------- */

static void send_claim(void)
{
    uint8_t bytes[CLAIM_FRAME_BYTES];
    struct pbuf *frame;

    claim_frame(&claim, bytes);
    LOCK_TCPIP_CORE();
    frame = pbuf_alloc(PBUF_RAW, sizeof(bytes), PBUF_RAM);
    if (frame != NULL) {
        (void)pbuf_take(frame, bytes, sizeof(bytes));
        (void)wire->send(frame);
        pbuf_free(frame);
    }
    UNLOCK_TCPIP_CORE();
}

/* Where the search begins depends on the station, so that two do not meet in it. */
static bool try_spare(void)
{
    uint32_t network = lwip_ntohl(wanted.address.addr) & 0xFFFFFF00U;
    unsigned first = 0;

    if (tried == SPARES) {
        return false;
    }
    for (unsigned i = 0; i < CLAIM_MAC_BYTES; i++) {
        first = first * 31 + claim.mac[i];
    }
    claim_probe(&claim, lwip_htonl(network + SPARE_FIRST + (first + tried) % SPARES),
                port_now_ms());
    tried++;
    return true;
}

static void use(void)
{
    wanted.address.addr = claim.address;
    LOCK_TCPIP_CORE();
    dhcp_release_and_stop(interface);
    netif_set_addr(interface, &wanted.address, &wanted.mask, &wanted.gateway);
    UNLOCK_TCPIP_CORE();
    shown_address = claim.address;
}

int address_claim(const struct addresses *addresses, enum address_origin from)
{
    const struct claim before = claim;
    const struct addresses wanted_before = wanted;
    char address[IP4ADDR_STRLEN_MAX], other[MAC_TEXT_BYTES] = "";

    wanted = *addresses;
    moving = false;
    tried = 0;
    (void)name_of(wanted.address.addr, address);
    claim_probe(&claim, wanted.address.addr, port_now_ms());
    while (claim.state != CLAIM_OURS && !port_stopping()) {
        if (claim.state == CLAIM_TAKEN) {
            if (other[0] == '\0') {
                (void)name_of_other(other);
            }
            if (from != ADDRESS_DEFAULT || !try_spare()) {
                break;
            }
        }
        port_wait(address_due());
    }
    if (claim.state == CLAIM_TAKEN) {
        int error =
            reason_set(LWCHAT_IN_USE,
                       SAY("%s is taken by %s%s: give an address that nobody has with %s",
                           "%s est pris par %s%s : donnez une adresse que personne n'a avec %s"),
                       address, other,
                       from == ADDRESS_DEFAULT ? SAY(", and those from .10 to .99 are taken, too",
                                                     ", et celles de .10 à .99 aussi")
                                               : "",
                       settled ? "/ip" : "--ip");

        claim = before;
        wanted = wanted_before;
        return error;
    }
    origin = from;
    contested = lost = false;
    if (other[0] != '\0' && claim.state == CLAIM_OURS) {
        char mine[IP4ADDR_STRLEN_MAX];
        tell(SAY("%s is taken by %s: the address is %s", "%s est pris par %s : l'adresse est %s"),
             address, other, name_of(claim.address, mine));
    }
    return LWCHAT_OK;
}

/* --- Later on -------------------------------------------------------------- */

void address_settled(void)
{
    settled = true;
    shown_address = netif_ip4_addr(interface)->addr;
    if (claim.state == CLAIM_NONE && wire->moves) {
        origin = ADDRESS_LEASED;
        claim_take(&claim, shown_address);
    }
}

/* The DHCP client has set the address, or taken it away. */
static void follow_lease(void)
{
    char address[IP4ADDR_STRLEN_MAX], server[IP4ADDR_STRLEN_MAX];
    const struct dhcp *dhcp;
    uint32_t now;

    LOCK_TCPIP_CORE();
    now = netif_ip4_addr(interface)->addr;
    dhcp = netif_dhcp_data(interface);
    (void)name_of(dhcp != NULL ? ip_2_ip4(&dhcp->server_ip_addr)->addr : 0, server);
    UNLOCK_TCPIP_CORE();
    if (now == shown_address) {
        return;
    }
    if (now != 0) {
        tell(SAY("the address is now %s, leased from %s",
                 "l'adresse est maintenant %s, prêtée par %s"),
             name_of(now, address), server);
    } else {
        tell(SAY("the address %s is lost: the lease has ended, and a DHCP server is asked for one",
                 "l'adresse %s est perdue : le bail a pris fin, une autre est demandée à un "
                 "serveur DHCP"),
             name_of(shown_address, address));
    }
    shown_address = now;
    origin = ADDRESS_LEASED;
    if (wire->moves) {
        claim_take(&claim, now);
    }
}

static void tell_of_contest(void)
{
    char address[IP4ADDR_STRLEN_MAX], other[MAC_TEXT_BYTES];

    if (told && port_now_ms() - told_ms < TELL_EVERY_MS) {
        return;
    }
    told = true;
    told_ms = port_now_ms();
    tell(SAY("%s also uses our address %s%s", "%s utilise aussi notre adresse %s%s"),
         name_of_other(other), name_of(claim.address, address),
         origin == ADDRESS_DEFAULT
             ? ""
             : SAY(": give one of the two another one", " : donnez-en une autre à l'un des deux"));
}

/* The default is given up once its other user insists; so of two of us one stays. */
static void mind_contest(void)
{
    if (contested || lost) {
        tell_of_contest();
    }
    if (contested) {
        send_claim();
    } else if (lost && origin == ADDRESS_DEFAULT) {
        tried = 0;
        moving = try_spare();
    }
    contested = lost = false;
}

void address_turn(void)
{
    if (moving && claim.state == CLAIM_TAKEN && !try_spare()) {
        moving = false;
        claim_take(&claim, shown_address);
    }
    if (claim_turn(&claim, port_now_ms())) {
        if (claim.state == CLAIM_OURS) {
            use();
            if (moving) {
                char address[IP4ADDR_STRLEN_MAX];
                moving = false;
                tell(SAY("the address is now %s", "l'adresse est maintenant %s"),
                     name_of(claim.address, address));
            }
        }
        send_claim();
    }
    if (claim.state == CLAIM_OURS) {
        mind_contest();
    }
    if (settled && __atomic_exchange_n(&changed, false, __ATOMIC_ACQ_REL)) {
        follow_lease();
    }
}

uint32_t address_due(void)
{
    return moving && claim.state == CLAIM_TAKEN ? 0 : claim_due(&claim, port_now_ms());
}

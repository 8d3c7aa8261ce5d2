#include "address.h"

#include <stdarg.h>
#include <string.h>

#include "claim.h"
#include "lwchat_error.h"
#include "lwip/acd.h"
#include "lwip/def.h"
#include "lwip/dhcp.h"
#include "lwip/etharp.h"
#include "lwip/prot/dhcp.h"
#include "lwip/prot/iana.h"
#include "lwip/prot/ip.h"
#include "lwip/tcpip.h"
#include "port.h"

/*
 * Where an address may come from, and what happens before it is used:
 *
 *     address_claim()      probes, in which the caller waits
 *     the DHCP client      probes, then those who are connected are told
 *     somebody insists     the same, for one of the spare addresses
 */

enum {
    /* The last number of what a default that is taken gives way to. */
    SPARE_FIRST = 10,
    SPARES = 90,
    /* How often it is told that somebody else uses the address. */
    TELL_EVERY_MS = 60000,
    /* Between telling those who are connected and the end of the address. */
    LEAVE_MS = 1000,
    /*
     * A DHCP client that has declined an address waits for 10 s (RFC 2131,
     * 3.1), but that is for those that go round in circles.
     */
    HASTY_DECLINES = 3,
    HASTY_MS = 1000,
    MAC_TEXT_BYTES = 18
};

/* Places in an Ethernet frame with a DHCP message over IPv4. */
enum {
    TYPE = ETH_PAD_SIZE + 12,
    IP = ETH_PAD_SIZE + SIZEOF_ETH_HDR,
    PROTOCOL = IP + 9,
    TO_PORT = IP + IP_HLEN + 2,
    DHCP = IP + IP_HLEN + 8,
    HARDWARE = DHCP + 28,
    OPTIONS = DHCP + DHCP_OPTIONS_OFS
};

/* What the loop is still to see to, or to tell. */
enum {
    NEWS_CHANGED = 1,
    NEWS_CONTEST = 2,
    NEWS_LOST = 4,
    NEWS_TWIN = 8,
    NEWS_DECLINED = 16,
    NEWS_REFUSED = 32,
    NEWS_TAKEN = 64
};

static struct netif *interface;
static const struct address_port *port;
static struct address_ways ways;

/* All of this with the core lock. */
static struct claim claim;
static bool wanted;       /* a caller of address_claim() waits */
static struct acd *lease; /* what is to be told whether somebody has `leased` */
static struct pbuf *kept; /* the frame that takes the address away */
static ip4_addr_t leased;
static uint32_t leave_ms; /* since when those who are connected are being told */
static uint8_t origin;    /* enum address_origin, of the address that is used */
static uint8_t tried;     /* of the spare ones, since the default was found taken */
static uint8_t declined;  /* leases, one after the other */
static volatile uint8_t news;
static bool checking; /* the claim is for the lease */
static bool moving;   /* the claim is for a spare one, while the loop goes on */
static bool leaving;

/* The loop's. */
static bool settled, told, told_twin;
static uint32_t told_ms;
static uint32_t shown_address;   /* what people know of, in network order */
static uint32_t refused_address; /* which the operator wanted */

/* --- Words ----------------------------------------------------------------- */

#define SAY(in_english, in_french) (ways.french ? (in_french) : (in_english))

static void write_line(char *line, const char *sentence, va_list arguments)
{
    const char *end = line + ADDRESS_LINE_BYTES - 1;

    while (*sentence != '\0' && line < end) {
        if (sentence[0] == '%' && sentence[1] == 's') {
            const char *text = va_arg(arguments, const char *);
            while (*text != '\0' && line < end) {
                *line++ = *text++;
            }
            sentence += 2;
        } else {
            *line++ = *sentence++;
        }
    }
    *line = '\0';
}

static void write_text(char *line, const char *sentence, ...) __attribute__((format(printf, 2, 3)));
static void tell(const char *sentence, ...) __attribute__((format(printf, 1, 2)));

static void write_text(char *line, const char *sentence, ...)
{
    va_list arguments;

    va_start(arguments, sentence);
    write_line(line, sentence, arguments);
    va_end(arguments);
}

static void tell(const char *sentence, ...)
{
    char line[ADDRESS_LINE_BYTES];
    va_list arguments;

    va_start(arguments, sentence);
    write_line(line, sentence, arguments);
    va_end(arguments);
    port_complain(line);
}

static const char *name_of(uint32_t address, char text[IP4ADDR_STRLEN_MAX])
{
    ip4_addr_t value = {.addr = address};

    return ip4addr_ntoa_r(&value, text, IP4ADDR_STRLEN_MAX);
}

static const char *name_of_mac(const uint8_t *mac, char text[MAC_TEXT_BYTES])
{
    char *end = text;

    for (unsigned i = 0; i < CLAIM_MAC_BYTES; i++) {
        *end++ = "0123456789abcdef"[mac[i] >> 4];
        *end++ = "0123456789abcdef"[mac[i] & 15];
        *end++ = ':';
    }
    end[-1] = '\0';
    return text;
}

/* --- What comes in, with the core lock ------------------------------------- */

static uint32_t address_now(void)
{
    return netif_ip4_addr(interface)->addr;
}

static void add_news(unsigned what)
{
    news |= (uint8_t)what;
    port->wake();
}

/* With LWIP_ACD, lwIP does not. */
static void announce(void)
{
    const ip4_addr_t address = *netif_ip4_addr(interface);

    if (!ip4_addr_isany_val(address)) {
        claim.spoke_ms = port_now_ms();
        (void)etharp_acd_announce(interface, &address);
    }
}

static void status_changed(struct netif *unused)
{
    (void)unused;
    announce();
    add_news(NEWS_CHANGED);
}

void address_link_is(bool up)
{
    if (up) {
        /* What was known of the neighbours may not be so any more. */
        etharp_cleanup_netif(interface);
        netif_set_link_up(interface);
        announce();
    } else {
        netif_set_link_down(interface);
    }
}

static void hear(const struct etharp_hdr *packet)
{
    switch (claim_hear(&claim, (const uint8_t *)packet, port_now_ms())) {
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

static void check(struct acd *of, ip4_addr_t address)
{
    if (!ways.claims || address.addr == address_now()) {
        of->acd_conflict_callback(interface, ACD_IP_OK);
        return;
    }
    lease = of;
    leased = address;
    checking = false;
    port->wake();
}

static void end_check(void)
{
    lease = NULL;
    if (checking) {
        checking = false;
        leaving = kept != NULL;
        claim_take(&claim, address_now(), port_now_ms());
    }
}

static void forget(const struct acd *of)
{
    if (of == NULL || of == lease) {
        end_check();
    }
}

static const struct acd_worker worker = {.hear = hear, .check = check, .forget = forget};

static bool is_refusal(const struct pbuf *frame)
{
    u16_t at = OPTIONS;
    u8_t option;

    while (at < frame->tot_len && (option = pbuf_get_at(frame, at)) != DHCP_OPTION_END) {
        if (option == DHCP_OPTION_MESSAGE_TYPE) {
            return pbuf_get_at(frame, (u16_t)(at + 2)) == DHCP_NAK;
        }
        at =
            (u16_t)(at + (option == DHCP_OPTION_PAD ? 1 : 2 + pbuf_get_at(frame, (u16_t)(at + 1))));
    }
    return false;
}

/*
 * When the DHCP client is refused a lease, or declines one, lwIP takes whatever
 * address there is away, and throws out who is connected to it. One that is no
 * lease is put out of its sight meanwhile.
 */
static void hide(struct addresses *hidden)
{
    ip4_addr_copy(hidden->address, *netif_ip4_addr(interface));
    ip4_addr_copy(hidden->mask, *netif_ip4_netmask(interface));
    ip4_addr_copy(hidden->gateway, *netif_ip4_gw(interface));
    ip4_addr_set_zero(ip_2_ip4(&interface->ip_addr));
}

static void unhide(const struct addresses *hidden)
{
    ip4_addr_copy(*ip_2_ip4(&interface->ip_addr), hidden->address);
    netif_set_netmask(interface, &hidden->mask);
    netif_set_gw(interface, &hidden->gateway);
}

static void input(struct pbuf *frame)
{
    if (interface->input(frame, interface) != ERR_OK) {
        pbuf_free(frame);
    }
}

static bool refuses_us(const struct pbuf *frame)
{
    return address_now() != 0 && netif_dhcp_data(interface) != NULL && kept == NULL &&
           pbuf_memcmp(frame, HARDWARE, interface->hwaddr, ETH_HWADDR_LEN) == 0 &&
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
    if (origin != ADDRESS_LEASED) {
        hide(&hidden);
        input(frame);
        unhide(&hidden);
        return true;
    }
    if (!ways.serves || !settled || lease != NULL) {
        return false;
    }
    kept = frame;
    leaving = true;
    leave_ms = port_now_ms();
    port->wake();
    return true;
}

void address_start(struct netif *netif, const struct address_port *of,
                   const struct address_ways *how)
{
    interface = netif;
    port = of;
    ways = *how;
    claim.mac = netif->hwaddr;
    acd_worker = &worker;
    netif_set_status_callback(netif, status_changed);
    announce();
}

/* --- Claims, with the core lock --------------------------------------------- */

/* Where the search begins depends on the station, so that two do not meet in it. */
static bool try_spare(const ip4_addr_t *instead_of)
{
    uint32_t network = lwip_ntohl(instead_of->addr) & 0xFFFFFF00U;
    uint32_t address = instead_of->addr;
    unsigned first = 0;

    for (unsigned i = 0; i < CLAIM_MAC_BYTES; i++) {
        first = first * 31 + claim.mac[i];
    }
    while (tried < SPARES && address == instead_of->addr) {
        address = lwip_htonl(network + SPARE_FIRST + (first + tried++) % SPARES);
    }
    if (address == instead_of->addr) {
        return false;
    }
    claim_probe(&claim, address);
    return true;
}

static const ip4_addr_t *claimed(void)
{
    _Static_assert(sizeof(ip4_addr_t) == sizeof claim.address, "an address is its 32 bits");
    return (const ip4_addr_t *)(const void *)&claim.address;
}

static void use(const ip4_addr_t *mask, const ip4_addr_t *gateway)
{
    if (origin == ADDRESS_GIVEN) {
        dhcp_release_and_stop(interface);
    }
    netif_set_addr(interface, claimed(), mask, gateway);
}

static bool dhcp_checks(void)
{
    const struct dhcp *dhcp = netif_dhcp_data(interface);

    return dhcp != NULL && dhcp->state == DHCP_STATE_CHECKING;
}

/* What was waited for: those who are connected have been told, or there are none. */
static void go(void)
{
    struct pbuf *frame = kept;

    leaving = false;
    kept = NULL;
    if (frame != NULL) {
        input(frame);
    } else if (moving) {
        moving = false;
        use(netif_ip4_netmask(interface), netif_ip4_gw(interface));
    } else if (checking && lease != NULL) {
        acd_conflict_callback_t answer = lease->acd_conflict_callback;
        checking = false;
        lease = NULL;
        declined = 0;
        if (dhcp_checks()) {
            origin = ADDRESS_LEASED;
            answer(interface, ACD_IP_OK);
        }
    }
}

/* Nobody has the address that was asked for. */
static void won(uint32_t now_ms)
{
    if (ways.serves && settled && address_now() != 0) {
        leaving = true;
        leave_ms = now_ms;
    } else {
        go();
    }
}

static void decline(acd_conflict_callback_t answer)
{
    struct addresses hidden;

    if (!dhcp_checks()) {
        return;
    }
    hide(&hidden);
    answer(interface, ACD_DECLINE);
    unhide(&hidden);
    answer(interface, ACD_RESTART_CLIENT);
    if (declined < HASTY_DECLINES) {
        declined++;
        netif_dhcp_data(interface)->request_timeout = HASTY_MS / DHCP_FINE_TIMER_MSECS;
    }
}

static void refused(uint32_t now_ms)
{
    if (moving && !try_spare(netif_ip4_addr(interface))) {
        moving = false;
        claim_take(&claim, address_now(), now_ms);
    } else if (checking && lease != NULL) {
        acd_conflict_callback_t answer = lease->acd_conflict_callback;
        checking = false;
        lease = NULL;
        decline(answer);
        claim_take(&claim, address_now(), now_ms);
        news |= NEWS_DECLINED;
    }
}

static bool check_waits(void)
{
    return lease != NULL && !checking && !leaving && !wanted && claim.state != CLAIM_PROBING;
}

/* The default is given up once its other user insists; so of two of us one stays. */
static bool has_to_move(void)
{
    return (news & NEWS_LOST) != 0 && origin == ADDRESS_DEFAULT && !wanted && !moving &&
           !checking && claim.state == CLAIM_OURS;
}

static void step(uint32_t now_ms)
{
    if (leaving && now_ms - leave_ms >= LEAVE_MS) {
        go();
    }
    if (has_to_move()) {
        tried = 0;
        moving = try_spare(netif_ip4_addr(interface));
    }
    if (check_waits()) {
        moving = false;
        checking = true;
        claim_probe(&claim, leased.addr);
    }
    if (claim.state == CLAIM_TAKEN && !wanted) {
        refused(now_ms);
    }
    if (claim_turn(&claim, now_ms)) {
        if (claim.state == CLAIM_PROBING) {
            (void)etharp_acd_probe(interface, claimed());
        } else if (!wanted) {
            won(now_ms);
        }
    }
    news &= (uint8_t) ~(NEWS_REFUSED | NEWS_LOST * (!wanted && origin == ADDRESS_DEFAULT));
}

/* --- The loop --------------------------------------------------------------- */

/* Somebody has `address`, which was wanted, and perhaps all the spare ones. */
static void complain_taken(uint32_t address, const uint8_t *mac, enum address_origin from,
                           char *why)
{
    char name[IP4ADDR_STRLEN_MAX], other[MAC_TEXT_BYTES];
    const char *sentence =
        SAY("%s is taken by %s%s: give an address that nobody has with %s",
            "%s est pris par %s%s : donnez une adresse que personne n'a avec %s");
    const char *too = from != ADDRESS_DEFAULT ? ""
                                              : SAY(", and those from .10 to .99 are taken, too",
                                                    ", et celles de .10 à .99 aussi");

    (void)name_of(address, name);
    (void)name_of_mac(mac, other);
    if (why != NULL) {
        write_text(why, sentence, name, other, too, port->address_option);
    } else {
        tell(sentence, name, other, too, settled ? "/ip" : port->address_option);
    }
}

/* Neither this nor tell_news() is inlined: what they need would lie under what is deeper. */
__attribute__((noinline)) static void tell_passed_over(uint32_t address, const uint8_t *mac)
{
    char name[IP4ADDR_STRLEN_MAX], other[MAC_TEXT_BYTES], ours[IP4ADDR_STRLEN_MAX];

    tell(SAY("%s is taken by %s: the address is %s", "%s est pris par %s : l'adresse est %s"),
         name_of(address, name), name_of_mac(mac, other), name_of(shown_address, ours));
}

/* @return CLAIM_PROBING while it goes on. */
static unsigned look_at_claim(const struct addresses *addresses, bool spares, uint8_t *other)
{
    static const uint8_t nobody[CLAIM_MAC_BYTES];
    unsigned state;

    LOCK_TCPIP_CORE();
    if (claim.state == CLAIM_TAKEN) {
        if (memcmp(other, nobody, sizeof nobody) == 0) {
            memcpy(other, claim.other, CLAIM_MAC_BYTES);
        }
        if (spares) {
            (void)try_spare(&addresses->address);
        }
    }
    state = claim.state;
    UNLOCK_TCPIP_CORE();
    return state;
}

/* The caller's stack is deep: what is told is told when the wait is over. */
static unsigned await_claim(const struct addresses *addresses, bool spares, uint8_t *other)
{
    unsigned state;

    LOCK_TCPIP_CORE();
    if (kept != NULL) {
        go();
    }
    leaving = moving = checking = false; /* a check begins anew afterwards */
    wanted = true;
    tried = 0;
    claim_probe(&claim, addresses->address.addr);
    UNLOCK_TCPIP_CORE();
    while ((state = look_at_claim(addresses, spares, other)) == CLAIM_PROBING && !port_stopping()) {
        port_wait(address_due());
    }
    wanted = false;
    return state;
}

int address_claim(const struct addresses *addresses, enum address_origin from, char *why)
{
    uint8_t other[CLAIM_MAC_BYTES] = {0};
    unsigned state = await_claim(addresses, from == ADDRESS_DEFAULT, other);

    LOCK_TCPIP_CORE();
    if (state == CLAIM_OURS) {
        origin = (uint8_t)from;
        shown_address = claim.address; /* the caller tells */
        use(&addresses->mask, &addresses->gateway);
    } else {
        claim_take(&claim, address_now(), port_now_ms());
    }
    UNLOCK_TCPIP_CORE();
    if (state == CLAIM_TAKEN) {
        if (settled) {
            refused_address = addresses->address.addr; /* told where the stack is not so deep */
            news |= NEWS_TAKEN;
        } else {
            complain_taken(addresses->address.addr, other, from, why);
        }
        return LWCHAT_IN_USE;
    }
    if (state == CLAIM_OURS && shown_address != addresses->address.addr) {
        tell_passed_over(addresses->address.addr, other);
    }
    return LWCHAT_OK;
}

bool address_is_checked(void)
{
    return lease != NULL;
}

void address_settled(void)
{
    LOCK_TCPIP_CORE();
    settled = true;
    shown_address = address_now();
    if (dhcp_supplied_address(interface) != 0) {
        origin = ADDRESS_LEASED;
    }
    if (ways.claims && claim.state == CLAIM_NONE) {
        claim_take(&claim, shown_address, port_now_ms());
    }
    UNLOCK_TCPIP_CORE();
}

/* It was set, or taken away, by the DHCP client or because somebody insists. */
static void tell_change(void)
{
    char address[IP4ADDR_STRLEN_MAX], server[IP4ADDR_STRLEN_MAX];
    uint32_t before = shown_address;
    bool is_lease;

    LOCK_TCPIP_CORE();
    shown_address = address_now();
    is_lease = dhcp_supplied_address(interface) != 0;
    if (is_lease) {
        origin = ADDRESS_LEASED;
        (void)name_of(ip_2_ip4(&netif_dhcp_data(interface)->server_ip_addr)->addr, server);
    }
    if (ways.claims && claim.state != CLAIM_PROBING && !leaving && claim.address != shown_address) {
        claim_take(&claim, shown_address, port_now_ms());
    }
    UNLOCK_TCPIP_CORE();
    if (shown_address == before) {
        return;
    }
    if (shown_address == 0) {
        tell(SAY("the address %s is lost: the lease has ended, and a DHCP server is asked for one",
                 "l'adresse %s est perdue : le bail a pris fin, une autre est demandée à un "
                 "serveur DHCP"),
             name_of(before, address));
    } else if (is_lease) {
        tell(SAY("the address is now %s, leased from %s",
                 "l'adresse est maintenant %s, prêtée par %s"),
             name_of(shown_address, address), server);
    } else {
        tell(SAY("the address is now %s", "l'adresse est maintenant %s"),
             name_of(shown_address, address));
    }
}

static void tell_contest(void)
{
    char address[IP4ADDR_STRLEN_MAX], other[MAC_TEXT_BYTES];

    if (told && port_now_ms() - told_ms < TELL_EVERY_MS) {
        return;
    }
    told = true;
    told_ms = port_now_ms();
    tell(SAY("%s also uses our address %s%s", "%s utilise aussi notre adresse %s%s"),
         name_of_mac(claim.other, other), name_of(shown_address, address),
         origin == ADDRESS_DEFAULT
             ? ""
             : SAY(": give one of the two another one", " : donnez-en une autre à l'un des deux"));
}

static void tell_twin(void)
{
    char mac[MAC_TEXT_BYTES];

    if (told_twin) {
        return;
    }
    told_twin = true;
    tell(SAY("another machine has our MAC %s, which loses frames: give one of the two another one "
             "with %s",
             "une autre machine a notre MAC %s, ce qui perd des trames : donnez-en une autre à "
             "l'une des deux avec %s"),
         name_of_mac(claim.mac, mac), port->mac_option);
}

static void tell_declined(void)
{
    char address[IP4ADDR_STRLEN_MAX], other[MAC_TEXT_BYTES];

    tell(SAY("%s, which a DHCP server leased, is used by %s: another one is asked for",
             "%s, qu'un serveur DHCP a prêtée, est utilisée par %s : une autre est demandée"),
         name_of(leased.addr, address), name_of_mac(claim.other, other));
}

__attribute__((noinline)) static void tell_news(unsigned what)
{
    if ((what & (NEWS_CONTEST | NEWS_LOST)) != 0) {
        tell_contest();
    }
    if ((what & NEWS_TWIN) != 0) {
        tell_twin();
    }
    if ((what & NEWS_DECLINED) != 0) {
        tell_declined();
    }
    if ((what & NEWS_TAKEN) != 0) {
        complain_taken(refused_address, claim.other, ADDRESS_GIVEN, NULL);
    }
    if ((what & NEWS_CHANGED) != 0) {
        tell_change();
    }
}

void address_turn(bool tells)
{
    unsigned what = 0;

    if (news == 0 && lease == NULL && !moving && !leaving && claim.state != CLAIM_PROBING) {
        return;
    }
    LOCK_TCPIP_CORE();
    step(port_now_ms());
    if (tells && !wanted) {
        what = settled ? news : news & ~(unsigned)NEWS_CHANGED;
        news = 0;
    }
    UNLOCK_TCPIP_CORE();
    tell_news(what);
}

uint32_t address_due(void)
{
    uint32_t now_ms = port_now_ms();
    uint32_t passed_ms = now_ms - leave_ms;

    if (leaving) {
        return passed_ms < LEAVE_MS ? LEAVE_MS - passed_ms : 0;
    }
    if (check_waits() || (claim.state == CLAIM_TAKEN && (moving || checking))) {
        return 0;
    }
    return claim_due(&claim, now_ms);
}

bool address_leaves(char *text, size_t bytes)
{
    ip4_addr_t next = {.addr = kept == NULL ? claim.address : 0};

    text[0] = '\0';
    if (leaving && next.addr != 0) {
        (void)ip4addr_ntoa_r(&next, text, (int)bytes);
    }
    return leaving;
}

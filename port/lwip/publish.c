#include "publish.h"

#include <string.h>

#include "lwchat_config.h"

#if LWCHAT_MDNS

#include "lwip/apps/mdns.h"
#include "lwip/apps/mdns_domain.h"
#include "lwip/apps/mdns_out.h"
#include "lwip/apps/mdns_priv.h"
#include "lwip/def.h"
#include "lwip/prot/dns.h"
#include "lwip/prot/iana.h"
#include "lwip/tcpip.h"
#include "lwip/timeouts.h"
#include "lwip/udp.h"

enum {
    /* RFC 6762, section 8.4: at most ten updates a minute. */
    UPDATE_MS = 10000,
    LABEL_BYTES = MDNS_LABEL_MAXLEN + 1,
    /* A label with " (255)", too. */
    NAME_BYTES = LABEL_BYTES - 6,
    GOODBYE_BYTES = 768 + 512 * LWCHAT_IPV6,
    /* Longer than the program has left to live. */
    NEVER_MS = 0x3fffffff,
    FLUSH = 0x8000, /* RFC 6762, section 10.2 */
    MOST_TEXT = 255
};

_Static_assert(sizeof LWCHAT_HOSTNAME <= NAME_BYTES, "LWCHAT_HOSTNAME is too long");
_Static_assert(sizeof LWCHAT_NAME <= NAME_BYTES, "LWCHAT_NAME is too long");

static const struct publish_way *way;
static struct port_service offered;
static uint32_t updated_ms; /* when the number of people was announced last */
static uint16_t updated;    /* which it was */
static bool started, active;

/* Guarded by the core lock. */
static uint8_t host_number = 1, service_number = 1; /* 1: the name is as it is wanted */
static volatile bool renamed;

#define SAY(in_english, in_french) (way->french ? (in_french) : (in_english))

static char *add(char *to, const char *text)
{
    size_t bytes = strlen(text);

    memcpy(to, text, bytes + 1);
    return to + bytes;
}

static char *add_number(char *to, unsigned number)
{
    lwip_itoa(to, sizeof "65535", (int)number);
    return to + strlen(to);
}

static const char *wanted_host(void)
{
    return way->host != NULL ? way->host : LWCHAT_HOSTNAME;
}

static void write_host(char name[LABEL_BYTES])
{
    char *end = add(name, wanted_host());

    if (host_number > 1) {
        (void)add_number(add(end, "-"), host_number);
    }
}

static void write_service(char name[LABEL_BYTES])
{
    char *end = add(name, offered.name);

    if (service_number > 1) {
        (void)add(add_number(add(end, " ("), service_number), ")");
    }
}

bool publish_is_host(const char *host)
{
    char name[LABEL_BYTES];

    if (way == NULL) {
        return false;
    }
    LOCK_TCPIP_CORE();
    write_host(name);
    UNLOCK_TCPIP_CORE();
    return lwip_stricmp(name, host) == 0;
}

/* --- In lwIP's thread, or with the core lock held ------------------------------- */

static void rename_services(void)
{
    char name[LABEL_BYTES];

    write_service(name);
    for (u8_t slot = 0; slot < MDNS_MAX_SERVICES; slot++) {
        if (netif_mdns_data(way->interface)->services[slot] != NULL) {
            (void)mdns_resp_rename_service(way->interface, slot, name);
        }
    }
}

static void number(uint8_t *which)
{
    *which = (uint8_t)(*which < UINT8_MAX ? *which + 1 : 2);
}

/* lwIP has probed our names. */
static void probed(struct netif *interface, u8_t outcome, s8_t slot)
{
    char name[LABEL_BYTES];

    if (outcome == MDNS_PROBING_SUCCESSFUL) {
        renamed = true;
        way->wake();
    } else if (slot == 0) {
        number(&host_number);
        write_host(name);
        (void)mdns_resp_rename_netif(interface, name);
    } else {
        number(&service_number);
        rename_services();
    }
}

static void add_item(struct mdns_service *service, const char *key, const char *value)
{
    char item[MOST_TEXT + 1];

    (void)mdns_resp_add_service_txtitem(service, item,
                                        (u8_t)(add(add(add(item, key), "="), value) - item));
}

static void add_text(struct mdns_service *service, void *path)
{
    char people[6];

    (void)add_number(people, offered.people);
    add_item(service, "name", offered.name);
    add_item(service, "people", people);
    if (path != NULL) {
        add_item(service, "path", path);
    }
}

static void update(void *unused)
{
    (void)unused;
    mdns_resp_announce(way->interface);
}

static void start(void)
{
    char name[LABEL_BYTES];

    if (get_mdns_pcb() == NULL) { /* memory may have run out after that, the last time */
        mdns_resp_init();
    }
    mdns_resp_register_name_result_cb(probed);
    write_host(name);
    if (mdns_resp_add_netif(way->interface, name) != ERR_OK) {
        return;
    }
    started = true;
    write_service(name);
    (void)mdns_resp_add_service(way->interface, name, "_lwchat", DNSSD_PROTO_TCP, offered.port,
                                add_text, NULL);
    if (offered.http != 0) {
        static char root[] = "/";
        (void)mdns_resp_add_service(way->interface, name, "_http", DNSSD_PROTO_TCP, offered.http,
                                    add_text, root);
    }
}

/* --- Goodbye (RFC 6762, section 10.1), which lwIP's responder lacks --------------- */

static void put(struct mdns_outpacket *packet, const void *from, size_t bytes)
{
    if (pbuf_take_at(packet->pbuf, from, (u16_t)bytes, packet->write_offset) == ERR_OK) {
        packet->write_offset = (u16_t)(packet->write_offset + bytes);
    }
}

/* Begins a record that is no longer valid: its time to live is 0. */
static void put_head(struct mdns_outpacket *packet, const struct mdns_domain *domain, u16_t type,
                     u16_t class, size_t bytes)
{
    const u16_t head[] = {lwip_htons(type), lwip_htons(class), 0, 0, lwip_htons((u16_t)bytes)};

    put(packet, domain->name, domain->length);
    put(packet, head, sizeof head);
    packet->answers++;
}

static void put_service(struct mdns_outpacket *packet, struct mdns_service *service)
{
    const u16_t place[] = {0, 0, lwip_htons(service->port)}; /* priority, weight, port */
    struct mdns_domain name, other;

    (void)mdns_build_service_domain(&name, service, 0);
    (void)mdns_build_service_domain(&other, service, 1);
    put_head(packet, &name, DNS_RRTYPE_PTR, DNS_RRCLASS_IN, other.length);
    put(packet, other.name, other.length);
    (void)mdns_build_host_domain(&name, netif_mdns_data(way->interface));
    put_head(packet, &other, DNS_RRTYPE_SRV, DNS_RRCLASS_IN | FLUSH, sizeof place + name.length);
    put(packet, place, sizeof place);
    put(packet, name.name, name.length);
    mdns_prepare_txtdata(service);
    put_head(packet, &other, DNS_RRTYPE_TXT, DNS_RRCLASS_IN | FLUSH, service->txtdata.length);
    put(packet, service->txtdata.name, service->txtdata.length);
}

static void put_host(struct mdns_outpacket *packet)
{
    struct mdns_domain name;

    (void)mdns_build_host_domain(&name, netif_mdns_data(way->interface));
    put_head(packet, &name, DNS_RRTYPE_A, DNS_RRCLASS_IN | FLUSH, sizeof(ip4_addr_t));
    put(packet, netif_ip4_addr(way->interface), sizeof(ip4_addr_t));
#if LWCHAT_IPV6
    for (s8_t i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
        if (ip6_addr_isvalid(netif_ip6_addr_state(way->interface, i))) {
            enum { BYTES = 16 };
            put_head(packet, &name, DNS_RRTYPE_AAAA, DNS_RRCLASS_IN | FLUSH, BYTES);
            put(packet, netif_ip6_addr(way->interface, i)->addr, BYTES);
        }
    }
#endif
}

static void send_to(struct pbuf *packet, const ip_addr_t *group)
{
    struct pbuf *copy = pbuf_clone(PBUF_TRANSPORT, PBUF_RAM, packet);

    if (copy != NULL) {
        (void)udp_sendto_if(get_mdns_pcb(), copy, group, LWIP_IANA_PORT_MDNS, way->interface);
        (void)pbuf_free(copy);
    }
}

static void say_goodbye(void)
{
    static const ip_addr_t group = DNS_MQUERY_IPV4_GROUP_INIT;
    const struct mdns_host *host = netif_mdns_data(way->interface);
    struct mdns_outpacket packet = {.write_offset = SIZEOF_DNS_HDR};
    struct dns_hdr header = {.flags1 = DNS_FLAG1_RESPONSE | DNS_FLAG1_AUTHORATIVE};

    if (host->state < MDNS_STATE_ANNOUNCING) {
        return;
    }
    packet.pbuf = pbuf_alloc(PBUF_TRANSPORT, GOODBYE_BYTES, PBUF_RAM);
    if (packet.pbuf == NULL) {
        return;
    }
    for (unsigned slot = 0; slot < MDNS_MAX_SERVICES; slot++) {
        if (host->services[slot] != NULL) {
            put_service(&packet, host->services[slot]);
        }
    }
    put_host(&packet);
    header.numanswers = lwip_htons(packet.answers);
    (void)pbuf_take(packet.pbuf, &header, sizeof header);
    pbuf_realloc(packet.pbuf, packet.write_offset);
    send_to(packet.pbuf, &group);
#if LWCHAT_IPV6
    static const ip_addr_t group6 = DNS_MQUERY_IPV6_GROUP_INIT;
    send_to(packet.pbuf, &group6);
#endif
    (void)pbuf_free(packet.pbuf);
}

/* --- The loop --------------------------------------------------------------------- */

static void fall_silent(void)
{
    say_goodbye();
    /* It neither answers nor probes until then. */
    mdns_resp_restart_delay(way->interface, NEVER_MS);
}

void publish(const struct publish_way *how, const struct port_service *service)
{
    LOCK_TCPIP_CORE();
    way = how;
    if (service != NULL) {
        offered = *service;
        if (!started) {
            start();
        } else if (!active) {
            mdns_resp_restart(way->interface);
        }
        if (!active) {
            updated = offered.people;
            updated_ms = port_now_ms();
        }
    } else if (active) {
        fall_silent();
    }
    active = service != NULL && started;
    UNLOCK_TCPIP_CORE();
}

static void tell_names(void)
{
    char line[3 * LABEL_BYTES + 64], name[LABEL_BYTES];

    write_host(name);
    (void)add(add(add(add(line, wanted_host()),
                      SAY(".local is taken: this server is ", ".local est pris : ce serveur est ")),
                  name),
              ".local");
    port_complain(line);
}

uint32_t publish_due(void)
{
    if (renamed) {
        return 0;
    }
    if (!active || offered.people == updated) {
        return UINT32_MAX;
    }
    uint32_t passed_ms = port_now_ms() - updated_ms;
    return passed_ms < UPDATE_MS ? UPDATE_MS - passed_ms : 0;
}

void publish_turn(bool tells)
{
    if (renamed && tells) {
        static uint8_t told = 1;
        renamed = false;
        if (told != host_number) {
            told = host_number;
            tell_names();
        }
    }
    if (active && offered.people != updated && port_now_ms() - updated_ms >= UPDATE_MS) {
        updated = offered.people;
        updated_ms = port_now_ms();
        /* In lwIP's thread: it takes more than a kilobyte of stack. */
        LOCK_TCPIP_CORE();
        sys_timeout(0, update, NULL);
        UNLOCK_TCPIP_CORE();
    }
}

#endif

#include "address_state.h"

#include <stdarg.h>

#include "address6.h"
#include "lwip/dhcp.h"
#include "lwip/tcpip.h"
#include "port.h"

enum {
    /* The least time between two reports that another machine uses the address. */
    TELL_EVERY_MS = 60000,
    MAC_TEXT_BYTES = 18
};

#define SAY(in_english, in_french) (station.ways.french ? (in_french) : (in_english))

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

void tell_taken(uint32_t address, const uint8_t *mac, enum address_origin from, char *why)
{
    char name[IP4ADDR_STRLEN_MAX], other[MAC_TEXT_BYTES];
    const char *sentence = SAY("%s is taken by %s%s: give a free address with %s",
                               "%s est pris par %s%s : donnez une adresse libre avec %s");
    const char *too = from != ADDRESS_DEFAULT ? ""
                                              : SAY(", and so are those from .10 to .99",
                                                    ", et celles de .10 à .99 aussi");

    (void)name_of(address, name);
    (void)name_of_mac(mac, other);
    if (why != NULL) {
        write_text(why, sentence, name, other, too, station.port->address_option);
    } else {
        tell(sentence, name, other, too, station.settled ? "/ip" : station.port->address_option);
    }
}

void tell_passed_over(uint32_t address, const uint8_t *mac)
{
    char name[IP4ADDR_STRLEN_MAX], other[MAC_TEXT_BYTES], ours[IP4ADDR_STRLEN_MAX];

    tell(SAY("%s is taken by %s: the address is %s", "%s est pris par %s : l'adresse est %s"),
         name_of(address, name), name_of_mac(mac, other), name_of(station.shown_address, ours));
}

/* The address was changed by the DHCP client, or because of a lasting conflict. */
static void tell_change(void)
{
    char address[IP4ADDR_STRLEN_MAX], server[IP4ADDR_STRLEN_MAX];
    uint32_t before = station.shown_address;
    bool is_lease;

    LOCK_TCPIP_CORE();
    station.shown_address = address_now();
    is_lease = dhcp_supplied_address(station.interface) != 0;
    if (is_lease) {
        station.origin = ADDRESS_LEASED;
        (void)name_of(ip_2_ip4(&netif_dhcp_data(station.interface)->server_ip_addr)->addr, server);
    }
    if (station.ways.claims && station.claim.state != CLAIM_PROBING && !station.leaving &&
        station.claim.address != station.shown_address) {
        claim_take(&station.claim, station.shown_address, port_now_ms());
    }
    UNLOCK_TCPIP_CORE();
    if (station.shown_address == before) {
        return;
    }
    if (station.shown_address == 0) {
        tell(SAY("the address %s is lost: the lease has ended; asking a DHCP server for another",
                 "l'adresse %s est perdue : le bail a pris fin, une autre est demandée à un "
                 "serveur DHCP"),
             name_of(before, address));
    } else if (is_lease) {
        tell(SAY("the address is now %s, leased from %s",
                 "l'adresse est maintenant %s, prêtée par %s"),
             name_of(station.shown_address, address), server);
    } else {
        tell(SAY("the address is now %s", "l'adresse est maintenant %s"),
             name_of(station.shown_address, address));
    }
}

static void tell_contest(void)
{
    char address[IP4ADDR_STRLEN_MAX], other[MAC_TEXT_BYTES];

    if (station.told && port_now_ms() - station.told_ms < TELL_EVERY_MS) {
        return;
    }
    station.told = true;
    station.told_ms = port_now_ms();
    tell(SAY("%s also uses our address %s%s", "%s utilise aussi notre adresse %s%s"),
         name_of_mac(station.claim.other, other), name_of(station.shown_address, address),
         station.origin == ADDRESS_DEFAULT
             ? ""
             : SAY(": change one of the two", " : changez l'une des deux"));
}

static void tell_twin(void)
{
    const char *option = station.port->mac_option;
    char mac[MAC_TEXT_BYTES];

    if (station.told_twin) {
        return;
    }
    station.told_twin = true;
    tell(
        SAY("another machine has our MAC address %s, which loses frames: change one of the two%s%s",
            "une autre machine a notre adresse MAC %s, ce qui perd des trames : changez l'une des "
            "deux%s%s"),
        name_of_mac(station.claim.mac, mac), *option != '\0' ? SAY(" with ", " avec ") : "",
        option);
}

#if LWIP_IPV6
static void tell_taken6(void)
{
    bool taken;

    LOCK_TCPIP_CORE();
    taken = address6_is_taken();
    UNLOCK_TCPIP_CORE();
    if (taken) {
        tell(SAY("the IPv6 address is taken by another machine: give a free one with /ip",
                 "l'adresse IPv6 est prise par une autre machine : donnez-en une libre avec /ip"));
    }
}
#endif

static void tell_declined(void)
{
    char address[IP4ADDR_STRLEN_MAX], other[MAC_TEXT_BYTES];

    tell(SAY("the leased address %s is in use by %s: asking for another",
             "l'adresse %s, prêtée par un serveur DHCP, est utilisée par %s : demande d'une autre"),
         name_of(station.leased.addr, address), name_of_mac(station.claim.other, other));
}

void tell_news(unsigned what)
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
        tell_taken(station.refused_address, station.claim.other, ADDRESS_GIVEN, NULL);
    }
#if LWIP_IPV6
    if ((what & NEWS_CHANGED) != 0) {
        tell_taken6();
    }
#endif
    if ((what & NEWS_CHANGED) != 0) {
        tell_change();
    }
}

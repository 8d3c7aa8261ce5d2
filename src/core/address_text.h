/**
 * @file
 * Addresses and networks in text form. See lwchat_address.h for the type.
 */
#ifndef LWCHAT_ADDRESS_TEXT_H
#define LWCHAT_ADDRESS_TEXT_H

#include "lwchat_address.h"

#include <stddef.h>

enum {
    /** Most bytes of an address in text form. */
    ADDRESS_TEXT_BYTES = LWCHAT_IPV6 ? 39 : 15,
    /** The same of a network, with its prefix. */
    ADDRESS_NETWORK_BYTES = ADDRESS_TEXT_BYTES + (LWCHAT_IPV6 ? 4 : 3)
};

/** Writes a.b.c.d, or an IPv6 address as RFC 5952 prescribes. @return its length. */
size_t address_write(char *out, struct lwchat_address address);

/** Writes ADDR, or ADDR/PREFIX if `prefix` does not mean one address. @return its length. */
size_t address_write_network(char *out, struct lwchat_address network, uint8_t prefix);

/**
 * Parses all of `text` as an address. An IPv4-mapped one is IPv4. A link-local one may have a
 * zone, as in fe80::1%eth0, which says nothing here: there is one interface.
 * @return false when it is not an address.
 */
bool address_parse(const char *text, size_t bytes, struct lwchat_address *address);

/**
 * Parses all of `text` as ADDR or ADDR/PREFIX, a prefix of 1 to 32 bits or, of an IPv6 address,
 * 128. An IPv6 address alone means what stands for its person: see address_person(). Bits after
 * the prefix are cleared.
 *
 * @param prefix  set to the number of equal bits, out of ADDRESS_BITS
 * @return false when it is neither.
 */
bool address_parse_network(const char *text, size_t bytes, struct lwchat_address *network,
                           uint8_t *prefix);

/** True when the network contains the address. An IPv6 network contains no IPv4 address. */
bool address_is_in(struct lwchat_address address, struct lwchat_address network, uint8_t prefix);

#endif

#include "address_text.h"

#include "text.h"

#include <string.h>

/* The netmask of a prefix of 0 to 32 bits. */
static uint32_t mask_of(unsigned prefix)
{
    return prefix == 0 ? 0 : UINT32_MAX << (32 - prefix);
}

#if LWCHAT_IPV6
enum { GROUPS = 8, GROUP_BITS = 16, ZONE_BYTES = 15 };

static unsigned group(const struct lwchat_address *address, unsigned i)
{
    uint32_t word = i < 6 ? address->high[i / 2] : address->low;

    return (i % 2 == 0 ? word >> GROUP_BITS : word) & 0xFFFF;
}

static void set_group(struct lwchat_address *address, unsigned i, uint32_t value)
{
    uint32_t *word = i < 6 ? &address->high[i / 2] : &address->low;

    *word |= i % 2 == 0 ? value << GROUP_BITS : value;
}

/* The mask of the word that begins at bit `from`. */
static uint32_t mask_from(unsigned prefix, unsigned from)
{
    return mask_of(prefix <= from ? 0 : prefix - from < 32 ? prefix - from : 32);
}

bool address_is_in(struct lwchat_address address, struct lwchat_address network, uint8_t prefix)
{
    uint32_t differs = (address.low ^ network.low) & mask_from(prefix, ADDRESS_V4_BITS);

    for (unsigned i = 0; i < 3; i++) {
        differs |= (address.high[i] ^ network.high[i]) & mask_from(prefix, 32 * i);
    }
    return differs == 0 && (prefix >= ADDRESS_V4_BITS || !address_is_v4(address));
}

static void clear_after(struct lwchat_address *network, unsigned prefix)
{
    for (unsigned i = 0; i < 3; i++) {
        network->high[i] &= mask_from(prefix, 32 * i);
    }
    network->low &= mask_from(prefix, ADDRESS_V4_BITS);
}

/* --- IPv6 in text form ------------------------------------------------------------ */

static size_t write_group(char *out, unsigned value)
{
    size_t n = 0;

    for (unsigned shift = 12; shift < GROUP_BITS; shift -= 4) {
        if (value >> shift != 0 || shift == 0) {
            out[n++] = "0123456789abcdef"[value >> shift & 15];
        }
    }
    return n;
}

/* The first of the longest runs of zero groups, two or more. @return its length, or 0. */
static unsigned find_zeros(const struct lwchat_address *address, unsigned *first)
{
    unsigned longest = 1;
    unsigned run = 0;

    for (unsigned i = 0; i < GROUPS; i++) {
        run = group(address, i) == 0 ? run + 1 : 0;
        if (run > longest) {
            longest = run;
            *first = i + 1 - run;
        }
    }
    return longest > 1 ? longest : 0;
}

/* RFC 5952 section 4. */
static size_t write_v6(char *out, const struct lwchat_address *address)
{
    unsigned first = GROUPS;
    unsigned zeros = find_zeros(address, &first);
    size_t n = 0;

    for (unsigned i = 0; i < GROUPS; i++) {
        if (i == first) {
            out[n++] = ':';
            out[n++] = ':';
            i += zeros - 1;
            continue;
        }
        if (i > 0 && out[n - 1] != ':') {
            out[n++] = ':';
        }
        n += write_group(out + n, group(address, i));
    }
    return n;
}

static bool read_group(const char *text, size_t bytes, uint32_t *value)
{
    *value = 0;
    for (size_t i = 0; i < bytes; i++) {
        static const char digits[] = "0123456789abcdef0123456789ABCDEF";
        const char *digit = memchr(digits, text[i], sizeof digits - 1);
        if (digit == NULL) {
            return false;
        }
        *value = *value << 4 | ((uint32_t)(digit - digits) & 15);
    }
    return bytes >= 1 && bytes <= 4;
}

/* Parses groups between single colons, at most `most`, the last of which may be a.b.c.d. @return
 * how many; -1: they are not valid. */
static int read_groups(const char *text, size_t bytes, unsigned most, bool is_end,
                       struct lwchat_address *groups)
{
    unsigned count = 0;

    *groups = (struct lwchat_address){.low = 0};
    while (bytes > 0) {
        const char *colon = memchr(text, ':', bytes);
        size_t here = colon == NULL ? bytes : (size_t)(colon - text);
        uint32_t value;
        if (count < most && read_group(text, here, &value)) {
            set_group(groups, count++, value);
        } else if (colon == NULL && is_end && count + 2 <= most &&
                   text_parse_address(text, here, &value)) {
            set_group(groups, count++, value >> GROUP_BITS);
            set_group(groups, count++, value & 0xFFFF);
        } else {
            return -1;
        }
        if (here + 1 == bytes) {
            return -1; /* a colon at the end */
        }
        text += colon == NULL ? here : here + 1;
        bytes -= colon == NULL ? here : here + 1;
    }
    return (int)count;
}

/* RFC 4291 section 2.2. */
static bool read_v6(const char *text, size_t bytes, struct lwchat_address *address)
{
    struct lwchat_address rest;
    size_t gap = 0;

    while (gap + 1 < bytes && (text[gap] != ':' || text[gap + 1] != ':')) {
        gap++;
    }
    if (gap + 1 >= bytes) {
        return read_groups(text, bytes, GROUPS, true, address) == GROUPS;
    }
    int before = read_groups(text, gap, GROUPS - 1, false, address);
    if (before < 0) {
        return false;
    }
    int after =
        read_groups(text + gap + 2, bytes - gap - 2, GROUPS - 1 - (unsigned)before, true, &rest);
    for (int i = 0; i < after; i++) {
        set_group(address, (unsigned)(GROUPS - after + i), group(&rest, (unsigned)i));
    }
    return after >= 0;
}

static bool is_zone(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] <= ' ' || text[i] == '%' || text[i] == '/' || text[i] == ']' || text[i] > '~') {
            return false;
        }
    }
    return bytes >= 1 && bytes <= ZONE_BYTES;
}

static bool read_address(const char *text, size_t bytes, struct lwchat_address *address)
{
    const char *percent = memchr(text, '%', bytes);
    size_t here = percent == NULL ? bytes : (size_t)(percent - text);

    return read_v6(text, here, address) &&
           (percent == NULL ||
            (address_is_link_local(*address) && is_zone(percent + 1, bytes - here - 1)));
}
#else
bool address_is_in(struct lwchat_address address, struct lwchat_address network, uint8_t prefix)
{
    return ((address.low ^ network.low) & mask_of(prefix)) == 0;
}

static void clear_after(struct lwchat_address *network, unsigned prefix)
{
    network->low &= mask_of(prefix);
}
#endif

size_t address_write(char *out, struct lwchat_address address)
{
#if LWCHAT_IPV6
    if (!address_is_v4(address)) {
        return write_v6(out, &address);
    }
#endif
    return text_address(out, address.low);
}

size_t address_write_network(char *out, struct lwchat_address network, uint8_t prefix)
{
    size_t bytes = address_write(out, network);

    if (prefix < ADDRESS_BITS) {
        out[bytes++] = '/';
        bytes += text_number(out + bytes, prefix - (address_is_v4(network) ? ADDRESS_V4_BITS : 0U));
    }
    return bytes;
}

bool address_parse(const char *text, size_t bytes, struct lwchat_address *address)
{
    uint32_t ip;

    if (text_parse_address(text, bytes, &ip)) {
        *address = address_v4(ip);
        return true;
    }
#if LWCHAT_IPV6
    return read_address(text, bytes, address);
#else
    return false;
#endif
}

bool address_parse_network(const char *text, size_t bytes, struct lwchat_address *network,
                           uint8_t *prefix)
{
    const char *slash = memchr(text, '/', bytes);
    size_t address_bytes = slash == NULL ? bytes : (size_t)(slash - text);

    if (!address_parse(text, address_bytes, network)) {
        return false;
    }
    bool dotted = address_is_v4(*network) && memchr(text, ':', address_bytes) == NULL;
    uint32_t most = dotted ? 32 : ADDRESS_BITS;
    uint32_t number = address_is_v4(*network) || address_is_link_local(*network) ? most : most / 2;
    if (slash != NULL &&
        (!text_parse_number(slash + 1, bytes - address_bytes - 1, most, &number) || number == 0)) {
        return false;
    }
    *prefix = (uint8_t)(number + (dotted ? ADDRESS_V4_BITS : 0));
    clear_after(network, *prefix);
    return true;
}

#include "client_host.h"

#include <stdbool.h>
#include <string.h>

#include "../core/address_text.h"

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Whether it is meant to be an IPv6 address, valid or not. */
static bool is_ipv6(const char *text, size_t bytes)
{
    unsigned colons = 0;

    for (size_t i = 0; i < bytes && text[i] != '%'; i++) {
        colons += text[i] == ':';
        if (text[i] != ':' && text[i] != '.' && !is_hex(text[i])) {
            return false;
        }
    }
    return colons >= 2;
}

/* The kind of a name that is_ipv6(). */
static enum client_host_kind kind_of_ipv6(const char *text, size_t bytes)
{
    struct lwchat_address unused;

    if (!LWCHAT_IPV6) {
        return CLIENT_HOST_IPV6;
    }
    return address_parse(text, bytes, &unused) ? CLIENT_HOST : CLIENT_HOST_BAD;
}

enum client_host_kind client_host_read(struct client_host *host, const char *text, size_t bytes)
{
    const char *end = text + bytes;
    const char *after = memchr(text, ':', bytes);
    enum client_host_kind kind = CLIENT_HOST;

    *host = (struct client_host){.name = text, .name_bytes = bytes};
    if (is_ipv6(text, bytes)) {
        return kind_of_ipv6(text, bytes);
    }
    if (memchr(text, '/', bytes) != NULL) {
        return CLIENT_HOST_BAD;
    }
    host->name_bytes = (size_t)((after != NULL ? after : end) - text);
    if (bytes > 0 && text[0] == '[') {
        const char *close = memchr(text, ']', bytes);
        if (close == NULL || (close + 1 < end && close[1] != ':')) {
            return CLIENT_HOST_BAD;
        }
        host->name = text + 1;
        host->name_bytes = (size_t)(close - host->name);
        after = close + 1 < end ? close + 1 : NULL;
        if (is_ipv6(host->name, host->name_bytes)) {
            kind = kind_of_ipv6(host->name, host->name_bytes);
        } else if (memchr(host->name, ':', host->name_bytes) != NULL) {
            return CLIENT_HOST_BAD;
        }
    }
    host->port = after != NULL ? after + 1 : NULL;
    host->port_bytes = after != NULL ? (size_t)(end - host->port) : 0;
    if (after != NULL && memchr(host->port, ':', host->port_bytes) != NULL) {
        return CLIENT_HOST_BAD;
    }
    return kind;
}

/**
 * @file
 * Parses a host as people write it.
 */
#ifndef LWCHAT_CLIENT_HOST_H
#define LWCHAT_CLIENT_HOST_H

#include <stddef.h>

enum client_host_kind {
    CLIENT_HOST,      /**< HOST, HOST:PORT, [HOST] or [HOST]:PORT; HOST or [HOST] if it is IPv6 */
    CLIENT_HOST_IPV6, /**< an IPv6 address, without LWCHAT_IPV6 */
    CLIENT_HOST_BAD   /**< none of these */
};

/** Its parts, which point into the text. */
struct client_host {
    const char *name;
    size_t name_bytes; /**< 0 when it is missing */
    const char *port;  /**< NULL when none is given */
    size_t port_bytes;
};

/** Splits `text` into its parts. `*host` is valid for CLIENT_HOST only. */
enum client_host_kind client_host_read(struct client_host *host, const char *text, size_t bytes);

#endif

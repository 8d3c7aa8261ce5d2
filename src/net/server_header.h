/**
 * @file
 * The header with which a proxy begins a connection, and which says whose it is:
 * the PROXY protocol, versions 1 and 2
 * (https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt). It does no I/O.
 *
 *     PROXY TCP4 198.51.100.7 203.0.113.9 40000 443 CR LF       version 1, section 2.1
 *
 *     | 12 bytes | 2 command | family | length | addresses, ports, more |   version 2, section 2.2
 *     0          12          13       14       16                       16 + length
 */
#ifndef LWCHAT_SERVER_HEADER_H
#define LWCHAT_SERVER_HEADER_H

#include "sock.h"

enum {
    PROXY_BYTES =
        536 /**< longest header that is accepted; without TLVs one has 107 at most, or 52 */
};

enum proxy_result {
    PROXY_MORE, /**< more bytes have to come */
    PROXY_DONE,
    PROXY_BAD /**< not a header, or malformed, or longer than PROXY_BYTES */
};

/**
 * Reads the header at the front of all that has been received.
 * @param peer  PROXY_DONE: set to who has connected to the proxy; left as it is if the header does
 *              not say that (LOCAL, UNKNOWN, or a family other than TCP)
 * @param used  PROXY_DONE: set to the header's length
 */
enum proxy_result proxy_read(const uint8_t *in, size_t bytes, struct sock_address *peer,
                             size_t *used);

#endif

/**
 * @file
 * Tells from a connection's first bytes whether a person has connected, or a
 * program that speaks another protocol. It does no I/O, and takes bytes in any
 * pieces:
 *
 *     GET /index HTTP/1.1 CR     a whole request line (RFC 9112 section 3), any method,
 *                                empty lines before it or not (section 2.2)
 *     16 03                      a TLS handshake (RFC 8446 section 5.1)
 *     SSH-2.0-  SSH-1.           an SSH client (RFC 4253 section 4.2)
 *     PROXY TCP4 …               what a proxy puts before a connection, version 1 or 2
 *     CAP LS 302                 an IRC client, with LWCHAT_IRC (RFC 2812 section 3.1): this
 *     NICK bob                   line, or both of these in either order; after a line
 *     USER bob 0 * :Bob          PASS or not
 *     GET me a coffee            none of these: people
 *
 * It decides at the first byte that leaves only one possibility. A new protocol
 * needs another text in opening.c, or another state machine beside the request
 * line's.
 */
#ifndef LWCHAT_OPENING_H
#define LWCHAT_OPENING_H

#include "lwchat_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opening_kind {
    OPENING_UNDECIDED, /**< the first line, or the first lines, are incomplete and ambiguous */
    OPENING_CHAT,
    OPENING_HTTP,
    OPENING_TLS,
    OPENING_SSH,
    OPENING_PROXY,
    OPENING_IRC,
    OPENING_SILENT,    /**< nothing was sent; opening_feed() never returns this, nor this: */
    OPENING_GUESSER,   /**< too many wrong passwords */
    OPENING_NO_HEADER, /**< a proxy's connection without its header */
    OPENING_KINDS
};

/** The state of a connection's first line; all zeros before its first byte. */
struct opening {
    uint8_t request; /**< state in a request line */
    uint8_t text;    /**< state in the texts that other protocols begin with */
#if LWCHAT_IRC
    uint8_t irc; /**< state in the lines that an IRC client begins with */
#endif
};

/** Takes bytes up to the one that decides. @return the kind of connection, also in later calls. */
enum opening_kind opening_feed(struct opening *opening, const uint8_t *in, size_t bytes);

/** The kind of connection, judged by its bytes so far. */
enum opening_kind opening_kind(const struct opening *opening);

/**
 * True while the bytes so far are most likely the beginning of another protocol,
 * so that it is worth waiting for the rest.
 */
bool opening_is_likely(const struct opening *opening);

/**
 * True while it is undecided although a line is complete: more lines have to come, and the bytes
 * since the end of the first must be passed in again.
 */
bool opening_needs_lines(const struct opening *opening);

#endif

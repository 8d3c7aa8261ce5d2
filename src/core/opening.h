/**
 * @file
 * Who has connected, by what is sent first: people, or a program that speaks
 * another protocol and has come to the wrong place. Pure, fed in any pieces:
 *
 *     GET /index HTTP/1.1 CR     a whole request line (RFC 9112 section 3), any method,
 *                                empty lines before it or not (section 2.2)
 *     16 03                      a TLS handshake (RFC 8446 section 5.1)
 *     SSH-2.0-  SSH-1.           an SSH client (RFC 4253 section 4.2)
 *     PROXY TCP4 …               what a proxy puts before a connection, version 1 or 2
 *     GET me a coffee            none of these: people
 *
 * It says so with the first byte that leaves one possibility. Another protocol
 * is one more text below, or one more automaton beside the request line's.
 */
#ifndef LWCHAT_OPENING_H
#define LWCHAT_OPENING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opening_kind {
    OPENING_UNDECIDED, /**< the first line has not ended, and may still be anybody's */
    OPENING_CHAT,
    OPENING_HTTP,
    OPENING_TLS,
    OPENING_SSH,
    OPENING_PROXY,
    OPENING_SILENT, /**< nothing was sent: opening_feed() never says so */
    OPENING_KINDS
};

/** What has been seen of a connection's first line; all zeros before its first byte. */
struct opening {
    uint8_t request; /**< place in a request line */
    uint8_t text;    /**< place in one of the texts that others begin with */
};

/** Takes bytes, up to the one that decides. @return what the connection is, also later on. */
enum opening_kind opening_feed(struct opening *opening, const uint8_t *in, size_t bytes);

/** What the connection is, by what it has sent so far. */
enum opening_kind opening_kind(const struct opening *opening);

/**
 * True while what was sent is hardly anything else than the beginning of
 * another protocol, so that its rest is worth some patience.
 */
bool opening_is_likely(const struct opening *opening);

#endif

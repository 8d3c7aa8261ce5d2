/**
 * @file
 * SHA-1 (RFC 3174), which the WebSocket handshake requires. Nothing secret
 * depends on it. Optimised for size, not speed.
 */
#ifndef LWCHAT_SHA1_H
#define LWCHAT_SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { SHA1_BYTES = 20 };

/** Writes the digest of the `bytes` bytes at `in`; less than 512 MiB. */
void sha1(const void *in, size_t bytes, uint8_t digest[SHA1_BYTES]);

#endif

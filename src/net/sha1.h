/**
 * @file
 * SHA-1 (RFC 3174), which the WebSocket's handshake wants. It keeps no secret:
 * made small, not fast.
 */
#ifndef LWCHAT_SHA1_H
#define LWCHAT_SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { SHA1_BYTES = 20 };

/** Writes the digest of `bytes` bytes, less than 512 MiB. */
void sha1(const void *in, size_t bytes, uint8_t digest[SHA1_BYTES]);

#endif

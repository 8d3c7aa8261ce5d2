/**
 * @file
 * Looks up a host's addresses in a thread, so that a name server that does not
 * answer holds up nobody else.
 */
#ifndef BRIDGE_LOOKUP_H
#define BRIDGE_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

struct addrinfo;
struct lookup;

/** Begins a lookup. An address in digits is found at once. @return NULL: no memory or thread. */
struct lookup *lookup_begin(const char *host, uint16_t port);

/** @return true once it has ended: then `error` is getaddrinfo()'s, and `found` the lookup's. */
bool lookup_ended(const struct lookup *lookup, int *error, const struct addrinfo **found);

/** Frees the lookup, also one that has not ended. NULL is ignored. */
void lookup_free(struct lookup *lookup);

#endif

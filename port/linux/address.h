/**
 * @file
 * The interface's address: asked for before it is used, defended, replaced
 * where it is a default that somebody else has, and told of when it changes.
 * All but address_hear() is called from the loop, without the core lock.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "addresses.h"
#include "lwip/netif.h"
#include "wire.h"

/** Where an address comes from. */
enum address_origin { ADDRESS_GIVEN, ADDRESS_DEFAULT, ADDRESS_LEASED };

/** Begins, with an interface that is up. `wake` ends the loop's sleep, from any thread. */
void address_start(struct netif *interface, const struct wire *wire, void (*wake)(void));

/**
 * Claims `wanted` for the interface, which takes 250 ms, with port_wait(). In
 * place of a default that is taken it takes a free one from .10 to .99.
 * @return 0, or LWCHAT_IN_USE with its reason set; then nothing has changed.
 */
int address_claim(const struct addresses *wanted, enum address_origin origin);

/** From now on changes are told with port_complain(). */
void address_settled(void);

/** Call it with each frame that came, and the core lock held. */
void address_hear(const struct pbuf *frame);

/** Call it in each port_wait(). */
void address_turn(void);

/** Milliseconds until address_turn() has something to do; UINT32_MAX for never. */
uint32_t address_due(void);

#endif

/**
 * @file
 * The interface's address: asked for before it is used, wherever it comes from,
 * defended, replaced where it is a default that somebody else has, and told of
 * when it changes. Shared by all ports.
 *
 * What lwIP calls (acd.h, address_keeps()) comes with the core lock held, in
 * any thread; the rest is called from the loop, without it.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addresses.h"
#include "lwip/netif.h"

/** Where an address comes from. */
enum address_origin { ADDRESS_GIVEN, ADDRESS_DEFAULT, ADDRESS_LEASED };

/** Of a line that is told. */
enum { ADDRESS_LINE_BYTES = 160 };

/** What a port says of itself. Static storage. */
struct address_port {
    void (*wake)(void);         /**< ends the loop's sleep, from any thread */
    const char *address_option; /**< what gives an address at the start */
    const char *mac_option;     /**< what gives a MAC; "" for nothing */
};

/** How it is to be. */
struct address_ways {
    bool claims; /**< others may have the address, and it may change */
    bool serves; /**< people are connected to it, who are to be told before it goes */
    bool french;
};

/** Begins, with an interface that is up, before a DHCP client is started. With the core lock held.
 */
void address_start(struct netif *interface, const struct address_port *port,
                   const struct address_ways *ways);

/**
 * Claims `wanted` for the interface, which takes 250 ms, with port_wait(). In
 * place of a default that is taken it takes a free one from .10 to .99. What is
 * given ends a DHCP client.
 * @param why  gets the reason why not, ADDRESS_LINE_BYTES long; NULL: that is told soon
 * @return 0, or LWCHAT_IN_USE; then nothing has changed.
 */
int address_claim(const struct addresses *wanted, enum address_origin origin, char *why);

/** True while it is asked whether somebody has an address that was leased. */
bool address_is_checked(void);

/** From now on changes are told with port_complain(). */
void address_settled(void);

/**
 * The cable was pulled or put in. Then the address is announced, and a lease
 * asked for once more. With the core lock.
 */
void address_link_is(bool up);

/**
 * Call it with each frame that came, before lwIP has it. One that takes our
 * lease away is kept until those who are connected have been told.
 * @return true when lwIP has it already, or is given it later.
 */
bool address_keeps(struct pbuf *frame);

/**
 * Call it in each port_wait().
 * @param tells  false: not now, the console is in the middle of a line
 */
void address_turn(bool tells);

/** Milliseconds until address_turn() has something to do; UINT32_MAX for never. */
uint32_t address_due(void);

/** As port_leaves(). */
bool address_leaves(char *text, size_t bytes);

#endif

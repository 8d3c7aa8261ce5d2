/**
 * @file
 * The interface's address. Whatever its origin, it is probed before it is used, and
 * then defended; a default that another machine has is replaced; and changes are
 * reported. Shared by all ports.
 *
 * The functions behind acd.h, and address_keeps(), are called with the core lock
 * held, in any thread. Unless noted otherwise, the others are called from the loop,
 * without it.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addresses.h"
#include "lwip/netif.h"

/** The origin of an address. */
enum address_origin { ADDRESS_GIVEN, ADDRESS_DEFAULT, ADDRESS_LEASED };

/** Size of a message, including its NUL. */
enum { ADDRESS_LINE_BYTES = 160 };

/** What a port provides. Static storage. */
struct address_port {
    void (*wake)(void);         /**< ends the loop's sleep; called from any thread */
    const char *address_option; /**< the option that sets the address, for messages */
    const char *mac_option;     /**< the option that sets the MAC; "" for none */
};

/** How the address is used. */
struct address_ways {
    bool claims; /**< other machines may have the address, and it may change */
    bool serves; /**< clients connect to it, and are told before it changes */
    bool french; /**< messages are in French, otherwise in English */
};

/**
 * Starts with an interface that is up, before a DHCP client is started. Called with the core lock
 * held.
 */
void address_start(struct netif *interface, const struct address_port *port,
                   const struct address_ways *ways);

/**
 * Claims `wanted` for the interface, which takes 250 ms of port_wait(). A default
 * that is taken is replaced by a free address from .10 to .99. ADDRESS_GIVEN stops
 * the DHCP client.
 * @param why  buffer of ADDRESS_LINE_BYTES for the reason of a failure before
 *             address_settled(); NULL reports it to the console instead
 * @return 0, or LWCHAT_IN_USE when nothing has changed.
 */
int address_claim(const struct addresses *wanted, enum address_origin origin, char *why);

/**
 * Asks a DHCP server for an address, or asks again. The address stays until there is an answer.
 * With LWCHAT_MDNS, an interface without an address takes a link-local one after 5 s.
 * @return 0, or LWCHAT_NO_MEMORY.
 */
int address_ask(void);

/** True while a leased address is waiting for its probes, or being probed. */
bool address_is_checked(void);

/** From now on changes are reported with port_complain(). */
void address_settled(void);

/**
 * Sets the state of the link. When it comes up, the address is announced and the
 * DHCP client asks again. Called with the core lock held.
 */
void address_link_is(bool up);

/**
 * Call it with each received frame before passing that to lwIP. A frame that takes
 * our lease away is kept until connected clients have been told.
 * @return true when the frame has been passed to lwIP, or will be later.
 */
bool address_keeps(struct pbuf *frame);

/**
 * Does pending work. Call it in each port_wait().
 * @param tells  false when nothing can be reported now, in the middle of a line
 */
void address_turn(bool tells);

/** Milliseconds until address_turn() has work to do; UINT32_MAX for never. */
uint32_t address_due(void);

/** As port_leaves(). */
bool address_leaves(char *text, size_t bytes);

#endif
